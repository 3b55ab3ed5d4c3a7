"""Wakes the sender's lanes once something was planned for them. Rung by the stores after their
commit; waited for by the lanes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

FLOOR_S = 0.5
"""What no bell announces (a wait that is over, another instance's plans) is found within this."""


class Bell:
    """One line per lane."""

    def __init__(self, lanes: Iterable[str]) -> None:
        self._rung = {lane: asyncio.Event() for lane in lanes}

    def ring(self, lanes: Iterable[str]) -> None:
        """Something was planned for these lanes and can be seen; unknown ones are nobody's."""
        for lane in lanes:
            if lane in self._rung:
                self._rung[lane].set()

    def listen(self, lane: str) -> None:
        """The lane is about to look: what was rung for until now it will find."""
        self._rung[lane].clear()

    async def wait(self, lane: str, longest_s: float = FLOOR_S) -> None:
        """Until the bell rings, or rang since the lane last listened; at most `longest_s`."""
        try:
            async with asyncio.timeout(longest_s):
                await self._rung[lane].wait()
        except TimeoutError:
            return
