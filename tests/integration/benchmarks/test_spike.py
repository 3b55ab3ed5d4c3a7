"""A small burst with urgent complaints beside it: the figures are there, nothing is lost."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks.setting import Setting
from benchmarks.spike import run


@pytest.mark.nightly
@pytest.mark.timeout(240)
async def test_a_small_burst_is_measured_and_verified(run_dir: Path) -> None:
    told: list[str] = []
    report = await run(Setting(run_dir / "spike", told.append, rounds=1, size=0.006))
    assert report.verified, report.notes
    found = {each.name: each.value for each in report.figures}
    assert found["burst"] == 300
    assert math.isfinite(found["burst, worked off"])
    assert found["urgent, arrival → triaged, p99"] > 0
    assert found["urgent tickets with a breach"] == found["routine tickets with a breach"] == 0
