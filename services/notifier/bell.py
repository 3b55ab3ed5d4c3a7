"""Wakes the sender's lanes once something was planned for them. Rung by the stores after their
commit and by the watch; waited for by the lanes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import NamedTuple

FLOOR_S = 0.5
"""What no bell announces (a wait that is over, another instance's plans) is found within this: the
watch looks for it and rings."""
LONGEST_S = 5.0
"""A lane looks for itself that often, should the watch fail."""


class Rest(NamedTuple):
    """How long a lane rests, seconds: until its bell rings, but for `deaf_s` only what is urgent
    ends it."""

    longest_s: float = LONGEST_S
    deaf_s: float = 0.0


AT_ONCE = Rest(0.0)


class Bell:
    """One line per lane."""

    def __init__(self, lanes: Iterable[str]) -> None:
        self._rung = {lane: asyncio.Event() for lane in lanes}
        self._urgent = {lane: asyncio.Event() for lane in self._rung}

    def ring(self, lanes: Iterable[str], urgent: Collection[str] = ()) -> None:
        """Something was planned for these lanes and can be seen; unknown ones are nobody's. In
        `urgent` are those of them for which some of it is."""
        for lane in lanes:
            if lane in self._rung:
                self._rung[lane].set()
                if lane in urgent:
                    self._urgent[lane].set()

    def listen(self, lane: str) -> None:
        """The lane is about to look: what was rung for until now it will find."""
        self._rung[lane].clear()
        self._urgent[lane].clear()

    async def wait(self, lane: str, rest: Rest) -> None:
        """Until the bell rings, or rang since the lane last listened; at most as `rest` says."""
        if rest.deaf_s > 0 and await _within(rest.deaf_s, self._urgent[lane]):
            return
        left_s = rest.longest_s - rest.deaf_s
        if left_s > 0:
            await _within(left_s, self._rung[lane])


async def _within(longest_s: float, rung: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(longest_s):
            return await rung.wait()
    except TimeoutError:
        return False
