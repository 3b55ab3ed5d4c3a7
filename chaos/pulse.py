"""Feels how the system goes on while it is broken: what waits in it, and whether anything moves.
Run by `run`, which has the strikes told by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from benchmarks.pipeline.calm import Calm
from chaos.fault import FAILURES
from chaos.verdict import Hit
from chaos.world import World

EVERY_S = 1.0
ANSWER_S = 3.0


@dataclass(frozen=True, slots=True)
class Beat:
    """A look: seconds since the run began, what waited, and how many records there were by then;
    None: nobody could be asked."""

    at_s: float
    waiting: int | None
    records: int | None = None


class Pulse:
    """Looks once a second."""

    def __init__(self, calm: Calm, world: World) -> None:
        self._calm = calm
        self._world = world
        self.beats: list[Beat] = []

    @asynccontextmanager
    async def feeling(self) -> AsyncIterator[None]:
        """Look until the block ends. Raises then what ended the looking before."""
        task = asyncio.create_task(self._feel())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})
            failure = None if task.cancelled() else task.exception()
        if failure is not None:
            raise failure

    async def _feel(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Once."""
        self.beats.append(await self._beat())

    async def _beat(self) -> Beat:
        at_s = self._world.elapsed_s()
        try:
            async with asyncio.timeout(ANSWER_S):
                waiting = sum((await self._calm.left()).values())
                return Beat(at_s, waiting, await self._calm.records())
        except FAILURES:
            return Beat(at_s, None)


def coming_per_s(beats: Sequence[Beat], seconds: float) -> float:
    """Records a second that a load of so many seconds led to, those of its tail included; 0 when
    nobody could be asked."""
    counts = [beat.records for beat in beats if beat.records is not None]
    return (max(counts) - counts[0]) / seconds if counts else 0.0


def timed(hits: Sequence[Hit], beats: Sequence[Beat], enough: int) -> list[Hit]:
    """The strikes with their recovery, and the gap until then, or until the last look: how long
    nothing moved."""
    told = []
    last_s = max((beat.at_s for beat in beats), default=0.0)
    for hit in hits:
        after_s = recovered_s(beats, hit.healed_s, enough)
        until_s = max(hit.healed_s, last_s) if after_s is None else hit.healed_s + after_s
        told.append(replace(hit, recovered_s=after_s, gap_s=gap_s(beats, hit.begun_s, until_s)))
    return told


def recovered_s(beats: Sequence[Beat], healed_s: float, enough: int) -> float | None:
    """Seconds from the healing to the first look that found no more than `enough` waiting; None
    when none did."""
    for beat in beats:
        if beat.at_s >= healed_s and beat.waiting is not None and beat.waiting <= enough:
            return beat.at_s - healed_s
    return None


def gap_s(beats: Sequence[Beat], begun_s: float, until_s: float) -> float:
    """The longest time within these two in which no look found a record more than the last."""
    longest_s, moved_s, seen = 0.0, begun_s, -1
    for beat in beats:
        if beat.at_s > until_s:
            break
        if beat.records is not None and beat.records > seen:
            seen = beat.records
            if beat.at_s > begun_s:
                longest_s = max(longest_s, beat.at_s - moved_s)
                moved_s = beat.at_s
    return max(longest_s, until_s - moved_s)
