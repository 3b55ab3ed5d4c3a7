"""The contract of `aftercare sla plan`: lines that are no tickets, files, exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from runtime.lines import answer_lines
from services.sla.planning.__main__ import answering_by, main
from tests.support.sla_story import POLICIES
from tests.unit.sla.plan_model.told import event, ticket, z

ANSWERING = answering_by(POLICIES)
GOOD = ticket("L1", 100)


def answered(*lines: dict[str, Any]) -> list[dict[str, Any]]:
    target = io.BytesIO()
    raw = b"\n".join(json.dumps(line).encode() for line in lines)
    answer_lines(io.BytesIO(raw), target, ANSWERING)
    return [json.loads(line) for line in target.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"level": "L4"}, "level: "),
        ({"class": "other"}, "class: "),
        ({"opened_at": "2026-01-04T09:00:00"}, "opened_at: "),
        ({"opened_at": None}, "opened_at: "),
        ({"now": "soon"}, "now: "),
        ({"now": z(-1)}, "now lies before opened_at"),
        ({"calendar": "cn"}, "known are always, cn-office"),
        ({"calendar": 3}, "calendar: "),
        ({"events": {}}, "events: "),
        ({"events": [event(1, "danced")]}, "events.0.type: "),
        ({"events": [event(1, "resolved"), {"type": "resolved"}]}, "events.1.at: "),
        ({"events": [event(1, "waiting")]}, "events.0: waiting needs cause"),
        ({"events": [event(1, "waiting", cause="rain")]}, "events.0.cause: "),
        ({"events": [event(1, "retriaged", level="L1")]}, "events.0: retriaged needs class"),
        ({"events": [event(1, "promise_made")]}, "events.0: promise_made needs due_at"),
        ({"events": [event(1, "platform_deadline", due_at=5)]}, "events.0.due_at: "),
        ({"events": [event(1, "agent_replied", human="yes")]}, "events.0.human: "),
    ],
)
def test_a_line_that_is_no_ticket_is_told(changed: dict[str, Any], reason: str) -> None:
    (found,) = answered({**GOOD, **changed})
    assert set(found) == {"id", "error"}
    assert found["id"] == "t"
    assert reason in found["error"]


def test_what_is_not_named_is_passed_over() -> None:
    (found,) = answered({**GOOD, "more": 1, "events": [event(1, "resumed", more=[1])]})
    assert {clock["clock"] for clock in found["clocks"]} == {"first_contact", "solution"}
    assert list(found["clocks"][0]) == [
        "clock", "generation", "state", "anchor_at", "due_at", "met_at", "breached_at", "used_s",
        "paused_s", "overdue_s", "warnings",
    ]  # fmt: skip


def test_exit_codes_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    words = ["--input", str(given), "--output", str(out)]
    given.write_text(json.dumps(GOOD) + "\n", encoding="utf-8")
    assert main(words) == 0
    given.write_text(json.dumps(GOOD) + "\nno\n", encoding="utf-8")
    assert main(words) == 1
    assert len(out.read_bytes().splitlines()) == 2
    assert main([*words, "--policy", str(tmp_path)]) == 2
    assert "the policy can't be used" in capsys.readouterr().err


def test_all_clocks_adds_those_of_the_conversation_and_says_what_rests_on_expectation(
    tmp_path: Path,
) -> None:
    line = ticket("L1", 60, calendar="cn-office") | {
        "opened_at": "2026-12-31T17:00:00+08:00",
        "now": "2027-01-02T00:00:00+08:00",
    }
    given = tmp_path / "in.jsonl"
    given.write_text(json.dumps(line) + "\n", encoding="utf-8")
    answers = []
    for more in ([], ["--all-clocks"]):
        out = tmp_path / f"out{len(more)}.jsonl"
        assert main(["--input", str(given), "--output", str(out), *more]) == 0
        answers.append(json.loads(out.read_text(encoding="utf-8"))["clocks"])
    plain, everything = answers
    assert [clock["clock"] for clock in plain] == ["first_contact", "solution"]
    assert not any("provisional" in clock for clock in plain)
    flags = {clock["clock"]: clock.get("provisional") for clock in everything}
    assert flags == {"first_contact": None, "solution": True, "human_first_response": None}
