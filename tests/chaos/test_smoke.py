"""One minute of faults against the whole system on real parts; everything adds up afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.run import Chaos, run

SMOKE = ("X1", "X6", "X9", "X10", "X12", "X25", "X29")
"""Those that fit into a minute, each once at least."""


@pytest.mark.timeout(300)
async def test_a_minute_of_faults_loses_nothing_and_doubles_nothing(run_dir: Path) -> None:
    told: list[str] = []
    verdict = await run(
        Chaos(run_dir / "chaos", seed=5, seconds=60, per_s=8, codes=SMOKE, tell=told.append)
    )
    assert (verdict.problem, verdict.broken, verdict.missed) == ("", (), ()), told[-20:]
    assert verdict.holds
    assert len(verdict.hits) >= 3
    assert verdict.acknowledged == verdict.arrivals
