"""The table that people get, the document that programs get, and the exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli.main import app
from cli.verify.command import show
from cli.verify.report import Findings, Report
from cli.verify.target import Target
from devstack.problems import StackError
from devstack.state import RunState, write_state
from schemas.values import Instant
from tests.support.small_system import BEGIN


def report(*, spoiled: int) -> Report:
    """One invariant that holds, one with so many offenders, one that can't be judged."""
    good, bad = Findings("I1", "first things hold"), Findings("I2", "nothing is spoiled")
    good.count("tickets", 1234)
    good.note("seen from afar")
    for number in range(spoiled):
        bad.offend("spoiled", f"thing-{number}")
    other = Findings("I20", "packs verify").not_applicable("there are none")
    return Report((good.verdict(), bad.verdict(), other), 1.25)


def shown(made: Report) -> str:
    """What is printed."""
    console = Console(file=io.StringIO(), width=160)
    show(made, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_table_says_what_was_looked_at_and_what_is_broken() -> None:
    text = shown(report(spoiled=25))
    assert "1,234 tickets" in text
    assert "seen from afar" in text
    assert "✗ spoiled: thing-9" in text
    assert "thing-10" not in text
    assert "… and 15 more" in text
    assert "there are none" in text
    assert "1 of 2 invariants are broken: I2 (1.2 s). Not judged, as told above: I20." in text


def test_the_table_is_content_when_everything_holds() -> None:
    assert "All 2 invariants hold" in shown(report(spoiled=0))


def test_a_report_is_one_json_document() -> None:
    made = json.loads(json.dumps(report(spoiled=25).as_json()))
    assert (made["holds"], made["took_s"]) == (False, 1.25)
    assert [verdict["outcome"] for verdict in made["verdicts"]] == [
        "holds", "broken", "not_applicable",
    ]  # fmt: skip
    assert made["verdicts"][1]["broken"] == 25
    assert len(made["verdicts"][1]["offenders"]) == 10


def test_a_verdict_is_found_by_its_code() -> None:
    assert report(spoiled=1).of("I2").broken == 1
    with pytest.raises(KeyError):
        report(spoiled=1).of("I99")


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names no system."""
    for name in ("AFTERCARE_KAFKA_BOOTSTRAP", "AFTERCARE_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_the_environment_may_name_a_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AFTERCARE_KAFKA_BOOTSTRAP", "broker:9092")
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", "postgresql://elsewhere")
    found = Target.of_run_dir(tmp_path)
    assert (found.kafka_bootstrap, found.database_url) == ("broker:9092", "postgresql://elsewhere")
    assert found.time_scale is None
    write_state(tmp_path, state())
    assert Target.of_run_dir(tmp_path).kafka_bootstrap == "127.0.0.1:1"


@pytest.mark.parametrize("words", [("verify",), ("trace", "ticket-1")])
def test_without_a_system_the_user_is_told_what_to_do(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, [*words, "--run-dir", str(tmp_path)])
    assert done.exit_code == 1
    assert "nothing ever ran" in done.stderr
    assert "aftercare up" in done.stderr


def state(*, time_origin: Instant | None = None) -> RunState:
    """Of a stack that ran."""
    return RunState(
        kafka_bootstrap="127.0.0.1:1",
        database_url="postgresql://x",
        ports={"sla.health": 7001, "intake.api": 7002, "kafka": 1},
        started_at=BEGIN,
        time_origin=time_origin,
    )


def test_a_run_folder_says_where_everything_is(tmp_path: Path) -> None:
    with pytest.raises(StackError):
        Target.of_run_dir(tmp_path)
    write_state(tmp_path, state())
    bare = Target.of_run_dir(tmp_path)
    assert (bare.standins_record, bare.journal, bare.time_scale) == (None, None, 1.0)
    assert bare.objects == tmp_path / "objects"
    (tmp_path / "standins.jsonl").touch()
    (tmp_path / "simulator").mkdir()
    for name in ("journal.jsonl", "canaries.jsonl"):
        (tmp_path / "simulator" / name).touch()
    (tmp_path / "logs").mkdir()
    (tmp_path / "spans.jsonl").touch()
    full = Target.of_run_dir(tmp_path, lateness_limit_s=2.0)
    assert full.standins_record == tmp_path / "standins.jsonl"
    assert full.journal == tmp_path / "simulator" / "journal.jsonl"
    assert full.lateness_limit_s == 2.0
    assert full.canaries == tmp_path / "simulator" / "canaries.jsonl"
    assert full.logs == (tmp_path / "logs", tmp_path / "spans.jsonl")
    assert full.pages == ("http://127.0.0.1:7001/metrics",)
