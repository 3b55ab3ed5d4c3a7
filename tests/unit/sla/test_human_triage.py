"""The clock of a ticket that a person has to sort, and what a re-triage does to all clocks."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.policy import PolicyError
from services.sla.domain.ledger import Entry
from tests.support.sla_story import Payloads, Story, at, policy_with, said

make = Payloads()
LEVELS_ALONE = policy_with(conversation=[])
UNSURE = make.triaged(60, "L2", route="human_triage")


def started(*payloads: Any) -> Story:
    """A ticket that heard these."""
    story = Story(LEVELS_ALONE)
    for payload in payloads:
        story.tell(payload)
    return story


def test_it_runs_beside_the_clocks_of_the_level_and_breaches_like_any() -> None:
    story = started(UNSURE)
    clocks = story.clocks(60)
    assert {"human_triage/1", "first_reply/1", "review/1", "closure/1"} == clocks.keys()
    assert clocks["human_triage/1"].due_at == at(900)
    assert said(story.until(901))[:5] == [
        "SLAWarning human_triage/1 p50", "SLAWarning human_triage/1 p75",
        "SLAWarning human_triage/1 p90", "SLABreached human_triage/1",
    ]  # fmt: skip


def test_other_ways_have_no_such_clock() -> None:
    assert "human_triage/1" not in started(make.triaged(60, "L2")).clocks(60)


def test_a_person_who_confirms_meets_it_and_nothing_else_changes() -> None:
    story = started(UNSURE)
    assert said(story.tell(make.retriaged(300, "L2", cause="person"))) == [
        "ClockMet human_triage/1"
    ]
    assert {clock.generation for clock in story.clocks(300).values()} == {1}
    assert said(story.tell(make.resolved(400))) == [
        "ClockCancelled first_reply/1 resolved", "ClockCancelled review/1 resolved",
        "ClockMet closure/1",
    ]  # fmt: skip


def test_a_person_who_changes_the_level_meets_it_and_starts_the_others() -> None:
    story = started(UNSURE)
    told = said(story.tell(make.retriaged(300, "L1", cause="person", route="urgent_group")))
    assert told == [
        "ClockMet human_triage/1", "ClockCancelled first_reply/1 retriaged",
        "ClockCancelled review/1 retriaged", "ClockCancelled closure/1 retriaged",
        "ClockStarted first_contact/2", "ClockStarted solution/2",
    ]  # fmt: skip
    assert story.clocks(300)["first_contact/2"].due_at == at(300 + 900)


def test_a_person_too_late_leaves_the_breach() -> None:
    story = started(UNSURE)
    story.until(1_000)
    (met,) = story.tell(make.retriaged(1_000, "L2", cause="person"))
    assert said([met]) == ["ClockMet human_triage/1"]
    assert story.clocks(1_000)["human_triage/1"].state == "breached"


def test_what_becomes_clear_by_itself_needs_no_person() -> None:
    story = started(UNSURE)
    told = said(story.tell(make.retriaged(300, "L2", cause="message")))
    assert "ClockCancelled human_triage/1 retriaged" in told
    assert "human_triage/2" not in story.clocks(300)
    assert story.clocks(300)["first_reply/2"].due_at == at(3_600)


def test_a_machine_does_not_meet_it_where_a_person_is_still_waited_for() -> None:
    story = started(UNSURE)
    told = story.tell(make.retriaged(300, "L2", route="human_triage"))
    assert told == []
    assert story.clocks(300)["human_triage/1"].state == "pending"


def test_the_end_of_the_ticket_cancels_it() -> None:
    told = said(started(UNSURE).tell(make.resolved(100)))
    assert "ClockCancelled human_triage/1 resolved" in told


def test_a_reopening_does_not_start_it_again() -> None:
    story = started(UNSURE, make.resolved(100), make.reopened(200))
    assert "human_triage/2" not in story.clocks(200)


def test_an_order_that_comes_late_anchors_the_urgent_clocks_at_that_moment() -> None:
    story = started(make.triaged(60, "L2"))
    told = story.tell(make.retriaged(5_000, "L1", cause="order", route="urgent_group"))
    assert said(told)[-2:] == ["ClockStarted first_contact/2", "ClockStarted solution/2"]
    assert story.clocks(5_000)["first_contact/2"].anchor_at == at(5_000)
    assert story.decisions[-1].lane == "urgent"


def test_a_retriage_heard_before_the_triage_ends_in_the_same_clocks() -> None:
    later = make.retriaged(300, "L1", cause="person", route="urgent_group")
    first, second = started(UNSURE, later), Story(LEVELS_ALONE)
    second.tell(later)
    second.tell(UNSURE, now=400)
    assert first.clocks(500) == second.clocks(500)


def test_the_ledger_keeps_who_sorted_it() -> None:
    story = started(UNSURE, make.retriaged(300, "L2", cause="person"))
    assert story.case is not None
    kept = [Entry.from_json(entry.as_json()) for entry in story.case.ledger]
    assert kept == list(story.case.ledger)
    assert [entry.what for entry in kept] == ["triaged", "classified", "triaged"]
    assert [entry.unsure for entry in kept] == [True, None, None]


@pytest.mark.parametrize(
    ("clocks", "words"),
    [
        ([{"clock": "human_first", "target_s": 1}], "Input should be"),
        ([{"clock": "closure", "target_s": 1}], "a clock of a level already"),
        ([{"clock": "human_triage", "target_s": 900}] * 2, "stated twice"),
        (
            [{"clock": "human_triage", "target_s": 900, "warnings": [{"before_s": 901}]}],
            "would warn",
        ),
    ],
)
def test_a_way_whose_clocks_cannot_be_kept_is_refused(clocks: Any, words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        policy_with(routes=[{"route": "human_triage", "clocks": clocks}])


def test_a_policy_without_ways_is_one_too() -> None:
    story = Story(policy_with(routes=[]))
    story.tell(UNSURE)
    assert "human_triage/1" not in story.clocks(60)
