"""One load of due clocks from filling to the last word, and one of tickets that begin and end.
Called by `run`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.clocks import events
from benchmarks.clocks.cost import Cost
from benchmarks.clocks.heard import Heard, Listener
from benchmarks.clocks.loader import BREACH, WARNING, Loader, queries
from benchmarks.cpu import by_kind, family_cpu_s, read
from benchmarks.service.events import Record
from benchmarks.service.feeder import Feeder
from devstack.problems import StackError
from devstack.supervisor import Stack
from simulator.journal import Journal

FILLED_PER_S = 6_000
"""Tickets that a filling puts in at least, with the first word still ahead."""
PATIENCE_S = 60.0
SETTLE_S = 0.3


@dataclass(frozen=True, slots=True)
class Fired:
    """What became of a load: `took_s` from the first moment due to the last word on Kafka."""

    expected: int
    heard: Heard
    took_s: float
    cost: Cost

    @property
    def lost(self) -> int:
        """Clocks that never spoke."""
        return self.expected - len(self.heard.tickets)

    @property
    def doubled(self) -> int:
        """Words said twice."""
        return len(self.heard.seen_late_s) - len(self.heard.tickets)


@dataclass(frozen=True, slots=True)
class Applied:
    """Tickets that began, or ended: how many a second, and the cost of one."""

    per_s: float
    cost: Cost


@dataclass(slots=True)
class Site:
    """The stack under load and the ways into it. `second` is another instance's process."""

    stack: Stack
    loader: Loader
    listener: Listener
    feeder: Feeder
    journal: Journal
    second: int | None = None

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds so far of Python, PostgreSQL and Kafka."""
        used = by_kind(read(self.stack).cpu_s)
        if self.second is not None:
            used["python"] += family_cpu_s(self.second)
        return used

    def memory_mb(self) -> float:
        """Resident memory of the service."""
        return read(self.stack).memory_mb["sla"]

    def cost(self, before: dict[str, float], items: int) -> Cost:
        """What was spent since, by item."""
        now = self.cpu_s()
        share = {name: (now[name] - before[name]) / items * 1e6 for name in now}
        return Cost(share["python"], share["postgres"], share["kafka"])

    async def fire(self, prefix: str, count: int, rate: float) -> Fired:
        """`count` clocks fall due at `rate` a second, or at one instant when that is 0; half of
        them warn, half are breached. Raises StackError when the filling was too slow."""
        half, step_us = count // 2, 1e6 / rate if rate else 0.0
        first_at = await self.loader.now() + timedelta(seconds=1 + count / FILLED_PER_S)
        fill = self.loader.fill_due
        later_at = first_at + timedelta(microseconds=step_us)
        await fill(f"{prefix}w-", half, WARNING, first_at, step_us * 2)
        await fill(f"{prefix}b-", half, BREACH, later_at, step_us * 2)
        ahead_s = (first_at - await self.loader.now()).total_seconds()
        if ahead_s < SETTLE_S:
            raise StackError("the clocks fell due while they were filled in", "A quieter machine?")
        await asyncio.sleep(ahead_s - SETTLE_S / 2)
        before = self.cpu_s()
        heard = await self.listener.hear(prefix, half * 2, PATIENCE_S)
        await asyncio.sleep(SETTLE_S)
        took_s = heard.last_kept_s - first_at.timestamp()
        return Fired(half * 2, heard, took_s, self.cost(before, half * 2))

    async def begin(self, prefix: str, count: int, at: datetime) -> Applied:
        """So many tickets begin, all at once."""
        payloads = [events.triaged(each, at) for each in events.numbered(prefix, count)]
        return await self._applied(prefix, [events.written(each, at) for each in payloads])

    async def end(self, prefix: str, count: int) -> Applied:
        """The same tickets are resolved."""
        at = await self.loader.now()
        payloads = [events.resolved(each, at) for each in events.numbered(prefix, count)]
        return await self._applied(prefix, [events.written(each, at) for each in payloads])

    async def _applied(self, prefix: str, records: list[Record]) -> Applied:
        """The rate counts from the end of the first batch, which has no beginning in the tables."""
        before = self.cpu_s()
        await self.feeder.put(records, "", lanes=True, journal=self.journal)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = await self.loader.rows(queries.applied, prefix, records[0].topic)
                if found and found[0]["messages"] == len(records):
                    break
                await asyncio.sleep(0.2)
        await asyncio.sleep(SETTLE_S)
        later, took_s = found[0]["later"], found[0]["took_s"]
        per_s = later / took_s if took_s else float("nan")
        return Applied(per_s, self.cost(before, len(records)))
