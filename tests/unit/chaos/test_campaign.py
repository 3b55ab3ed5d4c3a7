"""Runs that were written down become the table of the page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from chaos.catalog import CATALOG
from chaos.record import note
from cli.chaos_docs import NOT_YET, campaign, faults
from tests.unit.chaos.test_verdict import GOOD, HIT


def test_each_run_is_a_row_and_all_are_summed_up(tmp_path: Path) -> None:
    file = tmp_path / "results" / "runs.jsonl"
    note(GOOD, file)
    note(replace(GOOD, seed=8, hits=(replace(HIT, code="X6", recovered_s=None),)), file)
    runs = [json.loads(line) for line in file.read_text().splitlines()]
    told = campaign(runs).splitlines()
    assert told[0].startswith("2 runs, 2 of them without any promise broken: 1 kills, 200 ")
    assert "never hit: X2 X3 X4" in told[0]
    assert told[-2] == "| 7 | 60 | 0 | X1 | 1 | 100 of 100 | 1,000 | 0.0 | 2.0 | all 1 hold |"
    assert told[-1].endswith("| X6 | 0 | 100 of 100 | 1,000 | 0.0 | - | all 1 hold |")


def test_what_did_not_hold_is_told_as_such() -> None:
    missed = replace(GOOD, hits=(HIT, replace(HIT, missed="gone"))).as_line()
    stuck = replace(GOOD, problem="it does not come to rest").as_line()
    assert campaign([missed]).endswith("| **X1 not hit** |")
    assert campaign([stuck]).endswith("| **did not come to rest** |")
    assert campaign([]) == NOT_YET


def test_every_fault_has_a_row() -> None:
    assert len(faults().splitlines()) == len(CATALOG) + 2
