"""Chaos can fail: without one of the safeguards the same run is told as broken."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from random import Random

import pytest

from chaos.defective import DEFECTS
from chaos.run import Chaos, run
from schemas.topics import SERVICES

KILLS = 2
BY_THEN_S = 9.0
"""On the fast clock of so short a run the first timers fire by then."""


@pytest.mark.nightly
@pytest.mark.timeout(300)
@pytest.mark.parametrize("defect", DEFECTS)
async def test_a_missing_safeguard_is_found(run_dir: Path, defect: str) -> None:
    told: list[str] = []
    seed = _killing("sla") if defect == "timer-without-lock" else 1
    plan = Chaos(
        run_dir / defect, seed, seconds=25, per_s=10, codes=("X1",), defect=defect, tell=told.append
    )
    verdict = await run(plan)
    assert not verdict.missed, told[-20:]
    assert verdict.broken or verdict.problem
    assert not verdict.holds


def _killing(service: str) -> int:
    """The first seed that kills that service while its timers fire."""
    for seed in count(1):
        strikes = Chaos(Path(), seed, seconds=25, codes=("X1",)).strikes
        struck = [Random(strike.seed).choice(SERVICES) for strike in strikes]
        late = [strike.at_s > BY_THEN_S for strike in strikes]
        if sum(each == service and by for each, by in zip(struck, late, strict=True)) >= KILLS:
            return seed
    raise AssertionError("unreachable")
