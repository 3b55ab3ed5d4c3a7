"""One of the two systems that are compared: a stack on its filled database, and its load.

Called by `run`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.figures import Tell
from benchmarks.growth.cost import Cost, between, read
from benchmarks.growth.history import queries, take_out
from benchmarks.load.plan import Plan, Stream
from benchmarks.load.process import Load, place_of
from benchmarks.pipeline.calm import Calm
from benchmarks.setting import durable
from cli.demo.calm import freeze
from cli.demo.options import ORIGIN_AT
from cli.demo.proof import checked, target_of
from cli.demo.summary import Check
from devstack.supervisor import Stack
from runtime.database import UNHURRIED_S, Database
from simulator.journal import FILE

LOOK_S = 0.05


class Side:
    """A started stack."""

    def __init__(self, name: str, stack: Stack, load: Load, calm: Calm, database: Database) -> None:
        self.name = name
        self._stack = stack
        self._load = load
        self._calm = calm
        self._database = database

    @classmethod
    @asynccontextmanager
    async def started(cls, name: str, run_dir: Path, tell: Tell) -> AsyncIterator[Side]:
        """Start a stack on a run folder whose database is filled. Raises StackError."""
        options = replace(durable(), time_origin_at=ORIGIN_AT)
        stack = Stack(run_dir, options, lambda part, doing: tell(f"{name}: {part} {doing}"))
        async with stack, AsyncExitStack() as held:
            load = await held.enter_async_context(Load.started(run_dir))
            calm = await Calm.open(stack)
            held.push_async_callback(calm.close)
            database = await Database.connect(
                stack.admin_database_url, name="bench", pool=1, patience_s=UNHURRIED_S
            )
            held.push_async_callback(database.close)
            async with database.transaction() as tx:
                await tx.script(queries.flush)
            yield cls(name, stack, load, calm, database)

    async def measure(self, stream: Stream, seed: int, tell: Tell) -> Cost:
        """Send tickets to the system at rest; what they cost until it rests again.

        The time ends with the last leaf in the evidence log: every event of a ticket gets one.
        """
        place = place_of(self._stack, self._stack.run_dir / FILE)
        await self._load.prepare(Plan(place=place, streams=(stream,), seed=seed))
        await self._calm.until_rest(tell, f"{self.name}: orders")
        before = read(self._stack, await self._log_bytes())
        watching = asyncio.create_task(self._last_leaf())
        tell(f"{self.name}: sending")
        try:
            outcome = await self._load.run()
            await self._calm.until_rest(tell, self.name)
        finally:
            watching.cancel()
            (last_s,) = await asyncio.gather(watching, return_exceptions=False)
        after = read(self._stack, await self._log_bytes())
        taken = len(outcome.arrivals) - outcome.lost
        return between(before, after, taken, last_s - outcome.arrivals[0].planned_s)

    async def _last_leaf(self) -> float:
        """When the log last grew (seconds since 1970); ends when it is cancelled."""
        size, at_s = -1, time.time()
        try:
            while True:
                async with self._database.transaction() as tx:
                    now = await tx.value(queries.leaves)
                if now != size:
                    size, at_s = now, time.time()
                await asyncio.sleep(LOOK_S)
        except asyncio.CancelledError:
            return at_s

    async def _log_bytes(self) -> float:
        async with self._database.transaction() as tx:
            found: float = await tx.value(queries.log_bytes)
            return found

    async def judged(self, tell: Tell) -> tuple[Check, ...]:
        """Stop the services, take the history out, and judge what the load left."""
        target = target_of(self._stack, self._stack.run_dir / FILE, 1.0)
        frozen_s = time.time()
        await freeze(self._stack, target, tell)
        tell(f"{self.name}: taking the history out")
        await take_out(self._stack.admin_database_url)
        return await checked(target, frozen_s, tell)
