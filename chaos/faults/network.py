"""The network between the services and their database: slow, torn, cut, silent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from chaos.fault import BrokenPromiseError, NotHitError, Struck, felt
from chaos.proxy import Proxy, Weather
from chaos.world import World
from runtime.database import ANSWER_S, PATIENCE_S

WAY = "services -> postgres"
LOSING_S, LOST = 8.0, 0.3
SPOILED_S = 8.0
SILENT_S = PATIENCE_S + ANSWER_S + 7
"""Longer than a service waits for an answer: by then it must have given up whoever says nothing."""
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

            with proxy.under(Weather(lost_commits=LOST)):
                await felt(LOSING_S, any_lost)
            lost = proxy.lost - before
        if not lost:
            raise NotHitError("no COMMIT came by")
        return Struck(WAY, f"{lost} replies lost")


@dataclass(frozen=True, slots=True)
class Spoiled:
    """X14: latency, sliced packets and resets, one behind the other, or a black hole."""

    code: str = "X14"
    says: str = "latency, sliced packets and resets, or a black hole, before the database"
    lasts_s: float = SILENT_S + 1

    async def strike(self, world: World, random: Random) -> Struck:
        """The three, or the hole."""
        silent = world.turn(self.code, 2)
        async with world.hold(WAY):
            proof = await (_silent(world) if silent else _bad(world.proxy))
        return Struck(WAY, proof)


async def _bad(proxy: Proxy) -> str:
    """Slow, torn, cut; what was seen of each."""
    slow = await _spoiled(proxy, SLOW, SPOILED_S)
    torn = await _spoiled(proxy, TORN, SPOILED_S)
    cut = 0
    for _ in range(CUTS):
        cut += proxy.cut_all()
        await asyncio.sleep(SPOILED_S / CUTS)
    if not cut:
        raise NotHitError("there was no connection to cut")
    return f"{slow:,} bytes delayed, {torn:,} sliced, {cut} connections reset"


async def _silent(world: World) -> str:
    """Everything is lost, until every service that asked must have given up. Those that somebody
    kills meanwhile do not count: their connections end with them."""
    proxy, services = world.proxy, world.stack.services
    before = proxy.given_up.copy()
    pids = {name: world.part(name).part.pid for name in services}
    lost = await _spoiled(proxy, SILENT, SILENT_S)
    since = proxy.given_up - before
    living = [name for name in services if pids[name] and world.part(name).part.pid == pids[name]]
    given_up = sum(since[f"aftercare-{name}"] for name in living)
    if not given_up:
        raise BrokenPromiseError(f"silence for {SILENT_S:g} s, and nobody gave a connection up")
    return (
        f"{lost:,} bytes lost in {SILENT_S:g} s, {given_up} connections given up by "
        f"{len(living)} services that lived on"
    )


async def _spoiled(proxy: Proxy, weather: Weather, seconds: float) -> int:
    """Let that weather reign for a while; how many bytes were in it. Raises NotHitError."""
    before = proxy.spoiled_bytes

    async def any_in_it() -> bool:
        return proxy.spoiled_bytes > before

    with proxy.under(weather):
        await felt(seconds, any_in_it)
    if proxy.spoiled_bytes == before:
        raise NotHitError("nothing came by")
    return proxy.spoiled_bytes - before
