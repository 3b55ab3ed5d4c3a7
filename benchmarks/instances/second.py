"""A second instance of a service beside the stack's own, and what the progress table says of both.
Called by `run`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devstack.layout import ServicePorts
from devstack.ports import free_ports
from devstack.problems import StackError
from devstack.service import ProcessPart, python, says_ready
from devstack.supervisor import Stack
from runtime.clock import monotonic_s
from runtime.database import Database
from runtime.queries import Queries

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")
SERVICE = "triage"
LOOK_EVERY_S = 0.01
WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Held:
    """A partition: who wrote for it last, and how far it is."""

    instance: str
    next_pos: int


Progress = dict[tuple[str, int], Held]


def another(stack: Stack, number: int) -> ProcessPart:
    """One more process of the service, with ports of its own; not started yet."""
    (port,) = free_ports(1)
    return ProcessPart(
        f"{SERVICE} {number}",
        python(f"services.{SERVICE}"),
        stack.run_dir / "logs" / f"{SERVICE}-{number}.log",
        port,
        says_ready(port),
        stack.variables(SERVICE, ServicePorts(port, None)),
    )


async def read(database: Database) -> Progress:
    """All partitions of the service."""
    async with database.transaction() as tx:
        rows = await tx.fetch(queries.progress)
    return {(r["topic"], r["part"]): Held(r["instance"], r["next_pos"]) for r in rows}


async def until(database: Database, good: Callable[[Progress], bool], what: str) -> Progress:
    """The progress as soon as it is as wanted. Raises StackError after a minute."""
    end_s = monotonic_s() + WAIT_S
    while not good(found := await read(database)):
        if monotonic_s() > end_s:
            raise StackError(f"{what}: not within {WAIT_S:.0f} s", "The logs of both say why.")
        await asyncio.sleep(LOOK_EVERY_S)
    return found


def holders(progress: Progress) -> dict[str, int]:
    """How many partitions each instance holds."""
    counts: dict[str, int] = {}
    for held in progress.values():
        counts[held.instance] = counts.get(held.instance, 0) + 1
    return counts


def taken_over(before: Progress, now: Progress, gone: str) -> bool:
    """Whether somebody else has gone on with every partition that `gone` held."""
    return all(
        now[place].instance != gone and now[place].next_pos > held.next_pos
        for place, held in before.items()
        if held.instance == gone and place[0] == "tickets"
    )
