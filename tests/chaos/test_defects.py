"""Chaos can fail: without one of the safeguards the same run is told as broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.defective import DEFECTS
from chaos.run import Chaos, run


@pytest.mark.nightly
@pytest.mark.timeout(240)
@pytest.mark.parametrize("defect", DEFECTS)
async def test_a_missing_safeguard_is_found(run_dir: Path, defect: str) -> None:
    told: list[str] = []
    plan = Chaos(
        run_dir / defect, 1, seconds=20, per_s=10, codes=("X1",), defect=defect, tell=told.append
    )
    verdict = await run(plan)
    assert not verdict.missed, told[-20:]
    assert verdict.broken or verdict.problem
    assert not verdict.holds
