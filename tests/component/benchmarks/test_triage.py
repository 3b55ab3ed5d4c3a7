"""`make eval-triage` on the shipped program, which it starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.triage.__main__ import main
from benchmarks.triage.cost import SECTION, cost
from benchmarks.triage.show import document
from tests.unit.benchmarks.test_triage import MESSAGES


def test_measures_the_shipped_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "own.jsonl"
    lines = (json.dumps(message, ensure_ascii=False) for message in MESSAGES)
    file.write_text("\n".join(lines), encoding="utf-8")
    assert main(["--data", str(file), "--rounds", "10", "--without-cost", "--json"]) == 0
    found = {each["figure"]: each for each in json.loads(capsys.readouterr().out)}
    assert found["class accuracy"]["value"] == 1
    assert found["safety recall"]["value"] == 1
    assert found["en class macro-F1"] == {
        "section": "language", "figure": "en class macro-F1", "value": 1, "from": 1, "to": 1,
        "unit": "", "target": "≥ 0.8", "reached": True, "of": 1, "note": "",
    }  # fmt: skip
    file.write_text("no", encoding="utf-8")
    assert main(["--data", str(file)]) == 1
    assert "not measured" in capsys.readouterr().err


def test_cost_is_told_with_its_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.triage.cost.ENOUGH", 1_500)
    monkeypatch.setattr("benchmarks.triage.cost.ROUNDS", 1)
    model = tmp_path / "services" / "triage" / "model" / "own.model"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"x" * 2_000_000)
    found = {each["figure"]: each for each in document([*cost(MESSAGES, tmp_path)])}
    assert {each["section"] for each in found.values()} == {SECTION}
    assert found["CPU time a message, in batches"]["value"] > 0
    assert found["memory of the program at most"]["value"] > 10
    assert found["model file"]["value"] == 2
