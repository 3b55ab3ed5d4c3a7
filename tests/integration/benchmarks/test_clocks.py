"""`bench clocks` in small: its figures are there, and the invariants hold on what it made."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks.clocks import run
from benchmarks.setting import Setting


@pytest.mark.timeout(600)
async def test_clocks_are_measured_beside_the_rival_and_verified(run_dir: Path) -> None:
    told: list[str] = []
    report = await run(Setting(run_dir, told.append, rounds=1, size=0.01))
    found = {figure.name: figure.value for figure in report.figures}
    assert report.verified is True, report.notes
    for name in (
        "open clocks", "late at 2,000 due/s, on Kafka, p99", "late at 2,000 due/s, pgqueuer, p99",
        "fired at 5,000 due/s", "run at 5,000 due/s, pgqueuer", "100,000 due at once, drained",
        "fired at 5,000 due/s, two instances", "CPU of a clock fired, at once: Python",
    ):  # fmt: skip
        assert found[name] > 0, name
        assert math.isfinite(found[name])
    assert found["spoke too early"] == found["never spoke"] == found["said twice"] == 0
    assert any("like the service's own" in note for note in report.notes)
