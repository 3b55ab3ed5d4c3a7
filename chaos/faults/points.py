"""A service dies at the worst moment: between two steps that belong together."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from chaos.fault import NotHitError, Struck
from chaos.puppet.points import points_of
from chaos.puppet.strings import strings
from chaos.world import World

REACHED_S = 90.0
"""Broker and database may be away, one after the other, when it is armed; and a decision needs a
ticket that came over both."""
FAST = 12.0
"""From this many business seconds a second the first timers of a run fall due in time."""


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """X2: signal 9 exactly at a named point."""

    code: str = "X2"
    says: str = "a service dies at a named point of its work"
    lasts_s: float = 10.0

    async def strike(self, world: World, random: Random) -> Struck:
        """Arm a point, wait until the process came there and died, then until it is back."""
        name = world.one(random)
        timed = world.stack.options.time_scale >= FAST
        point = random.choice(points_of(name, timed=timed)).name
        async with world.hold(name):
            part = world.part(name)
            async with strings(world, name) as line:
                before, pid = part.restarts, part.pid
                try:
                    await line.pull_until("crash", "reached", REACHED_S, point=point)
                except NotHitError:
                    await line.pull("crash", point="")
                    raise
            await world.until_restarted(name, before)
        return Struck(name, f'reached "{point}": pid {pid} -> {part.pid}')
