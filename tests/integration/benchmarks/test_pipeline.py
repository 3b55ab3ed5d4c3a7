"""The whole pipeline benchmark on a tiny scale: every figure is there, nothing is lost."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks.pipeline import run
from benchmarks.setting import Setting


@pytest.mark.timeout(600)
async def test_a_tiny_pipeline_run_finds_its_figures_and_loses_nothing(run_dir: Path) -> None:
    told: list[str] = []
    report = await run(Setting(run_dir / "pipeline", told.append, rounds=1, size=0.005))
    assert report.verified, report.notes
    found = {each.name: each.value for each in report.figures}
    assert not [name for name, value in found.items() if not math.isfinite(value)]
    assert found["sustained"] > 0
    assert found["sustained, one request a ticket"] > 0
    assert found["sustained, times the textbook"] > 0
    assert found["CPU a ticket, all of ours"] > found["CPU python"] > 0
    assert found["records a ticket"] >= 5
    assert found["steady arrival → archived p99"] >= found["steady arrival → opened p50"]
    assert any("L2" in note for note in report.notes)
