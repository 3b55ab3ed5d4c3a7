"""What begins a ladder and what ends it, as the ticket's desk hears of it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.envelope import Payload
from schemas.notifications import EscalationEnded, EscalationRaised
from services.notifier.domain.commands import AcknowledgeEscalation
from services.notifier.domain.escalation import Ladder
from services.notifier.domain.notice import URGENT
from tests.support.notifier_rules import TicketStory, names
from tests.support.notifier_story import (
    TICKET,
    at,
    breach,
    called,
    cancelled,
    merged,
    met,
    moved,
    opened,
    reopened,
    replied,
    resolved,
    retriaged,
    triaged,
    warning,
)

OF_CLOSURE: dict[str, Any] = {"level": "L2", "clock": "closure"}
OF_PROMISE: dict[str, Any] = {"level": "L2", "clock": "promise"}


def climbing(*told: Payload) -> TicketStory:
    """A ticket of which this was told."""
    story = TicketStory(now=at(900))
    story.tell(opened(), *told)
    return story


def ladder(story: TicketStory) -> Ladder:
    """The only ladder of the ticket."""
    (found,) = story.case.ladders.values()
    return found


def ends(story: TicketStory) -> list[str]:
    return [each.cause for each in story.events if isinstance(each, EscalationEnded)]


def test_a_breach_tells_the_group_and_one_person() -> None:
    story = climbing(triaged(level="L1"))
    said = story.tell(breach())
    assert names(said) == [
        "breached_urgent:first_contact:1 to urgent",
        "escalation:first_contact:1 to person/urgent_duty",
    ]
    assert said[1].priority == URGENT
    (event,) = story.events
    assert isinstance(event, EscalationRaised)
    assert (event.step, event.role, event.people) == (1, "assignee", ("urgent_duty",))
    (name,) = story.timers
    assert names(story.wait(name)) == ["escalation:first_contact:1 to person/urgent_lead"]
    assert story.now == at(1_200)


def test_warnings_begin_a_ladder_where_the_policy_says_so() -> None:
    story = climbing(triaged(level="L1"), warning(threshold="p75"))
    assert not story.case.ladders
    story.tell(warning(threshold="p90"))
    assert ladder(story).cause == "warned"
    said = story.tell(breach())
    assert names(said) == ["breached_urgent:first_contact:1 to urgent"]


def test_an_answer_to_a_warning_leaves_the_breach_a_ladder_of_its_own() -> None:
    story = climbing(triaged(level="L1"), warning(threshold="p90"), replied(seconds=600))
    assert ladder(story).state == "answered"
    told = names(story.tell(breach(), breach(), warning(threshold="p90")))
    assert told[1:] == ["escalation:first_contact:1 to person/urgent_duty"]
    story.tell(met())
    assert {each.cause: each.state for each in story.case.ladders.values()} == {
        "warned": "answered",
        "breached": "met",
    }


def test_an_acknowledged_warning_stands_for_the_breach() -> None:
    story = climbing(triaged(level="L1"), warning(threshold="p90"))
    (number,) = story.case.ladders
    story.tell(AcknowledgeEscalation(ticket_id=TICKET, escalation_id=str(number), by="agent-17"))
    story.tell(breach())
    assert ladder(story).state == "acknowledged"


@pytest.mark.parametrize(
    ("news", "state"),
    [
        (met(), "met"),
        (cancelled(), "cancelled"),
        (replied(seconds=900), "answered"),
        (called(), "answered"),
        (resolved(), "resolved"),
        (triaged(level="L2", triaged_at=at(1_000)), "cancelled"),
        (retriaged(level="L1", problem_class="usage"), "cancelled"),
        (merged(), "cancelled"),
    ],
)
def test_what_ends_it(news: Payload, state: str) -> None:
    story = climbing(triaged(level="L1"), breach())
    story.tell(news)
    assert ladder(story).state == state
    assert ends(story) == [state]
    assert not [name for name in story.timers if name.startswith("escalate/")]
    story.tell(news, breach())
    assert ladder(story).state == state
    assert ends(story) == [state]


@pytest.mark.parametrize(
    "news",
    [
        replied(seconds=899),
        replied(human=False),
        replied(visibility="internal"),
        met(generation=2, in_time=True),
        cancelled(clock="solution"),
    ],
)
def test_what_does_not_end_it(news: Payload) -> None:
    story = climbing(triaged(level="L1"), breach())
    story.tell(news)
    assert ladder(story).is_open


@pytest.mark.parametrize(
    "first",
    [
        replied(seconds=900),
        called(),
        resolved(),
        merged(),
        met(),
        triaged(level="L2", triaged_at=at(950)),
        retriaged(level="L1", problem_class="usage"),
    ],
)
def test_a_breach_that_is_settled_when_it_is_told_begins_nothing(first: Payload) -> None:
    story = climbing(triaged(level="L1"), first)
    assert "escalation:first_contact:1 to person/urgent_duty" not in names(story.tell(breach()))
    assert not [each for each in story.case.ladders.values() if each.is_open]


def test_another_class_begins_another_ladder_and_ends_the_first() -> None:
    """Also where the news of the new clock comes before that of the class."""
    news = retriaged(problem_class="usage")
    late = breach(**OF_CLOSURE, generation=2, problem_class="usage", breached_at=at(950))
    for told in ((news, late), (late, news)):
        story = climbing(triaged(), breach(**OF_CLOSURE), *told)
        states = {each.generation: each.state for each in story.case.ladders.values()}
        assert states == {1: "cancelled", 2: "raised"}


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"cause": "message"}, "cancelled"),
        ({"cause": "person", "agent_id": "agent-17"}, "met"),
        ({"route": "human_triage", "level": "L1"}, "cancelled"),
        ({"route": "human_triage"}, "raised"),
        ({"triaged_at": at(800)}, "raised"),
    ],
)
def test_who_sorts_a_ticket_is_not_asked_for_any_more(changes: dict[str, Any], state: str) -> None:
    of_sorting: dict[str, Any] = {"level": "L2", "clock": "human_triage"}
    first, news = triaged(route="human_triage"), retriaged(**changes)
    story = climbing(first, breach(**of_sorting), news)
    assert ladder(story).state == state
    overtaken = climbing(first, news, breach(**of_sorting))
    assert bool(overtaken.case.ladders) == (state == "raised")


def test_a_ladder_that_told_nobody_ends_without_a_word() -> None:
    story = climbing(triaged())
    story.now = at(13 * 3_600)  # one in the morning
    assert names(story.tell(breach(**OF_CLOSURE))) == ["breached:closure:1 to regular"]
    assert ladder(story).told == 0
    story.tell(met(**OF_CLOSURE))
    assert story.events == []


def test_reopening_may_begin_another() -> None:
    story = climbing(triaged(), breach(**OF_CLOSURE), resolved())
    story.tell(reopened(), breach(generation=2, breached_at=at(8_000), **OF_CLOSURE))
    assert [each.state for each in story.case.ladders.values()] == ["resolved", "raised"]


def test_a_date_that_moves_and_passes_again_climbs_again() -> None:
    story = climbing(triaged(), breach(**OF_PROMISE))
    story.tell(moved(level="L2"))
    assert ends(story) == ["cancelled"]
    said = story.tell(breach(breached_at=at(5_000), **OF_PROMISE))
    assert [each.way.recipient for each in said] == ["regular", "person/regular_duty"]
    assert len({each.id for each in said}) == 2
    story.tell(met(**OF_PROMISE, due_at=at(5_000)))
    assert ends(story) == ["cancelled", "met"]
