"""What is told about clocks: once each, truthfully, in time."""

from __future__ import annotations

from datetime import timedelta

from schemas.sla import ClockMet, ClockStarted, SLABreached, SLAWarning
from tests.support.sla_story import Payloads, Shelf, Story, at, default_policy, policy_with, said

make = Payloads()


def test_an_urgent_ticket_that_nobody_calls() -> None:
    story = Story()
    story.tell(make.triaged(60, "L1"))
    assert said(story.published) == ["ClockStarted first_contact/1", "ClockStarted solution/1"]
    assert story.armed_at == at(450)
    assert said(story.until(20_000)) == [
        "SLAWarning first_contact/1 p50",
        "SLAWarning first_contact/1 p75",
        "SLAWarning first_contact/1 p90",
        "SLABreached first_contact/1",
        "SLAWarning solution/1 p50",
        "SLAWarning solution/1 p75",
        "SLAWarning solution/1 p90",
        "SLABreached solution/1",
    ]
    assert story.armed_at is None


def test_events_say_what_the_clock_says() -> None:
    story = Story()
    story.tell(make.triaged(60, "L1", "special"))
    started, *_ = story.published
    assert started == ClockStarted(
        ticket_id="t-1", clock="first_contact", generation=1, level="L1", problem_class="special",
        policy_version=default_policy().version, anchor_at=at(0), due_at=at(900), target_s=900,
    )  # fmt: skip
    [warning] = story.tick(at(451.5))
    assert isinstance(warning, SLAWarning)
    assert (warning.detected_at, warning.left_s, warning.due_at) == (at(451.5), 448, at(900))
    story.until(899)
    [breach] = story.tick(at(960))
    assert isinstance(breach, SLABreached)
    assert (breach.breached_at, breach.detected_at) == (at(900), at(960))
    assert breach.overdue_wall_s == breach.overdue_working_s == 60
    [met] = story.tell(make.call(1_000))
    assert isinstance(met, ClockMet)
    assert (met.in_time, met.met_at, met.due_at, met.used_s) == (False, at(1_000), at(900), 1_000)


def test_the_deadline_itself_is_not_yet_a_breach() -> None:
    story = Story()
    story.tell(make.triaged(60, "L1"))
    story.until(899)
    assert story.armed_at == at(900) + timedelta(microseconds=1)
    assert said(story.tell(make.call(900))) == ["ClockMet first_contact/1"]


def test_after_an_outage_one_message_tells_the_present_truth() -> None:
    story = Story()
    story.tell(make.triaged(60, "L1"))
    assert said(story.tick(at(700))) == ["SLAWarning first_contact/1 p75"]
    assert story.armed_at == at(810)
    assert said(story.tick(at(50_000))) == [
        "SLABreached first_contact/1",
        "SLABreached solution/1",
    ]


def test_a_deed_waiting_in_the_queue_beats_the_late_timer() -> None:
    story = Story()
    story.tell(make.triaged(60, "L1"))
    assert said(story.tell(make.call(890), 5_000)) == ["ClockMet first_contact/1"]
    assert said(story.tick(at(5_000))) == []


def test_news_that_an_event_brings_forward_is_told_once() -> None:
    story = Story()
    story.tell(make.triaged(60, "L1"))
    assert said(story.tell(make.wrote(500))) == ["SLAWarning first_contact/1 p50"]
    assert story.armed_at == at(675)
    assert said(story.tick(at(674))) == []


def test_warnings_count_running_time() -> None:
    story = Story(policy_with(conversation=[]))
    story.tell(make.triaged(60, "L2"))
    story.tell(make.reply(100))
    story.tell(make.note(110, "reviewed"))
    story.tell(make.waiting(6_400))
    assert story.armed_at is None
    assert said(story.until(500_000)) == []
    story.tell(make.wrote(500_000))
    assert story.armed_at == at(500_000 - 6_400 + 86_400)


def test_no_warning_while_paused_and_the_truth_afterwards() -> None:
    story = Story()
    story.tell(make.triaged(60, "L1"))
    story.tell(make.call(70))
    assert said(story.tell(make.waiting(7_300), 8_000)) == []
    assert said(story.tell(make.resumed(9_000))) == ["SLAWarning solution/1 p50"]


def test_the_end_is_the_last_word() -> None:
    story = Story()
    story.tell(make.triaged(60, "L2"))
    assert said(story.tell(make.resolved(500))) == [
        "ClockCancelled first_reply/1 resolved",
        "ClockCancelled review/1 resolved",
        "ClockMet closure/1",
    ]
    assert story.armed_at is None
    assert said(story.until(10_000_000)) == []


