"""Keeps faults apart that must not be struck together, also when one takes longer than planned.

Used by `run`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chaos.schedule import KILLS, together


class Turns:
    """Who strikes at the moment. Kills wait for nobody: they have a row of their own; unless all
    strike the same service, and each has to be `alone` there."""

    def __init__(self, *, alone: bool = False) -> None:
        self._alone = alone
        self._striking: list[str] = []
        self._ended = asyncio.Condition()

    @asynccontextmanager
    async def of(self, code: str) -> AsyncIterator[None]:
        """The time of a strike; it begins when none goes on that needs what this one takes."""
        if code in KILLS and not self._alone:
            yield
            return
        async with self._ended:
            await self._ended.wait_for(lambda: self._free_for(code))
            self._striking.append(code)
        try:
            yield
        finally:
            async with self._ended:
                self._striking.remove(code)
                self._ended.notify_all()

    def _free_for(self, code: str) -> bool:
        if self._alone:
            return not self._striking
        return all(together(code, other) for other in self._striking)
