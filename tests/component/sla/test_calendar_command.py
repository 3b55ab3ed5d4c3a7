"""`aftercare calendar`: one question or a file of them, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.unit.sla.calendar.test_commands import FROM, question

ONE = ("--calendar", "cn-office", "--from", FROM)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("due", *ONE, "--seconds", "3600"), (0, "2026-02-14T10:00:00+08:00\n", "")),
        (
            ("due", *ONE, "--seconds", "3600", "--json"),
            (0, '{"due_at": "2026-02-14T10:00:00+08:00"}\n', ""),
        ),
        (("between", *ONE, "--to", "2026-02-24T09:00:00+08:00"), (0, "28800\n", "")),
        (("between", *ONE, "--to", FROM, "--json"), (0, '{"seconds": 0}\n', "")),
        (
            ("due", "--calendar", "cn", *ONE[2:], "--seconds", "1", "--json"),
            (1, '{"error": "calendar: there is none of that name; known are always, ', ""),
        ),
        (("due", *ONE, "--seconds", "-1"), (1, "", "seconds: ")),
        (("due", *ONE), (2, "", "--seconds is missing\n")),
        (("due", *ONE, "--input", "x", "--output", "y"), (2, "", "--input holds the questions\n")),
        (("--policy", "x"), (2, "", "a question is missing\n")),
        (("--policy", "x", "due", *ONE), (2, "", "these options stand behind the command\n")),
        (("due", "--input", "x"), (2, "", "--input and --output go together\n")),
    ],
)
def test_the_command(words: tuple[str, ...], expected: tuple[int, str, str]) -> None:
    done = CliRunner().invoke(app, ["calendar", *words])
    assert done.exit_code == expected[0]
    assert done.stdout.startswith(expected[1])
    assert done.stderr.startswith(expected[2])
    assert bool(done.stdout) == bool(expected[1])


def test_the_command_needs_no_variables_and_speaks_through_pipes() -> None:
    lines = json.dumps(question(seconds=1)).encode() + b"\nno\n"
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "calendar", "--input", "-", "--output", "-"],
        input=lines,
        capture_output=True,
        env={},
        check=False,
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["q", None]
    assert done.returncode == 1
    assert b"1 of 2 lines" in done.stderr


def test_either_command_answers_a_file(tmp_path: Path) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [question(seconds=0), question(to=FROM)]
    given.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    for words in (["due"], ["between"], []):
        files = ["--input", str(given), "--output", str(out)]
        assert CliRunner().invoke(app, ["calendar", *words, *files]).exit_code == 0
        found = [json.loads(line) for line in out.read_bytes().splitlines()]
        assert found == [{"id": "q", "due_at": FROM}, {"id": "q", "seconds": 0}]
        out.unlink()


def test_another_policy_has_other_calendars(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    text = "calendars:\n  shop:\n    zone: Asia/Tokyo\n    week: { daily: [10:00-20:00] }\n"
    (tmp_path / "calendars" / "mine.yaml").write_text(text, encoding="utf-8")
    words = ["due", "--calendar", "shop", "--from", FROM, "--seconds", "3601"]
    done = CliRunner().invoke(app, ["calendar", *words, "--policy", str(tmp_path)])
    assert (done.exit_code, done.stdout) == (0, "2026-02-14T10:00:01+09:00\n")
