"""The network between the services and their database: slow, torn, cut, silent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from chaos.fault import NotHitError, Struck, felt
from chaos.proxy import Proxy, Weather
from chaos.world import World

WAY = "services -> postgres"
LOSING_S, LOST = 8.0, 0.3
SPOILED_S = 7.0
SLOW = Weather(delay_s=0.25)
"""Each way: a round trip takes half a second more."""
TORN = Weather(slice_bytes=7)
SILENT = Weather(swallowed=True)
CUTS = 5


@dataclass(frozen=True, slots=True)
class LostReplies:
    """X13: COMMIT arrives, its reply does not."""

    code: str = "X13"
    says: str = "replies to COMMIT lost"
    lasts_s: float = LOSING_S + 1

    async def strike(self, world: World, random: Random) -> Struck:
        """Three of ten, for a while."""
        async with world.hold(WAY):
            proxy = world.proxy
            before = proxy.lost

            async def any_lost() -> bool:
                return proxy.lost > before

            proxy.weather = Weather(lost_commits=LOST)
            try:
                await felt(LOSING_S, any_lost)
            finally:
                proxy.weather = Weather()
            lost = proxy.lost - before
        if not lost:
            raise NotHitError("no COMMIT came by")
        return Struck(WAY, f"{lost} replies lost")


@dataclass(frozen=True, slots=True)
class Spoiled:
    """X14: latency, sliced packets, resets, a black hole."""

    code: str = "X14"
    says: str = "latency, sliced packets, resets or a black hole before the database"
    lasts_s: float = SPOILED_S + 2

    async def strike(self, world: World, random: Random) -> Struck:
        """One of the four."""
        kind = random.choice(("slow", "torn", "cut", "silent"))
        async with world.hold(WAY):
            if kind == "cut":
                cut = 0
                for _ in range(CUTS):
                    cut += world.proxy.cut_all()
                    await asyncio.sleep(SPOILED_S / CUTS)
                if not cut:
                    raise NotHitError("there was no connection to cut")
                return Struck(WAY, f"{cut} connections reset")
            weather = {"slow": SLOW, "torn": TORN, "silent": SILENT}[kind]
            passed = await _spoiled(world.proxy, weather, SPOILED_S)
        if not passed:
            raise NotHitError("nothing came by")
        return Struck(WAY, f"{kind} for {SPOILED_S:g} s, {passed} connections")


async def _spoiled(proxy: Proxy, weather: Weather, seconds: float) -> int:
    """Let that weather reign for a while; how many connections were in it."""
    proxy.weather = weather
    try:
        await asyncio.sleep(seconds)
        return proxy.connections
    finally:
        proxy.weather = Weather()
