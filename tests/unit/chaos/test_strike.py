"""A strike is told whatever comes of it: a campaign outlives a fault that fails itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chaos.catalog import CATALOG
from chaos.fault import BrokenPromiseError, NotHitError, Struck
from chaos.run import LATE, Chaos, _Course
from chaos.schedule import Strike
from chaos.verdict import Hit
from chaos.world import World

NOWHERE: Any = None


@dataclass(frozen=True)
class Failing:
    """A fault that raises."""

    error: Exception
    code: str = "X1"
    says: str = "it fails"
    lasts_s: float = 1.0

    async def strike(self, world: World, random: Random) -> Struck:
        """See Fault."""
        raise self.error


@pytest.mark.parametrize(
    ("error", "missed", "broke"),
    [
        (NotHitError("nobody there"), "NotHitError: nobody there", ""),
        (BrokenPromiseError("it answered 500"), "", "it answered 500"),
        (KeyError("gone"), "the fault itself failed: KeyError: 'gone'", ""),
    ],
)
async def test_whatever_a_fault_raises_is_told(
    monkeypatch: pytest.MonkeyPatch, error: Exception, missed: str, broke: str
) -> None:
    monkeypatch.setitem(CATALOG, "X1", Failing(error))
    told: list[str] = []
    hit = await _struck(told, asyncio.get_running_loop().create_future())
    assert hit is not None
    assert (hit.code, hit.missed, hit.broke) == ("X1", missed, broke)
    assert (missed or broke) in told[-1]


async def test_a_strike_whose_turn_comes_after_the_load_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It could hit nothing; a fault that was asked for and never struck is told by the verdict."""
    monkeypatch.setitem(CATALOG, "X1", Failing(AssertionError("struck all the same")))
    sending = asyncio.get_running_loop().create_future()
    sending.set_result(None)
    told: list[str] = []
    assert await _struck(told, sending) is None
    assert told[-1].endswith(f"X1 left out: {LATE}")


async def _struck(told: list[str], sending: Any) -> Hit | None:
    chaos = Chaos(Path(), seed=1, tell=told.append)
    world = World(NOWHERE, NOWHERE, told.append)
    course = _Course(chaos, NOWHERE, NOWHERE, NOWHERE, world, NOWHERE)
    return await course._strike(Strike(0.0, "X1", 1), sending)
