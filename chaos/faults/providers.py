"""The providers of messages answer wrongly, late, twice, or not at all."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from random import Random
from typing import Any, get_args

import aiohttp

from chaos.fault import NotHitError, Struck, felt
from chaos.world import World
from devstack.layout import STANDINS
from devstack.ports import HOST
from devstack.standins.faults import OF_REPORTS, Kind, Target

ILL_S = 8.0
SHARE = 0.6
"""Of the requests; the others go through, so that both kinds lie side by side."""
HELD_S = 20.0
"""An answer that never comes: longer than any caller waits."""
SMS, QUERY = "aliyun_sms", "aliyun_query"
KINDS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind != "undelivered")
WAYS = len(KINDS) // 2


@dataclass(frozen=True, slots=True)
class Ill:
    """X22: two of the ways in which providers are known to fail, with all of them at once."""

    code: str = "X22"
    says: str = "providers answer 500, 429, too late, drop by drop, with an error code, or twice"
    lasts_s: float = 2 * ILL_S + 1

    async def strike(self, world: World, random: Random) -> Struck:
        """Two of the ways, for a while each; how many requests got it is what the stand-ins
        counted."""
        first = world.turn(self.code, WAYS)
        async with world.hold(STANDINS):
            told = [await _ill(world, kind, random) for kind in KINDS[first::WAYS]]
        return Struck(STANDINS, ", ".join(told))


async def _ill(world: World, kind: Kind, random: Random) -> str:
    """One of the ways; who got it how often. Raises NotHitError."""
    url = f"http://{HOST}:{world.stack.ports[STANDINS]}/control/faults"
    async with aiohttp.ClientSession() as session:
        before = (await _asked(session.post(url, json=_plan(kind, random))))["hits"]

        async def any_hit() -> bool:
            return bool((await _asked(session.get(url)))["hits"] != before)

        try:
            await felt(ILL_S, any_hit)
        finally:
            after = (await _asked(session.post(url, json={})))["hits"]
    hit = {name: after[name] - before.get(name, 0) for name in after if name.endswith(kind)}
    told = ", ".join(f"{name} {count}" for name, count in sorted(hit.items()) if count)
    if not told:
        raise NotHitError(f"no request got {kind}")
    return told


def _plan(kind: Kind, random: Random) -> dict[str, Any]:
    """That kind for every provider that can have it."""
    targets = [SMS] if kind in OF_REPORTS else [t for t in get_args(Target) if t != QUERY]
    how = {"kind": kind, "share": SHARE, "hold_s": HELD_S}
    return {
        "seed": random.getrandbits(31),
        "faults": [{"provider": target, **how} for target in targets],
    }


async def _asked(request: AbstractAsyncContextManager[aiohttp.ClientResponse]) -> dict[str, Any]:
    """What the stand-ins say of their faults. Raises OSError."""
    try:
        async with request as answer:
            answer.raise_for_status()
            told: dict[str, Any] = await answer.json()
            return told
    except aiohttp.ClientError as error:
        raise OSError(f"the stand-ins do not answer: {type(error).__name__}") from error
