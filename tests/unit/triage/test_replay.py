"""`replay` on a simulated stream: a changed word shows exactly the tickets that it moves."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from schemas.values import OrderSnapshot
from services.triage.classify import POLICIES
from services.triage.workbench.readers import Ready, ready
from services.triage.workbench.recorded import NoTicketError, Recorded, recorded, ticket_in
from services.triage.workbench.replay import main, replayed
from simulator.complaints import Complaint
from simulator.plan import Plan
from simulator.world import build_world
from tests.unit.triage.complaints import NOW, opened
from tests.unit.triage.models import tiny
from tests.unit.triage.policies import folder, nothing
from tests.unit.triage.test_cases import shipped

WORD = "鹦鹉螺"
"""Stands in no list and in none of the simulator's texts."""
BEGIN_AT = datetime(2026, 3, 6, 6, 0, tzinfo=UTC)
TICKETS, EVERY = 240, 20


@cache
def stream() -> tuple[bytes, ...]:
    """Tickets as they lie on Kafka; every twentieth one names the word."""
    plan = Plan(BEGIN_AT, ("shop-a",), seed=6, orders=900, tickets=TICKETS, span_s=3 * 3600)
    complaints = [one for one in build_world(plan).complaints if one.repeat_of is None]
    assert not any(WORD in one.text for one in complaints)
    return tuple(
        opened(
            f"{one.text}。{WORD}这一款" if number % EVERY == 0 else one.text,
            ticket_id=f"T-{number}", opened_at=one.opened_at, order=_snapshot(one),
        ).to_json()
        for number, one in enumerate(complaints[:TICKETS])
    )  # fmt: skip


def _snapshot(one: Complaint) -> OrderSnapshot | None:
    if not one.names_order:
        return None
    placed = one.order.placed().model_dump()
    return OrderSnapshot.model_validate(placed)


def plant(content: dict[str, Any]) -> None:
    """The word makes L1, before every other rule."""
    content["signs"]["planted"] = {"zh": "试", "en": "planted", "says": [WORD]}
    rule = {"rule": "level.planted", "level": "L1", "zh": "试", "en": "L1: planted"}
    content["levels"].insert(0, {**rule, "when": {"signs_all": ["planted"]}})


def compared(lines: Iterable[bytes], new: Ready, old: Ready | None = None) -> dict[str, Any]:
    """The comparison of a recorded stream."""
    tickets = recorded(iter(lines), NOW)
    return replayed(tickets, old or shipped(), new, lambda _: None)


def level_of(line: bytes) -> str:
    found = ticket_in(line, NOW)
    assert found is not None
    return shipped().triager.verdict(found.ticket, found.dated).level.level


def test_the_same_policy_changes_nothing(tmp_path: Path) -> None:
    answer = compared(stream(), ready(folder(tmp_path, nothing)))
    assert (answer["tickets"], answer["changed"]) == (TICKETS, 0)
    assert answer["tickets_changed"] == []
    assert not any(answer["differ"].values())
    assert all(clock["more"] == 0 for clock in answer["clocks"])
    for rows in answer["matrices"].values():
        assert all(before == after for before, row in rows.items() for after in row)


def test_a_changed_word_shows_exactly_the_tickets_that_it_moves(tmp_path: Path) -> None:
    answer = compared(stream(), ready(folder(tmp_path, plant)))
    lines = stream()
    named = range(0, TICKETS, EVERY)
    before = {f"T-{number}": level_of(lines[number]) for number in named}
    moved = {name: level for name, level in before.items() if level != "L1"}
    assert 0 < len(moved)
    changed = {one["id"]: one for one in answer["tickets_changed"]}
    assert changed.keys() == moved.keys()
    for name, level in moved.items():
        assert changed[name]["changes"]["level"] == {"before": level, "after": "L1"}
        assert changed[name]["reasons_after"][0]["rule"] == "level.planted"
        assert any(one["rule"].startswith("level.") for one in changed[name]["reasons_before"])
    assert answer["differ"]["level"] == len(moved)
    assert answer["differ"]["class"] == 0


