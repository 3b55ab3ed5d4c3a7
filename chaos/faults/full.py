"""A disk is full: that of the objects, of the database, or of the broker."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from chaos.disks import MB, emptied, filled, small_ones
from chaos.fault import NotHitError, Struck
from chaos.world import World

FULL_S = 12.0
NO_ROOM = b"No space left"
OF_PART = {"objects": "evidence", "postgres": "postgres", "kafka": "kafka"}
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
        chosen = random.choice(folders)
        folder, part = world.stack.run_dir / chosen, OF_PART[chosen]
        async with world.hold(part):
            before, told = world.part(part).restarts, _refusals(world, part)
            ballast = 0
            try:
                for _ in range(int(FULL_S)):  # again and again: the part may make room itself
                    ballast = await asyncio.to_thread(filled, folder)
                    await asyncio.sleep(1.0)
            finally:
                await asyncio.to_thread(emptied, folder)
            await world.until_ready(part)
            ended = world.part(part).restarts - before
            told = _refusals(world, part) - told
        full = f"full by {ballast // MB} MB of ballast"
        return Struck(part, f"{full}, complained {told} times, restarted {ended} times")


def _refusals(world: World, part: str) -> int:
    """Lines of its log that tell of a full disk."""
    with world.stack.log_path(part).open("rb") as lines:
        return sum(NO_ROOM in line for line in lines)
