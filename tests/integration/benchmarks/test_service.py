"""`bench service` in small: one service, one round of everything."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks.service import run
from benchmarks.setting import Setting


@pytest.mark.timeout(600)
async def test_a_service_beside_the_limit_and_the_textbook_design(run_dir: Path) -> None:
    told: list[str] = []
    report = await run(Setting(run_dir, told.append, rounds=1, size=0.01, only=("triage",)))
    found = {figure.name: figure.value for figure in report.figures}
    assert report.verified is True, report.notes
    for name in (
        "triage: rate", "triage: rate per core", "triage: CPU service", "triage: CPU kafka",
        "triage: bare", "triage: baseline, 1 worker", "triage: baseline, 4 workers",
        "triage: of the bare pass-through", "triage: of the baseline",
    ):  # fmt: skip
        assert found[name] > 0, name
        assert math.isfinite(found[name])
    assert any("verify" in line for line in told)
