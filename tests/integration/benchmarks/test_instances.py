"""`bench instances` at a tiny size: it finds its figures, and nothing is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.figures import Report
from benchmarks.instances import run
from benchmarks.setting import Setting


@pytest.mark.nightly
@pytest.mark.timeout(300)
async def test_two_instances_share_and_one_takes_over(run_dir: Path) -> None:
    report: Report = await run(Setting(run_dir, lambda _: None, rounds=1, size=0.01))
    found = {each.name: each.value for each in report.figures}
    assert report.verified, report.notes
    assert found["one instance"] > 0
    assert found["two instances"] > 0
    assert found["partitions of the one that has fewer"] >= 1
    assert 0 < found["takeover after a clean stop"] < found["takeover after kill -9"]
