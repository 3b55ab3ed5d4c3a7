"""What is to be done at which business time. Complaints, agents and the order system use it."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime

from simulator.pace import Pace

Work = Callable[[], Awaitable[None]]
LOOK_S = 0.25


class Agenda:
    """Starts work when it is due; work that takes long does not hold up what comes next."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._heap: list[tuple[datetime, int, Work]] = []
        self._count = 0
        self._running: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._failed: BaseException | None = None

    @property
    def open(self) -> int:
        """Entries that wait or are being worked on."""
        return len(self._heap) + len(self._running)

    def at(self, due_at: datetime, work: Work) -> None:
        """Do it then; at once when that has passed."""
        self._count += 1
        heapq.heappush(self._heap, (due_at, self._count, work))
        self._changed.set()

    async def run(self, until: datetime) -> None:
        """Work until that business time is over and nothing is left. Raises what work raised."""
        try:
            while self._failed is None:
                self._start_due()
                if not self.open and self._pace.now() >= until:
                    return
                await self._wait(until)
            raise self._failed
        finally:
            for task in self._running:
                task.cancel()

    def _start_due(self) -> None:
        now = self._pace.now()
        while self._heap and self._heap[0][0] <= now:
            _, _, work = heapq.heappop(self._heap)
            task = asyncio.ensure_future(_done(work))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._failed = task.exception()
        self._changed.set()

    async def _wait(self, until: datetime) -> None:
        next_at = self._heap[0][0] if self._heap else until
        wait_s = min(max(self._pace.wait_s(next_at), 0.001), LOOK_S)
        self._changed.clear()
        try:
            async with asyncio.timeout(wait_s):
                await self._changed.wait()
        except TimeoutError:
            return


async def _done(work: Work) -> None:
    await work()
