"""A few tickets through both sides: the figures are there and the invariants hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import growth
from benchmarks.setting import Setting


@pytest.mark.nightly
@pytest.mark.timeout(300)
async def test_growth_is_measured_and_verified(run_dir: Path) -> None:
    told: list[str] = []
    report = await growth.run(Setting(run_dir, told.append, rounds=1, size=0.001))
    names = {figure.name for figure in report.figures if figure.value > 0}
    assert {"CPU, growth", "time, growth", "database log, growth"} <= names
    assert report.verified is True, report.notes
