"""Which dead letters a command means, how they are grouped, what keeps one from coming back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from typer.testing import CliRunner

from cli.dead_letters.wanted import Letter, Wanted, by_cause, moment
from cli.main import app

NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)


def letter(number: int, **changes: object) -> Letter:
    about: dict[str, object] = {
        "service": "sla",
        "id": UUID(int=number),
        "desk": "clocks",
        "event_id": UUID(int=1000 + number),
        "key": "t-1",
        "topic": "triage",
        "part": 2,
        "pos": 40 + number,
        "reason": "rule_failed",
        "detail": "KeyError in plan line 3",
        "tries": 6,
        "round": 1,
        "dead_at": NOW,
        "requested_at": None,
        "replayed_at": None,
        "dropped_at": None,
        "dropped_because": None,
        "applied": False,
        "parked": False,
    }
    return Letter(**(about | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "dead"),
        ({"requested_at": NOW}, "asked back"),
        ({"requested_at": NOW - timedelta(seconds=1)}, "dead"),
        ({"requested_at": NOW, "replayed_at": NOW, "parked": True}, "parked"),
        ({"requested_at": NOW, "replayed_at": NOW, "applied": True}, "replayed"),
        ({"dropped_at": NOW}, "dropped"),
    ],
)
def test_states(changes: dict[str, object], state: str) -> None:
    assert letter(1, **changes).state == state


def test_causes_are_listed_by_how_many_died_of_them() -> None:
    letters = [letter(1), letter(2, reason="id_reused"), letter(3), letter(4, service="triage")]
    causes = by_cause(letters)
    assert [(c.service, c.reason, len(c.letters)) for c in causes] == [
        ("sla", "rule_failed", 2),
        ("sla", "id_reused", 1),
        ("triage", "rule_failed", 1),
    ]


def test_what_cannot_come_back_says_why() -> None:
    assert letter(1).hindrance == ""
    assert "own id" in letter(1, reason="id_reused").hindrance
    assert "send it again" in letter(1, event_id=None).hindrance


def test_moments() -> None:
    assert moment("90m", NOW) == NOW - timedelta(minutes=90)
    assert moment("2d", NOW) == NOW - timedelta(days=2)
    assert moment("2026-11-11T20:00+08:00", NOW) == NOW
    for text in ("2026-11-11T20:00", "yesterday", "-2h", ""):
        with pytest.raises(ValueError, match=r".+"):
            moment(text, NOW)


def test_only_a_choice_narrows() -> None:
    assert not Wanted(ended=True).narrows
    assert Wanted(reason="rule_failed").narrows
    assert Wanted(services=("sla",)).narrows


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["replay"], "which letters?"),
        (["drop", "--because", "x"], "which letters?"),
        (["drop", "--service", "sla", "--because", " "], "say why"),
        (["replay", "--service", "nobody"], "there is no service nobody"),
        (["replay", "--id", "7"], "is no id"),
        (["list", "--since", "soon"], "is no time"),
    ],
)
def test_a_command_that_cannot_be_meant_is_refused_with_advice(words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["dlq", *words])
    assert done.exit_code == 2
    assert said in done.output
    assert "→" in done.output
