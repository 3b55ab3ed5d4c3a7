"""Right of way: while urgent work is in hand in a process, routine work lets it pass; only timers
that are due do not.

Held by `pump` and `gate`, given by whatever works through many messages. One per service process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from runtime.clock import monotonic_s
from schemas.values import Lane

T = TypeVar("T")
_MINE: ContextVar[bool] = ContextVar("has the right of way", default=False)
SLICE = 20
"""Messages that are worked on in one go: a few milliseconds."""
PATIENCE_S, PATIENT_ITEMS, PATIENT_AT_MOST_S = 0.3, 100, 1.5
"""Work through a batch lets others pass for so long for each hundred messages, all in all: it may
hold rows that an urgent one needs, and must go on however much is urgent. The database ends a
transaction in which nothing happens for 5 s."""


class Way:
    """Who may go on."""

    def __init__(self) -> None:
        self._urgent = 0
        self._free = asyncio.Event()
        self._free.set()

    @contextmanager
    def held(self, lane: Lane) -> Iterator[None]:
        """Hold it while work of a lane is done; routine work has no right of way."""
        if lane == "routine":
            yield
            return
        self._urgent += 1
        self._free.clear()
        before = _MINE.set(True)
        try:
            yield
        finally:
            _MINE.reset(before)
            self._urgent -= 1
            if not self._urgent:
                self._free.set()

    async def slices(
        self, items: Sequence[T], size: int = SLICE, *, gives_way: bool = True
    ) -> AsyncIterator[Sequence[T]]:
        """The items in short stretches; between them others have their turn. What does not give
        way does not wait until those that hold it are done: they may be waiting themselves."""
        left_s = patience_s(len(items)) if gives_way else 0.0
        for start in range(0, len(items), size):
            if start and not _MINE.get():
                left_s -= await self._give(left_s)
            yield items[start : start + size]

    async def _give(self, longest_s: float) -> float:
        """Let others go on, and those that hold the way come to their end; seconds waited."""
        await asyncio.sleep(0)
        if self._free.is_set() or longest_s <= 0:
            return 0.0
        began_s = monotonic_s()
        try:
            async with asyncio.timeout(longest_s):
                await self._free.wait()
        except TimeoutError:
            return longest_s
        return monotonic_s() - began_s


def patience_s(items: int) -> float:
    """How long work through so many lets others pass, all in all."""
    return min(PATIENT_AT_MOST_S, PATIENCE_S * max(1.0, items / PATIENT_ITEMS))