def test_clocks_and_staff_follow_the_levels(tmp_path: Path) -> None:
    answer = compared(stream(), ready(folder(tmp_path, plant)))
    levels = answer["matrices"]["level"]
    from_l2, from_l3 = (levels.get(level, {}).get("L1", 0) for level in ("L2", "L3"))
    more = {clock["clock"]: clock["more"] for clock in answer["clocks"]}
    assert more["first_contact"] == more["solution"] == from_l2 + from_l3
    assert more["first_reply"] == more["closure"] == -from_l2
    assert more.get("joint_resolution", 0) == -from_l3
    contact = next(clock for clock in answer["clocks"] if clock["clock"] == "first_contact")
    assert contact["targets_s_after"] == {"900": contact["after"]}
    staffing = answer["staffing"]
    assert staffing["tickets_with_a_time"] == TICKETS
    before = sum(one["before_an_hour"] for one in staffing["routes"]) * staffing["hours"]
    after = sum(one["after_an_hour"] for one in staffing["routes"]) * staffing["hours"]
    assert before == pytest.approx(TICKETS, abs=1)
    assert after == pytest.approx(TICKETS, abs=1)
    urgent = next(one for one in staffing["routes"] if one["route"] == "urgent_group")
    assert urgent["after_an_hour"] >= urgent["before_an_hour"]


def test_changed_clocks_are_seen_though_no_level_moves(tmp_path: Path) -> None:
    place = folder(tmp_path, nothing)
    text = (place / "sla.yaml").read_text(encoding="utf-8")
    (place / "sla.yaml").write_text(text.replace("target_s: 900", "target_s: 600"))
    answer = compared(stream()[:40], ready(place))
    contact = next(clock for clock in answer["clocks"] if clock["clock"] == "first_contact")
    assert contact["more"] == 0
    assert contact["targets_s_before"] == {"900": contact["before"]}
    assert contact["targets_s_after"] == {"600": contact["after"]}


def test_another_model_is_compared_too(tmp_path: Path) -> None:
    path = tmp_path / "other.model"
    path.write_bytes(tiny({"灯": {"classes.usage": 9}}, {"classes.usage": 5.0}).to_bytes)
    answer = compared(stream()[:40], ready(POLICIES, path))
    assert answer["before"]["model_version"] != answer["after"]["model_version"]
    assert answer["before"]["policy_version"] == answer["after"]["policy_version"]
    assert answer["changed"] > 0
    assert {after for row in answer["matrices"]["class"].values() for after in row} == {"usage"}


def test_lines_of_both_kinds_are_read_and_others_told() -> None:
    ticket = opened("热水器漏电", ticket_id="T-1").to_json()
    lines = [
        b'{"id": 7, "text": "\xe6\xbc\x8f\xe7\x94\xb5"}', ticket, ticket, b"  ", b"rubbish",
        b'{"specversion": "1.0"}',
        b'\xef\xbb\xbf{"id": "m", "text": "\xe6\x85\xa2", "at": "2026-06-01T10:00:00Z"}',
    ]  # fmt: skip
    found = [*recorded(iter(lines), NOW)]
    tickets = [one for one in found if isinstance(one, Recorded)]
    assert [one.id for one in tickets] == ["7", "T-1", "m"]
    assert [one.opened_at for one in tickets] == [None, NOW, datetime(2026, 6, 1, 10, tzinfo=UTC)]
    assert len([one for one in found if isinstance(one, NoTicketError)]) == 2


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tickets.jsonl"
    path.write_bytes(stream()[0] + b"\n")
    words = ["--policy", str(POLICIES), "--input", str(path)]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["tickets"] == 1
    path.write_bytes(b"rubbish\n")
    assert main(words) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["tickets"], answer["unreadable"], len(answer["errors"])) == (0, 1, 1)
    assert main([*words, "--against", str(tmp_path)]) == 2
    assert "error" in json.loads(capsys.readouterr().out)


def test_all_that_changed_are_counted_and_so_many_are_kept(tmp_path: Path) -> None:
    new = ready(folder(tmp_path, plant))
    full = compared(stream(), new)
    some = replayed(recorded(iter(stream()), NOW), shipped(), new, lambda _: None, 2)
    assert some["changed"] == full["changed"] > 2
    assert some["tickets_changed"] == full["tickets_changed"][:2]
