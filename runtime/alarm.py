"""Wakes a desk's ticker for a timer that is armed for sooner than its next look. Rung by `batch`,
heard by `ticker`.

Whoever arms a timer has a ticker of its own that may fire it, so no word to other processes is
needed; those find it at their next look, should this one die meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from runtime.case import TimerChange

LONGEST_SLEEP_S = 0.25
"""A ticker looks that often at least, in real seconds."""


class Alarm:
    """Of one desk in one process. `time_scale` is business seconds in a real one."""

    def __init__(self, time_scale: float) -> None:
        self._scale = time_scale
        self._rung = asyncio.Event()

    def armed(self, changes: Iterable[TimerChange], now: datetime, age_s: float) -> None:
        """Timers that are committed; one that the next look may find too late rings. `now` is the
        business time that their batch went by, at most `age_s` real seconds ago."""
        soon = timedelta(seconds=(LONGEST_SLEEP_S + age_s) * self._scale)
        for change in changes:
            if change.due_at is not None and change.due_at - now <= soon:
                self._rung.set()
                return

    def reset(self) -> None:
        """From here on what is armed rings. Call it before asking what is due next."""
        self._rung.clear()

    async def rest(self, seconds: float) -> bool:
        """Sleep so long, or until it rings; whether it did."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return False
        return True
