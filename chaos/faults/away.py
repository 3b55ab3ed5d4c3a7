"""A part of the stack is killed and stays away for a while: broker, database, collector."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from chaos.fault import Struck
from chaos.world import World

START_S = 5.0
"""About how long a part takes to start, a broker a little longer."""


@dataclass(frozen=True, slots=True)
class Away:
    """Signal 9 to `part`; it is started again `away_s` later."""

    code: str
    part: str
    away_s: float

    @property
    def says(self) -> str:
        """One line."""
        return f"kill -9 of {self.part}, back after {self.away_s:g} s"

    @property
    def lasts_s(self) -> float:
        """With its start."""
        return self.away_s + START_S

    async def strike(self, world: World, random: Random) -> Struck:
        """Kill it, leave it down, start it again."""
        async with world.hold(self.part):
            await world.until_ready(self.part)
            kept = world.part(self.part)
            pid = kept.pid
            await kept.kill(restart=False)
            await asyncio.sleep(self.away_s)
            await kept.start()
            await world.until_ready(self.part)
        return Struck(self.part, f"pid {pid} -> {kept.pid}, away {self.away_s:g} s")
