"""The object store that evidence writes to refuses, or keeps half of what it was given."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from chaos.fault import NotHitError, Struck
from chaos.puppet.strings import strings
from chaos.world import World

FAILING_S = 10.0
SERVICE = "evidence"
WAYS = ("refused", "torn")


@dataclass(frozen=True, slots=True)
class StoreFails:
    """X24: writes are answered with 503, or torn in the middle."""

    code: str = "X24"
    says: str = "the object store refuses writes or tears them for 10 s"
    lasts_s: float = FAILING_S + 1

    async def strike(self, world: World, random: Random) -> Struck:
        """One of the two, for a while."""
        way = WAYS[world.turn(self.code, len(WAYS))]
        async with world.hold(SERVICE), strings(world, SERVICE) as line:
            failed = await line.worsened(
                "store", "failed_writes", FAILING_S, on={"way": way}, off={"way": ""}
            )
        if not failed:
            raise NotHitError("nothing was written meanwhile")
        return Struck(SERVICE, f"{failed} writes {way}")
