"""`aftercare triage explain` and `replay`: words that are refused before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app


def run(*words: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["triage", *map(str, words)])


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
