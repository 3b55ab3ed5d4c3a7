"""What a ticket's events make us say: once each, in the right tone, whatever comes first."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from schemas.envelope import Payload
from schemas.notifications import NotificationFailed
from schemas.resolution import Outcome
from schemas.triage import Retriaged
from schemas.values import Contact
from tests.support.notifier_rules import PHONE, TicketStory, evening, names
from tests.support.notifier_story import (
    CUSTOMER,
    ORDER,
    TICKET,
    at,
    breach,
    event,
    merged,
    opened,
    reopened,
    resolved,
    triaged,
    warning,
)

ACK = "say/acknowledged"


def disputed(story: TicketStory) -> bool:
    """Whether care would be silent about its order."""
    return story.case.is_dispute


@pytest.mark.parametrize(
    ("level", "emotion", "staff", "template"),
    [
        ("L1", "calm", ["call_task to urgent"], "acknowledged_urgent"),
        ("L1", "angry", ["call_task to urgent"], "acknowledged_urgent"),
        ("L2", "calm", [], "acknowledged"),
        ("L2", "angry", [], "acknowledged_angry"),
        ("L3", "angry", ["review_task to supervisor_legal"], "acknowledged_disputed"),
    ],
)
def test_each_level_and_tone(level: Any, emotion: Any, staff: list[str], template: str) -> None:
    said = TicketStory().tell(opened(), triaged(level=level, emotion=emotion))
    assert names(said) == [*staff, "acknowledged to customer"]
    assert said[-1].template == template
    assert said[-1].way.provider == "aliyun_sms"
    assert said[-1].way.phone is not None
    assert said[-1].way.phone.person == CUSTOMER


def test_what_is_said_holds_no_personal_data_but_sealed() -> None:
    said = TicketStory().tell(opened(text="我叫李小雨，电话13912345678"), triaged(level="L1"))
    for notice in said:
        assert "139" not in str(notice.params)
        assert "李小雨" not in str(notice.params)
    assert said[0].way.phone is None


def test_everything_is_said_once_whatever_is_repeated() -> None:
    story = TicketStory()
    story.tell(opened(), triaged(level="L1"), warning(), breach(), resolved())
    assert story.tell(opened(), triaged(level="L1"), resolved(), warning(), breach()) == []


def test_a_ticket_that_becomes_urgent_is_called_and_not_acknowledged_again() -> None:
    story = TicketStory()
    story.tell(opened(), triaged())
    later = triaged(level="L1", triaged_at=triaged().triaged_at.replace(hour=5))
    assert names(story.tell(later)) == ["call_task to urgent"]
    assert story.tell(triaged()) == []


def retriaged(**changes: Any) -> Retriaged:
    """The same ticket, judged anew."""
    was = {"was_level": "L2", "was_class": "usage", "was_route": "bot", "cause": "message"}
    data = triaged().model_dump(exclude={"contact"}) | {"triaged_at": at(600)} | was | changes
    return Retriaged.model_validate(data)


def test_what_a_retriage_brings_is_said_and_nothing_twice() -> None:
    story = TicketStory()
    story.tell(opened(), triaged())
    assert story.tell(retriaged(priority=300)) == []
    assert names(story.tell(retriaged(level="L1"))) == ["call_task to urgent"]
    assert story.tell(retriaged(level="L1", triaged_at=at(700), cause="person")) == []


def test_a_retriage_that_comes_first_acknowledges_and_the_triage_is_too_late() -> None:
    story = TicketStory()
    said = story.tell(opened(), retriaged(level="L1"))
    assert names(said) == ["call_task to urgent", "acknowledged to customer"]
    assert story.tell(triaged()) == []


def test_who_has_to_sort_a_ticket_and_who_takes_it_over_is_told() -> None:
    story = TicketStory()
    said = names(story.tell(opened(), triaged(route="human_triage")))
    assert said == ["triage_task to regular", "acknowledged to customer"]
    assert names(story.tell(retriaged(route="second_line"))) == ["second_line_task to second_line"]


def test_the_clock_of_human_triage_speaks_to_who_sorts_and_then_to_who_must_help() -> None:
    story = TicketStory()
    story.tell(opened(), triaged(route="human_triage"))
    of_clock = {"clock": "human_triage", "level": "L2"}
    assert names(story.tell(warning(threshold="p75", **of_clock))) == [
        "warned_triage:human_triage:1:p75 to regular"
    ]
    assert sorted(names(story.tell(breach(**of_clock)))) == [
        "breached:human_triage:1 to regular", "breached_triage:human_triage:1 to urgent",
        "escalation:human_triage:1 to person/regular_duty",
    ]  # fmt: skip


def test_clocks_speak_to_the_group_of_their_level_once_per_threshold() -> None:
    story = TicketStory()
    assert names(story.tell(warning(), warning(threshold="p90"), breach())) == [
        "warned_urgent:first_contact:1:p50 to urgent",
        "warned_urgent:first_contact:1:p90 to urgent",
        "escalation:first_contact:1:warned to person/urgent_duty",
        "breached_urgent:first_contact:1 to urgent",
    ]
    routine = warning(level="L2", clock="closure")
    assert story.tell(routine) == []
    assert names(story.tell(warning(level="L2", clock="closure", threshold="p90"))) == [
        "warned:closure:1:p90 to regular"
    ]


def test_a_clock_of_a_ticket_that_has_ended_is_not_told() -> None:
    assert TicketStory().tell(opened(), resolved(), warning(), breach())[0].rule == "resolved:1"
    assert len(TicketStory().tell(opened(), resolved(), warning(), breach())) == 1


@pytest.mark.parametrize(
    ("outcome", "refund_fen", "template"),
    [
        ("refund", 100, "resolved_refund"),
        ("refund", 0, "resolved_goods"),
        ("compensation", 500, "resolved_refund"),
        ("reship", 0, "resolved_goods"),
        ("explanation", 0, "resolved_explained"),
        ("rejected", 0, "resolved_rejected"),
        ("withdrawn", 0, "resolved_withdrawn"),
    ],
)
def test_the_end_is_told_as_it_was(outcome: Outcome, refund_fen: int, template: str) -> None:
    said = TicketStory().tell(opened(), resolved(outcome=outcome, refund_fen=refund_fen))
    assert [notice.template for notice in said] == [template]


def test_each_ending_is_told_and_a_reopening_to_staff() -> None:
    story = TicketStory()
    story.tell(opened(), triaged(), resolved())
    assert not disputed(story)
    (again,) = story.tell(reopened())
    assert again.rule.startswith("reopened:")
    assert again.way.recipient == "regular"
    assert disputed(story)
    assert names(story.tell(resolved(seconds=9_000))) == ["resolved:2 to customer"]
    assert not disputed(story)
    assert story.tell(resolved(), reopened()) == []


def test_the_order_of_arrival_does_not_matter() -> None:
    told: list[Payload] = [opened(), triaged(), resolved()]
    for order in permutations(told):
        story = TicketStory()
        said = [notice.rule for payload in order for notice in story.tell(payload)]
        assert said.count("resolved:1") == 1
        assert said.count("acknowledged") <= 1
        assert not story.case.is_dispute
        assert story.case.order_id == ORDER
    early = TicketStory()
    early.tell(reopened(), resolved(), opened())
    assert early.case.is_dispute


def test_an_unknown_ticket_is_no_dispute() -> None:
    story = TicketStory()
    story.tell(warning())
    assert not story.case.is_dispute


def test_quiet_hours_put_off_customers_only() -> None:
    story = TicketStory(now=evening())
    assert names(story.tell(opened(), triaged(level="L1"))) == ["call_task to urgent"]
    said = story.wait(ACK)
    assert names(said) == ["acknowledged to customer"]
    assert said[0].planned_at.hour == 1
    assert story.tell(triaged(level="L1")) == []


def test_what_was_put_off_is_dropped_when_it_no_longer_holds() -> None:
    story = TicketStory(now=evening())
    story.tell(opened(), triaged(), resolved(seconds=36_000))
    assert story.wait(ACK) == []
    assert names(story.wait("say/resolved:1")) == ["resolved:1 to customer"]


def test_an_ending_that_was_overtaken_in_the_night_is_not_told() -> None:
    story = TicketStory(now=evening())
    story.tell(opened(), triaged(), resolved(seconds=36_000))
    story.tell(reopened(seconds=37_000), resolved(seconds=38_000))
    assert story.wait("say/resolved:1") == []
    assert names(story.wait("say/resolved:2")) == ["resolved:2 to customer"]


def test_without_a_phone_it_fails_and_says_so() -> None:
    story = TicketStory()
    (said,) = story.tell(triaged(contact=Contact(), order_id=None))
    assert said.way.failed == "local.no_phone"
    (failed,) = story.events
    assert isinstance(failed, NotificationFailed)
    assert (failed.tries, failed.about) == (0, TICKET)


def test_a_ticket_without_a_phone_waits_for_its_order_and_not_for_ever() -> None:
    story = TicketStory()
    assert story.tell(triaged(contact=Contact())) == []
    story.case = replace(story.case, order_phone=PHONE, order_known=True)
    (said,) = story.wait(ACK)
    assert said.way.phone == PHONE
    alone = TicketStory()
    alone.tell(triaged(contact=Contact()))
    looks = 0
    while ACK in alone.timers:
        said_then = alone.wait(ACK)
        looks += 1
    assert [notice.way.failed for notice in said_then] == ["local.no_phone"]
    assert 900 <= (alone.now - at()).total_seconds() <= 1_800
    assert 5 <= looks <= 12


def test_a_known_order_without_a_phone_is_not_waited_for() -> None:
    story = TicketStory()
    story.case = replace(story.case, order_known=True)
    assert [n.way.failed for n in story.tell(triaged(contact=Contact()))] == ["local.no_phone"]


def test_a_notice_is_traced_to_the_event_that_made_it() -> None:
    cause = event(triaged(), TicketStory().now)
    story = TicketStory()
    story.case = replace(story.case, traces={cause.id: "00-trace"})
    (said,) = story.tell(triaged())
    assert said.origin.cause == cause.id
    assert said.origin.traceparent == "00-trace"
    assert said.id == story_id(said)


def story_id(said: Any) -> Any:
    """Ids depend on subject, rule, recipient and step alone."""
    other = TicketStory()
    (again,) = other.tell(triaged(emotion="angry"))
    assert again.template != said.template
    return again.id


def test_a_merged_ticket_is_not_written_about_any_more() -> None:
    story = TicketStory(now=evening())
    story.tell(opened(), triaged())
    assert ACK in story.timers
    story.tell(merged(), merged(seconds=2_000))
    assert not disputed(story)
    assert story.case.facts.merged_at == at(1_200)
    assert story.wait(ACK) == []
    assert story.tell(breach(), triaged(level="L1", triaged_at=at(8_000)), reopened()) == []


def test_how_a_ticket_ended_is_said_though_it_was_merged_since() -> None:
    story = TicketStory(now=evening())
    story.tell(opened(), triaged(), resolved(), merged(seconds=4_000))
    (name,) = [name for name in story.timers if "resolved" in name]
    assert len(story.wait(name)) == 1
