"""A strike is told whatever comes of it: a campaign outlives a fault that fails itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from chaos.catalog import CATALOG
from chaos.fault import BrokenPromiseError, NotHitError, Struck
from chaos.run import LATE, Chaos, _Course
from chaos.schedule import Strike
from chaos.world import World

NOWHERE: Any = None


@dataclass(frozen=True)
class Failing:
    """A fault that raises, unless it has nothing to raise."""

    error: Exception | None
    code: str = "X1"
    says: str = "it fails"
    lasts_s: float = 1.0

    async def strike(self, world: World, random: Random) -> Struck:
        """See Fault."""
        if self.error is not None:
            raise self.error
        return Struck("sla", "seen")


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
    sending: Any = asyncio.get_running_loop().create_future()
    hit = await _course(told)._strike(Strike(0.0, "X1", 1), sending)
    assert hit is not None
    assert (hit.code, hit.missed, hit.broke) == ("X1", missed, broke)
    assert (missed or broke) in told[-1]


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (NotHitError("nothing in hand"), False),
        (BrokenPromiseError("it answered 500"), True),
        (None, True),
    ],
)
async def test_what_hits_nothing_once_the_load_is_over_is_left_out_and_told(
    monkeypatch: pytest.MonkeyPatch, error: Exception | None, counts: bool
) -> None:
    """A fault that was asked for and struck at no other time fails the run all the same."""
    monkeypatch.setitem(CATALOG, "X1", Failing(error))
    sending = asyncio.get_running_loop().create_future()
    sending.set_result(None)
    told: list[str] = []
    course = _course(told)
    hit = await course._strike(Strike(0.0, "X1", 1), cast(Any, sending))
    assert (hit is not None) is counts
    assert course.left_out == ([] if counts else ["X1"])
    assert told[-1].endswith(f"X1 left out: {LATE}") is not counts


def _course(told: list[str]) -> _Course:
    chaos = Chaos(Path(), seed=1, tell=told.append)
    world = World(NOWHERE, NOWHERE, told.append)
    return _Course(chaos, NOWHERE, NOWHERE, NOWHERE, world, NOWHERE)