def test_retriage_ends_one_generation_and_starts_the_next() -> None:
    story = Story()
    story.tell(make.triaged(60, "L2"))
    assert said(story.tell(make.triaged(500, "L1"))) == [
        "ClockCancelled first_reply/1 retriaged",
        "ClockCancelled review/1 retriaged",
        "ClockCancelled closure/1 retriaged",
        "ClockStarted first_contact/2",
        "ClockStarted solution/2",
    ]
    assert story.armed_at == at(500 + 450)


def test_a_clock_that_starts_during_a_wait_says_when_it_would_be_due() -> None:
    story = Story()
    story.tell(make.triaged(60, "L1"))
    story.tell(make.waiting(100))
    story.tell(make.triaged(500, "L2"))
    started = {e.clock: e.due_at for e in story.published if isinstance(e, ClockStarted)}
    assert started["closure"] == at(500 + 172_800 - 100)


def test_a_deed_heard_of_after_the_breach_corrects_it() -> None:
    """The breach was told by the best knowledge of its moment; what came later is told too."""
    story = Story()
    story.tell(make.triaged(60, "L1"))
    story.until(901)
    [met] = story.tell(make.call(899), 902)
    assert isinstance(met, ClockMet)
    assert met.in_time
    assert story.clocks(902)["first_contact/1"].state == "met"
    assert "SLABreached first_contact/1" not in said(story.until(1_000_000))


def test_a_deadline_that_moved_after_the_breach_is_not_breached_twice() -> None:
    story = Story()
    story.tell(make.triaged(60, "L1"))
    story.tell(make.call(70))
    story.until(14_401)
    assert said(story.tell(make.waiting(14_000), 14_410)) == []
    assert story.clocks(14_410)["solution/1"].state == "paused"
    assert said(story.tell(make.resumed(20_000))) == []
    assert said(story.until(100_000)) == []
    assert story.clocks(100_000)["solution/1"].state == "breached"


def test_a_generation_that_should_never_have_been_is_ended() -> None:
    """The end arrives after a re-triage that happened later."""
    story = Story()
    story.tell(make.triaged(60, "L2"))
    story.tell(make.triaged(500, "L1"))
    assert said(story.tell(make.resolved(400), 600)) == [
        "ClockCancelled first_contact/2 retriaged",
        "ClockCancelled solution/2 retriaged",
        "ClockMet closure/1",
    ]
    assert story.case is not None
    assert story.case.gone == {("first_contact", 2), ("solution", 2)}
    assert story.armed_at is None
    assert said(story.tell(make.wrote(700))) == []


def test_the_same_event_again_does_nothing() -> None:
    story = Story()
    for payload in (make.triaged(60, "L2"), make.reply(70, "reviewed"), make.resolved(80)):
        story.tell(payload)
        before = story.case
        story.tell(payload, 1_000)
        assert story.decisions[-1].case is None
        assert story.decisions[-1].events == ()
        assert story.case is before


def test_an_internal_note_without_a_step_is_no_entry() -> None:
    story = Story()
    story.tell(make.note(60))
    assert story.case is None


def test_nothing_happens_later_than_we_hear_of_it() -> None:
    story = Story()
    story.tell(make.triaged(60, "L2"))
    story.tell(make.resolved(86_400), 100)
    assert story.clocks(100)["closure/1"].met_at == at(100)


def test_a_ticket_keeps_the_policy_that_it_began_with() -> None:
    story = Story()
    story.tell(make.wrote(10))
    old = story.shelf.current
    new = policy_with(targets=[
        {"level": level, "clocks": [{"clock": "closure", "target_s": 60}]}
        for level in ("L1", "L2", "L3")
    ])  # fmt: skip
    shelf = Shelf(new, {old.version: old})
    story.shelf.current, story.shelf.older = shelf.current, shelf.older
    story.tell(make.triaged(60, "L1"))
    assert {event.policy_version for event in story.published} == {old.version}
    assert said(story.published) == ["ClockStarted first_contact/1", "ClockStarted solution/1"]


def test_a_timer_of_an_unknown_ticket_does_nothing() -> None:
    story = Story()
    story.armed_at = at(10)
    assert story.tick(at(10)) == []
    assert story.case is None


def test_a_timer_that_comes_early_tells_nothing_and_is_armed_again() -> None:
    """As when the database's clock was set back between looking and firing."""
    story = Story()
    story.tell(make.triaged(60, "L1"))
    assert story.tick(at(450)) != []
    assert story.armed_at == at(675)
    story.armed_at = at(600)
    assert story.tick(at(600)) == []
    assert story.armed_at == at(675)
