"""Recorded tickets under another policy: what moves, what it costs, and that nothing else does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.sla.workbench import replay
from services.sla.workbench.recorded import Tickets
from services.sla.workbench.replay import handling_of, replayed
from services.sla.workbench.staffing import Handling
from tests.support.sla_story import at
from tests.unit.sla.plan_model.told import event, ticket
from tests.unit.sla.workbench.made_up import (
    FIRST_REPLY,
    REVIEW,
    SHIPPED,
    folder,
    head,
    kept,
    lines,
    names,
    policy,
    replied,
    tickets,
)

TOLD = (
    replied("early", 1_000),
    replied("between", 2_000),
    replied("late", 4_000),
    replied("urgent", 100, "L1"),
    replied("disputed", 100, "L3"),
    {**ticket("L2", 500), "id": "open"},
    {**ticket("L2", 90_000, event(600, "resolved"), event(700, "reopened")), "id": "reopened"},
    {**ticket("L2", 9_000, event(50, "waiting", cause="customer")), "id": "waiting"},
    {**ticket("L2", 9_000, event(99, "promise_made", due_at="2026-01-04T10:00:00Z")), "id": "told"},
)
QUICK = (FIRST_REPLY, "first_reply, target_s: 1800")
SLOW = (FIRST_REPLY, "first_reply, target_s: 7200")


def compared(new: Any, *told: dict[str, Any], old: Any = SHIPPED, **more: Any) -> dict[str, Any]:
    return replayed(tickets(*(told or TOLD)), new, old, Handling(), **more)


def row(answer: dict[str, Any], clock: str) -> tuple[int, int]:
    """How many of them were late before, and after."""
    [found] = [each for each in answer["clocks"] if each["clock"] == clock]
    return found["before"]["breached"], found["after"]["breached"]


def test_the_same_policy_changes_nothing(tmp_path: Path) -> None:
    answer = compared(policy(tmp_path))
    assert (answer["tickets"], answer["changed"], answer["tickets_changed"]) == (len(TOLD), 0, [])
    assert answer["before"]["versions"] == answer["after"]["versions"]
    assert answer["late"]["newly"] == answer["late"]["no_longer"] == 0
    assert all(each["before"] == each["after"] for each in answer["clocks"])
    assert answer["staffing"]["before"] == answer["staffing"]["after"]


def test_a_changed_target_shows_exactly_the_tickets_it_moves(tmp_path: Path) -> None:
    answer = compared(policy(tmp_path, QUICK))
    assert names(answer["tickets_changed"]) == [
        "early", "between", "late", "open", "reopened", "waiting", "told",
    ]  # fmt: skip
    assert all(
        [clock["clock"] for clock in each["clocks"]] == ["first_reply"]
        for each in answer["tickets_changed"]
    )
    newly = [each["id"] for each in answer["tickets_changed"] if each["late"]["after"]
             and not each["late"]["before"]]  # fmt: skip
    assert newly == ["between"]
    assert answer["late"] == {"before": 6, "after": 7, "newly": 1, "no_longer": 0}
    assert row(answer, "first_reply") == (3, 4)
    assert row(answer, "first_contact") == (1, 1)


def test_a_longer_target_says_who_would_not_have_been_late(tmp_path: Path) -> None:
    answer = compared(policy(tmp_path, SLOW), replied("late", 4_000), replied("later", 8_000))
    assert answer["late"] == {"before": 2, "after": 1, "newly": 0, "no_longer": 1}
    late, later = answer["tickets_changed"]
    assert late["clocks"] == [
        {
            "clock": "first_reply",
            "generation": 1,
            "before": {
                "level": "L2", "state": "breached", "due_at": "2026-01-04T10:00:00Z",
                "target_s": 3_600,
            },
            "after": {
                "level": "L2", "state": "met", "due_at": "2026-01-04T11:00:00Z", "target_s": 7_200,
            },
        }
    ]  # fmt: skip
    assert later["late"] == {"before": True, "after": True}


def test_other_working_time_moves_deadlines(tmp_path: Path) -> None:
    by_office = policy(tmp_path, (REVIEW, f"{REVIEW}, calendar: cn-office"))
    answer = compared(by_office, replied("one", 60))
    [moved] = answer["tickets_changed"][0]["clocks"]
    # 17:00 on a Sunday in Shanghai that is worked: an hour that day, eight on Monday and Tuesday,
    # seven on Wednesday.
    assert (moved["clock"], moved["after"]["due_at"]) == ("review", "2026-01-07T09:00:00Z")


def test_a_clock_that_only_one_of_the_policies_starts(tmp_path: Path) -> None:
    line = "first_reply, target_s: 3600 } # 1 h\n"
    more = f"{line}      - {{ clock: solution, target_s: 80000 }}\n"
    answer = compared(policy(tmp_path, (line, more)), replied("one", 60))
    [started] = answer["tickets_changed"][0]["clocks"]
    assert (started["clock"], started["before"]) == ("solution", None)
    assert started["after"]["state"] == "breached"
    assert answer["late"]["newly"] == 1


def test_costs_are_those_of_the_new_policy_on_both_sides(tmp_path: Path) -> None:
    costs = "breach_costs_fen: { first_reply: 500, first_contact: 2000 }\n"
    answer = compared(policy(tmp_path, QUICK, more=costs))
    assert answer["cost_fen"] == {
        "of_a_breach": {"first_reply": 500, "first_contact": 2000},
        "before": 3 * 500 + 2_000,
        "after": 4 * 500 + 2_000,
    }
    assert compared(SHIPPED)["cost_fen"] is None


def test_the_tickets_of_a_running_system_count_by_their_own_version(tmp_path: Path) -> None:
    quick = policy(tmp_path / "quick", QUICK)
    found = tickets(
        head(9_000, SHIPPED, quick),
        kept(replied("shipped", 2_000)),
        kept(replied("quick", 2_000), quick),
    )
    answer = replayed(found, quick, None, Handling())
    assert answer["before"] == {
        "versions": sorted([SHIPPED.rules.version, quick.rules.version]), "own": True,
    }  # fmt: skip
    assert names(answer["tickets_changed"]) == ["shipped"]
    assert answer["late"] == {"before": 1, "after": 2, "newly": 1, "no_longer": 0}


def test_against_another_policy_versions_do_not_matter(tmp_path: Path) -> None:
    quick = policy(tmp_path / "quick", QUICK)
    found = tickets(head(9_000), kept(replied("one", 2_000)))
    answer = replayed(found, quick, quick, Handling())
    assert (answer["changed"], answer["unreadable"]) == (0, 0)


def test_only_tickets_opened_since(tmp_path: Path) -> None:
    old = {**ticket("L2", 9_000), "id": "old", "opened_at": "2026-01-01T00:00:00Z"}
    answer = compared(policy(tmp_path, QUICK), old, *TOLD[:2], since=at(0))
    assert names(answer["tickets_changed"]) == ["early", "between"]
    assert (answer["tickets"], answer["passed_over"]) == (2, 1)


def test_clocks_of_the_conversation_are_those_that_plan_shows(tmp_path: Path) -> None:
    new = policy(
        tmp_path,
        ("- clock: next_reply\n    target_s: 3600", "- clock: next_reply\n    target_s: 60"),
    )
    asks = {**ticket("L2", 9_000, event(10, "agent_replied", human=True),
                     event(20, "customer_message")), "id": "asks"}  # fmt: skip
    assert compared(new, asks)["changed"] == 0
    answer = replayed(Tickets(lines(asks), all_clocks=True), new, SHIPPED, Handling())
    assert row(answer, "next_reply") == (1, 1)
    found = replayed(tickets(head(9_000, SHIPPED), kept(asks)), new, None, Handling())
    assert (answer["changed"], found["changed"]) == (1, 1)


def test_so_many_changed_tickets_and_all_counted(tmp_path: Path) -> None:
    answer = compared(policy(tmp_path, QUICK), most=2)
    assert names(answer["tickets_changed"]) == ["early", "between"]
    assert answer["changed"] == 7


def test_what_is_no_ticket_is_told_and_costs_nobody_else(tmp_path: Path) -> None:
    bad: list[dict[str, Any]] = [
        {"id": "x", "level": "L2"},
        kept(replied("no head", 1)),
        {**replied("strange", 1), "calendar": "moon"},
        head(9_000, SHIPPED),
        {**kept(replied("unknown", 1)), "policy_version": "sla-0"},
        {"ticket_id": "torn", "policy_version": SHIPPED.rules.version, "ledger": [{"at": 1}]},
    ]
    found = tickets(*bad, kept(replied("good", 2_000)))
    answer = replayed(found, policy(tmp_path, QUICK), None, Handling())
    assert names(answer["tickets_changed"]) == ["good"]
    assert answer["unreadable"] == 5
    assert [error.partition(":")[0] for error in answer["errors"]] == [
        "ticket x",
        "a ledger stands before the line with the time and the versions",
        "ticket strange",
        "policy version sla-0 is unknown",
        "ticket torn",
    ]


def test_a_version_that_can_no_longer_be_read(tmp_path: Path) -> None:
    first = {**head(9_000), "versions": {"sla-old": {"urgency": []}}}
    line = {**kept(replied("one", 1)), "policy_version": "sla-old"}
    answer = replayed(tickets(first, line), policy(tmp_path), None, Handling())
    assert answer["errors"] == ["policy version sla-old can't be read any more"]


@pytest.mark.parametrize(
    "given", ["0", "x", "-5", "1.5", "moon=5", "first_reply=", "=", "review=0"]
)
def test_a_handling_time_is_whole_seconds(given: str) -> None:
    with pytest.raises(ValueError, match="whole seconds, as 600 or first_contact=300"):
        handling_of([given])


def test_handling_times_of_all_and_of_one() -> None:
    assert handling_of([]) == Handling(600, {})
    assert handling_of(["300", "review=1200"]) == Handling(300, {"review": 1_200})


def test_the_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, new = tmp_path / "tickets.jsonl", folder(tmp_path / "new", QUICK)
    source.write_bytes(b"".join(lines(*TOLD)))
    words = ["--input", str(source), "--policy", str(new)]
    assert replay.main([*words, "--most", "1", "--since", at(0).isoformat()]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["changed"], names(answer["tickets_changed"])) == (7, ["early"])
    source.write_bytes(b"{}\n")
    assert replay.main(words) == 1
    capsys.readouterr()
    for wrong in (["--handling-s", "x"], ["--input", str(tmp_path / "nowhere")],
                  ["--policy", str(tmp_path)]):  # fmt: skip
        assert replay.main([*words, *wrong]) == 2
        assert "error" in json.loads(capsys.readouterr().out)
