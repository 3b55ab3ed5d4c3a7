"""A disk is full: that of the objects, of the database, or of the broker."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from chaos.disks import MB, emptied, filled, small_ones
from chaos.fault import NotHitError, Struck, felt
from chaos.faults.seen import log_size, said_since
from chaos.puppet.strings import strings
from chaos.world import World

FULL_S = 12.0
EVIDENCE = "evidence"
NO_ROOM = (b"No space left", b"ENOSPC")
OF_PART = {"objects": EVIDENCE, "postgres": "postgres", "kafka": "kafka"}
"""Whose data lie in a folder."""


@dataclass(frozen=True, slots=True)
class Full:
    """X20: no room on the disk of evidence, PostgreSQL or Kafka. Only where `chaos.disks` could
    give them disks of their own."""

    code: str = "X20"
    says: str = "the disk of evidence, postgres or kafka full for 12 s"
    lasts_s: float = FULL_S + 8

    async def strike(self, world: World, random: Random) -> Struck:
        """Fill it with ballast, take the ballast away, wait until the part is there."""
        folders = small_ones(world.stack.run_dir)
        if not folders:
            raise NotHitError("no part has a disk of its own")
        chosen = folders[world.turn(self.code, len(folders))]
        folder, part = world.stack.run_dir / chosen, OF_PART[chosen]
        async with world.hold(part):
            await world.until_ready(part)
            kept, size = world.part(part), log_size(world, part)
            restarts = kept.restarts
            failed, ballast = await _failed_writes(world, part), 0

            async def any_felt() -> int:
                nonlocal ballast
                ballast = await asyncio.to_thread(filled, folder)  # it may have made room itself
                refused = await _failed_writes(world, part) - failed
                return refused + _complaints(world, part, size) + kept.restarts - restarts

            try:
                for _ in range(int(FULL_S)):
                    await any_felt()
                    await asyncio.sleep(1.0)
                await felt(0.0, any_felt)
            finally:
                await asyncio.to_thread(emptied, folder)
            await world.until_ready(part)
            failed = await _failed_writes(world, part) - failed
            ended, told = kept.restarts - restarts, _complaints(world, part, size)
        if not (failed or ended or told):
            raise NotHitError(f"{part} never noticed")
        full = f"full by {ballast // MB} MB of ballast"
        seen = f"complained {told} times, restarted {ended} times, {failed} objects refused"
        return Struck(part, f"{full}, {seen}")


def _complaints(world: World, part: str, size: int) -> int:
    """Lines of its log behind `size` that tell of a full disk."""
    lines = said_since(world, part, size)
    return sum(any(word in line for word in NO_ROOM) for line in lines)


async def _failed_writes(world: World, part: str) -> int:
    """Objects that the store refused so far; it is only evidence that has one."""
    if part != EVIDENCE:
        return 0
    async with strings(world, part) as line:
        return int((await line.pull("store", way=""))["failed_writes"])
