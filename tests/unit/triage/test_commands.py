"""`aftercare triage lint`, `test`, `explain` and `replay`: what people see, and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.unit.triage.policies import folder, set_to
from tests.unit.triage.test_replay import plant, stream


def run(*words: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["triage", *map(str, words)])


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


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("explain",), "--text TEXT"),
        (("explain", "--text", "x", "--ticket", "T-1"), "--text and --ticket exclude each other"),
        (("explain", "--text", "x", "--input", "f"), "--text and --input exclude each other"),
        (("explain", "--text", "x", "--order", "{"), "no JSON"),
        (("replay", "--input", "x"), "--policy FOLDER"),
        (("replay", "--policy", "x"), "--from TIME"),
        (("replay", "--policy", "x", "--from", "soon"), "30m"),
        (("replay", "--policy", "x", "--from", "1h", "--run-dir", "nowhere"), "aftercare up"),
    ],
)
def test_what_can_not_be_done_is_told(
    words: tuple[str, ...], advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AFTERCARE_KAFKA_BOOTSTRAP", "AFTERCARE_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    done = run(*words)
    assert done.exit_code == 2
    assert advice in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("replay", "--policy", "p", "--input", "f", "--until", "1h"), "--until belongs"),
        (("explain", "--input", "f", "--order", "{}"), "belong to --text"),
        (("explain", "--text", "\udcff"), "no UTF-8"),
    ],
)
def test_options_that_would_have_no_effect_are_refused(words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "→" in done.stderr


def test_what_is_not_done_says_what_to_do(tmp_path: Path) -> None:
    done = run("lint", "--policy", tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "nowhere" in done.stderr
    assert "→" in done.stderr
