"""The command says what it can't do, and its page tells when nothing was published."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.figures import Report
from benchmarks.results import write
from chaos.recovery.cases import BREAKS, NAMES
from chaos.recovery.findings import Rate, Recovery, add_recoveries, without_value
from chaos.recovery.run import run
from chaos.recovery.setting import Setting
from cli import recovery_docs
from cli.main import app
from cli.recovery import why_unpublished

PAGE = "before\n<!-- generated: recovery -->\nold\n<!-- end -->\nafter\n"


def test_an_unknown_case_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    ended = CliRunner().invoke(app, ["recovery", "weather", "--run-dir", str(tmp_path)])
    assert ended.exit_code == 1
    assert "no such case: weather" in ended.output
    assert all(name in ended.output for name in NAMES)


def test_all_seven_faults_are_there() -> None:
    assert len(BREAKS) == 7
    assert all(fault.says and fault.lasts_s > 0 for fault in BREAKS.values())


def test_what_nobody_judged_is_not_published() -> None:
    never = Report("recovery")
    assert why_unpublished(never, NAMES) == ["no invariant was judged"]
    assert why_unpublished(never, ("poison",)) == []
    assert why_unpublished(Report("recovery", verified=True), NAMES) == []
    assert why_unpublished(Report("recovery", verified=False), NAMES) == ["an invariant was broken"]


async def test_what_ends_it_early_is_told_by_the_report(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_text("no folder can be in here")
    report = await run(Setting(nowhere, print))
    assert len(without_value(report)) == len(BREAKS) + 4
    assert report.verified is None
    assert any(note.startswith("nothing was judged: ") for note in report.notes)


def test_the_page_shows_each_figure_beside_its_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery_docs, "LATEST", tmp_path / "recovery.json")
    assert recovery_docs.NOT_YET in recovery_docs.page(PAGE)
    rate = Rate(50, 500)
    report = Report("recovery", verified=True, conditions={"rounds": 1})
    add_recoveries(report, [Recovery("stopped", "pid 1", 50, rate, rate, None, 1.0, 2.0)])
    write([report], tmp_path / "recovery.json")
    page = recovery_docs.page(PAGE)
    assert page.startswith("before\n")
    assert page.endswith("after\n")
    (gone,) = (line for line in page.splitlines() if "backlog gone" in line)
    assert "≤ 30" in gone
    assert "**short**" in gone
