"""Brings a run on a fast clock to rest: its timers would fall due for days. Called by `run`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from cli.verify import read_stores
from cli.verify.collect import connected
from cli.verify.read_log import log_ends
from cli.verify.target import Target
from devstack.problems import StackError
from devstack.supervisor import Stack
from runtime.clock import monotonic_s
from runtime.database import Database
from runtime.queries import Queries
from schemas.topics import topic_names

CLOCKS = "sla"
BEFORE = ("intake", "triage", "resolution", CLOCKS)
"""The way of a complaint, and of the decision about it, to its clocks."""
PATIENCE_S, LOOK_S = 120.0, 0.5
LEFT_BEHIND_S = 4.0
"""What an instance that died left unpublished, another has taken up by then."""
queries = Queries.load(Path(__file__).parent / "sql" / "rest.sql")


async def clocks_stopped(stack: Stack, target: Target, tell: Callable[[str], None]) -> float:
    """Wait until the clocks' service has heard all that there is for it, then end it.

    When its end began, seconds since 1970. Raises StackError when it never hears all.
    """
    database = await connected(target)
    try:
        await _none_left(lambda: _unheard(database, target), tell)
        await asyncio.sleep(LEFT_BEHIND_S)
        await _none_left(lambda: _left_behind(database), tell)
    finally:
        await database.close()
    stopped_s = time.time()
    await stack.process(CLOCKS).stop()
    return stopped_s


async def _none_left(look: Callable[[], Awaitable[int]], tell: Callable[[str], None]) -> None:
    began_s = monotonic_s()
    while left := await look():
        if monotonic_s() - began_s > PATIENCE_S:
            raise StackError(f"{left} records never reach or leave the clocks", "Its log says why.")
        tell(f"clocks: {left} records left")
        await asyncio.sleep(LOOK_S)


async def _unheard(database: Database, target: Target) -> int:
    """Records that wait on the way to the clocks, and events that wait for the bus before them."""
    reached, waiting = [], 0
    async with database.transaction() as tx:
        for service in BEFORE:
            progress, waits = await read_stores.read_progress(tx, service)
            reached += list(progress.items())
            # What the clocks themselves tell goes on for days.
            waiting += waits if service != CLOCKS else 0
    ends = await log_ends(target.kafka_bootstrap, topic_names())
    lag = sum(max(0, ends.get((topic, part), 0) - at) for (_, topic, part), at in reached)
    return waiting + lag


async def _left_behind(database: Database) -> int:
    """What the clocks parked, or what instances that died meanwhile left unpublished."""
    async with database.transaction() as tx:
        await read_stores.enter(tx, CLOCKS)
        left: int = await tx.value(queries.left_behind, LEFT_BEHIND_S)
        return left
