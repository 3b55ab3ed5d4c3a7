"""A minute of faults against the whole system on real parts; everything adds up afterwards."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from chaos.pages import file_of
from chaos.run import Chaos, run
from schemas.topics import SERVICES

SMOKE = ("X1", "X2", "X6", "X9", "X10", "X13", "X25", "X29")
"""Those that fit into so short a time, each once at least."""
LOAD_S = 70


@pytest.mark.timeout(600)
async def test_a_minute_of_faults_loses_nothing_and_doubles_nothing(run_dir: Path) -> None:
    told: list[str] = []
    verdict = await run(
        Chaos(
            run_dir / "chaos",
            seed=_covering(),
            seconds=LOAD_S,
            per_s=8,
            codes=SMOKE,
            tell=told.append,
        )
    )
    assert (verdict.problem, verdict.broken, verdict.missed) == ("", (), ()), told[-20:]
    assert verdict.holds
    assert set(verdict.codes) == set(SMOKE)
    assert verdict.acknowledged == verdict.arrivals
    for service in SERVICES:
        metrics = Path(verdict.logs) / f"{file_of(service)}.log"
        assert "aftercare_" in metrics.read_text(), "nobody looked at them"


def _covering() -> int:
    """The first seed that strikes all of them."""
    for seed in count(1):
        strikes = Chaos(Path(), seed, seconds=LOAD_S, codes=SMOKE).strikes
        if {strike.code for strike in strikes} == set(SMOKE):
            return seed
    raise AssertionError("unreachable")
