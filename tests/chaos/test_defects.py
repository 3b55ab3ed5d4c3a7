"""Chaos can fail: without one of the safeguards the run that else holds is told as broken."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from random import Random

import pytest

from chaos.defective import DEFECTS
from chaos.run import Chaos, run
from chaos.verdict import Verdict
from schemas.topics import SERVICES

KILLED, KILLS = "sla", 2
BY_THEN_S = 9.0
"""On the fast clock of so short a run the first timers fire by then."""
BROKEN_BY = {
    "no-inbox": {"I6", "I28"},
    "offsets-first": {"I5", "I13"},
    "mark-first": {"I3"},
    "timer-without-lock": {"I13"},
}
"""Invariants that each of them breaks: doubled effects; messages lost, so that clocks never
started; events unpublished; clocks without their timers."""


def course(run_dir: Path, defect: str = "", seed: int = 0) -> Chaos:
    """A short run in which services are killed; without a seed one that does for this."""
    seed = seed or _killing()
    return Chaos(run_dir, seed, seconds=25, per_s=10, codes=("X1",), defect=defect)


def _killing() -> int:
    """The first seed that should kill the service with timers while they fire."""
    for seed in count(1):
        strikes = course(Path(), seed=seed).strikes
        struck = [Random(each.seed).choice(SERVICES) for each in strikes if each.at_s > BY_THEN_S]
        if struck.count(KILLED) >= KILLS:
            return seed
    raise AssertionError("unreachable")


def _really_killed(verdict: Verdict) -> int:
    return sum(hit.target == KILLED and hit.begun_s > BY_THEN_S for hit in verdict.hits)


@pytest.mark.nightly
@pytest.mark.timeout(300)
async def test_with_all_safeguards_the_same_run_holds(run_dir: Path) -> None:
    verdict = await run(course(run_dir / "whole"))
    assert verdict.reasons == (), verdict.broken
    assert _really_killed(verdict) >= KILLS


@pytest.mark.nightly
@pytest.mark.timeout(300)
@pytest.mark.parametrize("defect", DEFECTS)
async def test_a_missing_safeguard_is_found(run_dir: Path, defect: str) -> None:
    verdict = await run(course(run_dir / defect, defect))
    assert (verdict.problem, verdict.missed) == ("", ())
    assert _really_killed(verdict) >= KILLS
    assert {check.code for check in verdict.broken} >= BROKEN_BY[defect], verdict.broken
    assert not verdict.holds
