"""A part of the stack is killed and stays away for a while: broker, database, collector."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from chaos.fault import Struck
from chaos.world import World
from devstack.layout import POSTGRES

START_S = 5.0
"""About how long a part takes to start, a broker a little longer."""
SHORT_S, LONG_S = 5.0, 30.0
WAYS = ((True, LONG_S), (False, SHORT_S), (True, SHORT_S), (False, LONG_S))
"""Whether the database is killed, and how long it is away."""


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


@dataclass(frozen=True, slots=True)
class DatabaseAway:
    """X9: the database is killed, or ended as for an upgrade, and is back soon or 30 s later."""

    code: str = "X9"
    says: str = "postgres killed or ended fast, back after 5 or 30 s"
    lasts_s: float = LONG_S + START_S

    async def strike(self, world: World, random: Random) -> Struck:
        """One of the ways after the other."""
        killed, away_s = WAYS[world.turn(self.code, len(WAYS))]
        async with world.hold(POSTGRES):
            await world.until_ready(POSTGRES)
            kept = world.part(POSTGRES)
            pid = kept.pid
            await (kept.kill(restart=False) if killed else kept.stop())
            await asyncio.sleep(away_s)
            await kept.start()
            await world.until_ready(POSTGRES)
        how = "killed" if killed else "ended fast"
        return Struck(POSTGRES, f"{how}, pid {pid} -> {kept.pid}, away {away_s:g} s")
