"""`aftercare triage lint`, `test`, `explain` and `replay` with the programs that they start: what
people see, and exit codes.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.triage.policies import folder, set_to
from tests.unit.triage.test_commands import run
from tests.unit.triage.test_replay import plant, stream


def test_lint_names_file_and_line(tmp_path: Path) -> None:
    place = folder(tmp_path, set_to("model", "safety_from", 1.5))
    done = run("lint", "--policy", place)
    assert done.exit_code == 1
    lines = (place / "triage.yaml").read_text(encoding="utf-8").splitlines()
    number = 1 + next(n for n, line in enumerate(lines) if "safety_from" in line)
    assert f"triage.yaml:{number}" in done.stdout
    assert "1 errors" in done.stdout


def test_test_shows_what_differs(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text('{"id": "tea", "text": "热水器漏电", "expect": {"level": "L2"}}\n')
    done = run("test", "--cases", cases)
    assert done.exit_code == 1
    assert "tea" in done.stdout
    assert "0 of 1 cases as expected" in done.stdout


def test_explain_shows_every_layer() -> None:
    words = ("explain", "--text", "收到的灯漏电", "--order", '{"value_fen": 250000}')
    done = run(*words)
    assert done.exit_code == 0, done.stderr
    for heading in ("1 facts", "2 normal form", "3 findings", "4 signs", "5 the model",
                    "6 reading", "7 level: L1 by level.safety", "7 route", "7 priority",
                    "7 reasons", "What would have changed it"):  # fmt: skip
        assert heading in done.stdout


def test_replay_shows_what_would_change(tmp_path: Path) -> None:
    path = tmp_path / "tickets.jsonl"
    path.write_bytes(b"\n".join(stream()[:41]))
    words = ("replay", "--policy", folder(tmp_path / "new", plant), "--input", path)
    done = run(*words)
    assert done.exit_code == 0, done.stderr
    assert "of 41 tickets would change" in done.stdout
    assert "level.planted" not in done.stdout  # people read its text
    assert "L1: planted" in done.stdout
    answer = json.loads(run(*words, "--json").stdout)
    assert answer["tickets"] == 41
    assert {one["id"] for one in answer["tickets_changed"]} <= {"T-0", "T-20", "T-40"}


def test_what_is_not_done_says_what_to_do(tmp_path: Path) -> None:
    done = run("lint", "--policy", tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "nowhere" in done.stderr
    assert "→" in done.stderr
