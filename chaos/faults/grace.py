"""A service is told to stop while its work takes longer than the grace period."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from chaos.fault import FELT_S, NotHitError, Struck
from chaos.faults.database import SERVER, rows_held
from chaos.world import World
from devstack.keeper import Keeper

GRACE_S = 4.0
"""Shorter than a transaction waits for a lock (10 s)."""
LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Outlasted:
    """X4: SIGTERM while a transaction waits for rows; SIGKILL at the end of the grace period."""

    code: str = "X4"
    says: str = f"a service with work in hand is told to stop, and killed {GRACE_S:g} s later"
    lasts_s: float = GRACE_S + 12

    async def strike(self, world: World, random: Random) -> Struck:
        """As a platform ends a container that does not end by itself."""
        name = world.one(random)
        async with world.hold(name, SERVER):
            await world.until_ready(name)
            part = world.part(name)
            before = part.restarts
            async with rows_held(world, name) as waiting:
                await _until_busy(waiting, name)
                code = await _told_to_stop(part)
            await world.until_restarted(name, before)
        if code != -signal.SIGKILL:
            raise NotHitError(f"{name} ended in time ({code})")
        return Struck(name, f"still busy after {GRACE_S:g} s, exit code {code}, came back")


async def _until_busy(waiting: Callable[[], Awaitable[int]], name: str) -> None:
    try:
        async with asyncio.timeout(FELT_S):
            while not await waiting():  # noqa: ASYNC110  nothing announces it
                await asyncio.sleep(LOOK_S)
    except TimeoutError as error:
        raise NotHitError(f"{name} had nothing in hand") from error


async def _told_to_stop(part: Keeper) -> int:
    """SIGTERM, after the grace period SIGKILL; the exit code."""
    ending = asyncio.ensure_future(part.part.wait())
    os.kill(part.pid, signal.SIGTERM)
    ended, _ = await asyncio.wait({ending}, timeout=GRACE_S)
    if not ended:
        await part.kill()
    return await ending
