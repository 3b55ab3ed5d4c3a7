"""Wakes the sender's lanes when something was planned for them. Rung by the stores, which write
it; waited for by the lanes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

LOOK_S = (0.005, 0.006, 0.012, 0.025, 0.05, 0.1)
"""The bell rings inside the transaction: looks after it until its commit can be seen."""
FLOOR_S = 0.5
"""What no bell announces (a wait that is over, another instance's plans) is found within this."""


class _Line:
    def __init__(self) -> None:
        self.rung = asyncio.Event()
        self.looks = len(LOOK_S)


class Bell:
    """One line per lane."""

    def __init__(self, lanes: Iterable[str]) -> None:
        self._lines = {lane: _Line() for lane in lanes}

    def ring(self, lanes: Iterable[str]) -> None:
        """Something is being planned for these lanes; unknown ones are nobody's."""
        for lane in lanes:
            line = self._lines.get(lane)
            if line is not None:
                line.looks = 0
                line.rung.set()

    def found(self, lane: str) -> None:
        """The lane has found what it was rung for: no need to look again soon."""
        self._lines[lane].looks = len(LOOK_S)

    async def wait(self, lane: str, longest_s: float = FLOOR_S) -> None:
        """Until there may be something to do, at most `longest_s` (the floor without one)."""
        line = self._lines[lane]
        line.rung.clear()
        if line.looks >= len(LOOK_S):
            try:
                async with asyncio.timeout(min(FLOOR_S, longest_s)):
                    await line.rung.wait()
            except TimeoutError:
                return
        await asyncio.sleep(LOOK_S[line.looks])
        line.looks += 1
