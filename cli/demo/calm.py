"""Waits until the system has nothing left to do, and stops it so that it stays so.

Called by `run`: what is checked afterwards must not change while it is being read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cli.demo.gauges import EVERY_S, Gauges
from cli.verify.drain import drained
from cli.verify.target import Target
from devstack.problems import StackError
from devstack.supervisor import Stack
from runtime.clock import monotonic_s
from runtime.database import Database, DatabaseAwayError
from runtime.queries import Queries
from simulator.pace import Pace

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")
DRAIN_S = 90.0
FREEZE_S = 90.0
LITTLE = 100
"""Records: what clocks alone make in a few seconds of a demo."""
GRACE_S = 1.0
"""Timers that came due within the last second are still on time."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is still to be done, over all services."""

    lag: int = 0
    unpublished: int = 0
    parked: int = 0
    due: int = 0

    @property
    def little(self) -> bool:
        """Nothing but what clocks have told just now: they go on to, for hours of business, until
        they are stopped. Parked messages are no work in hand: verification judges them."""
        return not self.due and self.lag + self.unpublished <= LITTLE

    def __str__(self) -> str:
        return (
            f"{self.lag:,} records to apply, {self.unpublished:,} events to publish, "
            f"{self.due:,} timers due, {self.parked:,} parked"
        )


class Calm:
    """Looks into the databases and at Kafka's offsets."""

    def __init__(self, database: Database, gauges: Gauges, pace: Pace) -> None:
        self._database = database
        self._gauges = gauges
        self._pace = pace

    @classmethod
    async def open(cls, stack: Stack, gauges: Gauges, pace: Pace) -> Calm:
        """With an owner's rights, on the stack's clock."""
        clock = {
            "aftercare.time_scale": repr(pace.scale),
            "aftercare.time_origin": pace.origin_at.isoformat(),
            "aftercare.time_started_at": pace.started_at.isoformat(),
        }
        url = stack.admin_database_url
        database = await Database.connect(url, name="demo", pool=2, variables=clock)
        return cls(database, gauges, pace)

    async def close(self) -> None:
        """Give the connections back."""
        await self._database.close()

    async def left(self, services: tuple[str, ...]) -> Left:
        """What these services have still to do."""
        unpublished = parked = due = 0
        for service in services:
            async with self._database.transaction() as tx:
                await tx.value(queries.enter, service)
                (row,) = await tx.fetch(queries.unsettled, GRACE_S * self._pace.scale)
            unpublished += row["unpublished"]
            parked += row["parked"]
            due += row["due"]
        lag = sum(self._gauges.now[service].lag for service in services)
        return Left(lag, unpublished, parked, due)

    async def until_drained(self, services: tuple[str, ...], told: Callable[[str], None]) -> None:
        """Wait until next to nothing is left; the rest is waited for once the clocks stand still
        (`freeze`). Raises StackError when it takes too long."""
        began_s, left = monotonic_s(), Left()
        while monotonic_s() - began_s < DRAIN_S:
            await asyncio.sleep(EVERY_S)
            try:
                left = await self.left(services)
            except DatabaseAwayError:
                continue
            if left.little:
                return
            told(str(left))
        raise _not_drained(str(left))


async def freeze(stack: Stack, target: Target, told: Callable[[str], None]) -> None:
    """Stop the services, those first whose timers make new events; what these wrote, the others
    still take in. Raises StackError."""
    # Evidence hears of everything that the others do: its turn comes when they are at rest.
    others = tuple(name for name in target.services if name != "evidence")
    stages = ((("sla",), others), (("notifier",), target.services), (stack.services, ()))
    for stopped, heard in stages:
        await asyncio.gather(*(stack.process(name).stop() for name in stopped))
        left = await drained(replace(target, services=heard), FREEZE_S, told) if heard else {}
        if left:
            raise _not_drained(", ".join(f"{name} {count:,}" for name, count in left.items()))


def _not_drained(left: str) -> StackError:
    return StackError(
        f"the system did not come to rest: {left}",
        "The logs of the services say why; `--keep` leaves it running to look into.",
    )


async def thaw(stack: Stack) -> None:
    """Start the services again after `freeze`."""
    await asyncio.gather(*(stack.process(name).start() for name in stack.services))
