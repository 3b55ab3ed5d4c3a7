"""Runs that were written down become the table of the page."""

from __future__ import annotations

import json
from dataclasses import replace
from math import ceil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chaos import record, setting
from chaos.catalog import CATALOG
from chaos.record import kept, kept_in, logs_of, note, state_of_project
from chaos.schedule import enough_s
from chaos.setting import Chaos
from chaos.verdict import JUDGED
from cli.chaos_docs import NOT_YET, campaign, faults
from cli.main import app
from tests.unit.chaos.test_verdict import GOOD, HIT


def test_each_run_is_a_row_and_all_are_summed_up(tmp_path: Path) -> None:
    file = tmp_path / "results" / "runs.jsonl"
    note(GOOD, file)
    note(replace(GOOD, seed=8, hits=(replace(HIT, code="X6", recovered_s=None),)), file)
    runs = [json.loads(line) for line in file.read_text().splitlines()]
    told = campaign(runs).splitlines()
    assert told[0].startswith("2 runs, 2 of them hold: 1 kills, 200 ")
    assert "never hit: X2 X3 X4" in told[0]
    hold = f"all {len(JUDGED)} hold |"
    assert told[-2] == f"| 7 | 60 | 12 | X1 | 1 | 100 of 100 | 1,000 | 0.0 | 2.0 | {hold}"
    assert told[-1].endswith(f"| X6 | 0 | 100 of 100 | 1,000 | 0.0 | - | {hold}")


def test_what_did_not_hold_is_told_as_such() -> None:
    missed = replace(GOOD, hits=(HIT, replace(HIT, missed="gone"))).as_line()
    stuck = replace(GOOD, problem="it does not come to rest").as_line()
    assert campaign([missed]).endswith("| **X1 not hit** |")
    assert campaign([stuck]).endswith("| **it does not come to rest** |")
    assert campaign([missed]).startswith("1 runs, 0 of them hold: ")
    assert campaign([]) == NOT_YET


def test_when_everything_was_hit_it_says_of_what() -> None:
    every = replace(GOOD, hits=tuple(replace(HIT, code=code) for code in CATALOG)).as_line()
    assert campaign([every]).splitlines()[0].endswith(" faults hit, all that a run can make.")


def test_a_run_that_holds_leaves_a_document_and_one_that_does_not_its_folder_too(
    tmp_path: Path,
) -> None:
    for verdict in (GOOD, replace(GOOD, seed=8, acknowledged=99)):
        logs = logs_of(tmp_path / "run")
        logs.mkdir(parents=True, exist_ok=True)
        told = kept(replace(verdict, logs=str(logs)), tmp_path / "run")
        assert Path(told.logs).is_dir()
        assert (tmp_path / "run").exists() == verdict.holds
    documents = [json.loads(file.read_text()) for file in kept_in(tmp_path / "run").glob("*.json")]
    found = {each["seed"]: (each["holds"], Path(each["logs"]).is_dir()) for each in documents}
    assert found == {7: (True, False), 8: (False, True)}


def test_a_plan_that_would_break_nothing_is_refused_with_what_would_do() -> None:
    ended = CliRunner().invoke(app, ["chaos", "--faults", "X7", "--seconds", "20", "--dry-run"])
    assert ended.exit_code == 1
    enough = ceil(enough_s({"X7": CATALOG["X7"].lasts_s}))
    assert "none of these faults fits into 20 s: X7" in ended.output
    assert f"--seconds {enough}" in ended.output
    long_enough = ["chaos", "--faults", "X7", "--seconds", str(enough), "--dry-run"]
    assert "X7" in CliRunner().invoke(app, long_enough).stdout
    assert CliRunner().invoke(app, ["chaos", "--faults", "X0", "--dry-run"]).exit_code == 1


def test_the_plan_does_not_depend_on_what_a_machine_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chaos = Chaos(tmp_path, seed=3, seconds=600)
    plan = chaos.strikes
    monkeypatch.setattr(setting, "lacking", lambda: {"X20": "only root may mount"})
    assert chaos.strikes == plan
    assert any(strike.code == "X20" for strike in plan)
    assert chaos.possible == [strike for strike in plan if strike.code != "X20"]


def test_the_state_of_the_project_is_told_with_and_without_its_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert state_of_project().startswith("0.")
    monkeypatch.setattr(record, "ROOT", tmp_path)
    assert " " not in state_of_project()
    (tmp_path / ".git").mkdir()
    assert " " not in state_of_project()


def test_every_fault_has_a_row() -> None:
    assert len(faults().splitlines()) == len(CATALOG) + 2
