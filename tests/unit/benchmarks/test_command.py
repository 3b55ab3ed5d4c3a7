"""What `aftercare bench` understands of the names that it is given; nothing is measured."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.figures import Report
from cli import bench
from cli.main import app


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...]]:
    """Which benchmarks would have run, with their parts."""
    found: dict[str, tuple[str, ...]] = {}

    def run(name: str, folder: Any, rounds: int, size: float, only: tuple[str, ...]) -> Report:
        found[name] = only
        return Report(name, verified=True)

    monkeypatch.setattr(bench, "_run", run)
    monkeypatch.setattr(bench, "_keep", lambda *_: None)
    return found


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["service", "triage"], {"service": ("triage",)}),
        (["service/triage"], {"service": ("triage",)}),
        (["service", "triage", "sla"], {"service": ("triage", "sla")}),
        (["spike", "service", "triage", "clocks"],
         {"spike": (), "service": ("triage",), "clocks": ()}),
        (["service"], {"service": ()}),
    ],
)  # fmt: skip
def test_a_part_stands_behind_its_benchmark(
    words: list[str], parts: dict[str, tuple[str, ...]], asked: dict[str, tuple[str, ...]]
) -> None:
    assert CliRunner().invoke(app, ["bench", *words]).exit_code == 0
    assert asked == parts


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["triage"], "no such benchmark: triage"),
        (["spike", "triage"], "no such benchmark: triage"),
        (["service", "triages"], "no such benchmark: triages"),
        (["service/triages"], "service has no part triages"),
    ],
)
def test_what_is_no_part_runs_nothing(
    words: list[str], reason: str, asked: dict[str, tuple[str, ...]]
) -> None:
    ended = CliRunner().invoke(app, ["bench", *words])
    assert ended.exit_code != 0
    assert reason in ended.output
    assert asked == {}
