"""What each clock promises, clause by clause, with the policy that ships."""

from __future__ import annotations

import pytest

from schemas.envelope import Payload
from services.sla.domain.clock import Clock
from tests.support.sla_story import Payloads, Story, at

HOUR = 3600
make = Payloads()


def told(*payloads: Payload) -> Story:
    """A ticket that all of this happened to, each told at once."""
    story = Story()
    for payload in payloads:
        story.tell(payload)
    return story


def one(story: Story, name: str, now: float) -> Clock:
    return story.clocks(now)[name]


@pytest.mark.parametrize(
    ("level", "targets"),
    [
        ("L1", {"first_contact": 900, "solution": 14_400}),
        ("L2", {"first_reply": 3_600, "review": 86_400, "closure": 172_800}),
        ("L3", {"human_review": 1_800, "joint_resolution": 259_200}),
    ],
)
def test_each_level_has_its_clocks_from_the_complaint(level: str, targets: dict[str, int]) -> None:
    story = told(make.triaged(120, level, opened=0))
    clocks = story.clocks(120).values()
    assert {c.term.clock: c.due_at for c in clocks} == {n: at(s) for n, s in targets.items()}
    assert {c.anchor_at for c in clocks} == {at(0)}
    assert {c.state for c in clocks} == {"pending"}


@pytest.mark.parametrize(
    ("level", "clock", "deed"),
    [
        ("L1", "first_contact", make.call(60)),
        ("L1", "first_contact", make.call(60, answered=False)),
        ("L1", "solution", make.reply(60, "solution_offered")),
        ("L1", "solution", make.resolved(60)),
        ("L2", "first_reply", make.reply(60)),
        ("L2", "first_reply", make.reply(60, human=False)),
        ("L2", "review", make.note(60, "reviewed")),
        ("L2", "closure", make.resolved(60)),
        ("L3", "human_review", make.note(60, "flagged_for_review")),
        ("L3", "joint_resolution", make.resolved(60)),
    ],
)
def test_what_meets_a_clock(level: str, clock: str, deed: Payload) -> None:
    story = told(make.triaged(1, level), deed)
    found = one(story, f"{clock}/1", 100)
    assert (found.state, found.met_at, found.used_s) == ("met", at(60), 60)


@pytest.mark.parametrize(
    ("level", "clock", "deed"),
    [
        ("L1", "first_contact", make.reply(60)),
        ("L1", "solution", make.reply(60)),
        ("L2", "first_reply", make.note(60, "reviewed")),
        ("L2", "first_reply", make.call(60)),
        ("L2", "review", make.reply(60)),
        ("L2", "closure", make.reply(60, "solution_offered")),
        ("L3", "human_review", make.reply(60)),
    ],
)
def test_what_does_not_meet_a_clock(level: str, clock: str, deed: Payload) -> None:
    assert one(told(make.triaged(1, level), deed), f"{clock}/1", 100).state == "pending"


def test_exactly_at_the_deadline_is_in_time() -> None:
    assert one(told(make.triaged(1, "L1"), make.call(900)), "first_contact/1", 901).state == "met"
    assert one(told(make.triaged(1, "L1")), "first_contact/1", 900).state == "pending"


def test_a_late_deed_leaves_the_breach_and_is_recorded() -> None:
    clock = one(told(make.triaged(1, "L1"), make.call(900.5)), "first_contact/1", 901)
    assert (clock.state, clock.breached_at, clock.met_at) == ("breached", at(900), at(900.5))
    assert (clock.due_at, clock.used_s) == (at(900), 900)


def test_a_call_made_before_triage_counts() -> None:
    story = told(make.call(30), make.triaged(60, "L1"))
    assert one(story, "first_contact/1", 61).met_at == at(30)


@pytest.mark.parametrize("cause", ["customer", "carrier", "inspection"])
def test_resolution_clocks_pause_and_keep_what_is_used(cause: str) -> None:
    story = told(make.triaged(1, "L1"), make.waiting(1_000, cause))
    paused = one(story, "solution/1", 5_000)
    assert (paused.state, paused.due_at, paused.used_s) == ("paused", None, 1_000)
    story.tell(make.resumed(5_000))
    assert one(story, "solution/1", 5_000).due_at == at(14_400 + 4_000)


def test_reply_clocks_do_not_pause() -> None:
    story = told(make.triaged(1, "L1"), make.waiting(100))
    assert one(story, "first_contact/1", 901).breached_at == at(900)


def test_a_message_ends_a_wait_for_the_customer_only() -> None:
    for cause, state in (("customer", "pending"), ("carrier", "paused"), ("inspection", "paused")):
        story = told(make.triaged(1, "L2"), make.waiting(100, cause), make.wrote(200))
        assert one(story, "closure/1", 300).state == state, cause


def test_waits_for_two_end_when_both_have_ended() -> None:
    story = told(make.triaged(1, "L2"), make.waiting(100, "carrier"), make.waiting(150, "customer"))
    story.tell(make.wrote(200))
    assert one(story, "closure/1", 300).state == "paused"
    story.tell(make.resumed(400))
    assert one(story, "closure/1", 500).due_at == at(172_800 + 300)


def test_a_pause_that_starts_at_the_deadline_comes_too_late() -> None:
    story = told(make.triaged(1, "L1"), make.waiting(14_400))
    assert one(story, "solution/1", 14_400).due_at == at(14_400)
    assert one(story, "solution/1", 14_401).breached_at == at(14_400)


def test_resolution_meets_and_cancels() -> None:
    story = told(make.triaged(1, "L2"), make.resolved(500))
    states = {name: clock.state for name, clock in story.clocks(600).items()}
    assert states == {"first_reply/1": "cancelled", "review/1": "cancelled", "closure/1": "met"}
    assert one(story, "review/1", 600).cancelled_at == at(500)
    assert one(story, "review/1", 600).ending == "resolved"


def test_what_was_breached_stays_breached_when_resolved() -> None:
    story = told(make.triaged(1, "L2"), make.resolved(4_000))
    assert one(story, "first_reply/1", 4_000).state == "breached"
    assert one(story, "first_reply/1", 4_000).met_at is None


def test_resolved_while_paused_is_in_time() -> None:
    story = told(make.triaged(1, "L1"), make.waiting(100), make.resolved(90_000))
    clock = one(story, "solution/1", 90_000)
    assert (clock.state, clock.due_at, clock.used_s) == ("met", None, 100)


def test_nothing_counts_after_the_end() -> None:
    story = told(make.triaged(1, "L2"), make.resolved(500), make.reply(600), make.waiting(700))
    assert one(story, "first_reply/1", 900_000).state == "cancelled"


def test_a_more_urgent_level_counts_from_when_it_was_known() -> None:
    story = told(make.triaged(1, "L2"), make.call(300), make.triaged(7_200, "L1"))
    clocks = story.clocks(7_200)
    assert clocks["review/1"].state == clocks["closure/1"].state == "cancelled"
    assert clocks["review/1"].ending == "retriaged"
    assert clocks["first_reply/1"].state == "breached"
    assert clocks["first_contact/2"].due_at == at(7_200 + 900)
    assert clocks["solution/2"].due_at == at(7_200 + 14_400)


def test_a_less_urgent_level_carries_on_with_pauses_and_deeds() -> None:
    story = told(
        make.triaged(1, "L1"),
        make.reply(100),
        make.waiting(200),
        make.resumed(700),
        make.triaged(800, "L2"),
    )
    clocks = story.clocks(800)
    assert clocks["first_contact/1"].state == clocks["solution/1"].state == "cancelled"
    assert clocks["first_reply/2"].met_at == at(100)
    assert clocks["closure/2"].anchor_at == at(0)
    assert clocks["closure/2"].due_at == at(172_800 + 500)


def test_l3_lies_between_l1_and_l2() -> None:
    up = told(make.triaged(1, "L2"), make.triaged(500, "L3"))
    assert one(up, "human_review/2", 500).anchor_at == at(500)
    down = told(make.triaged(1, "L1"), make.triaged(500, "L3"))
    assert one(down, "human_review/2", 500).anchor_at == at(0)


def test_another_class_of_the_same_level_carries_on() -> None:
    story = told(make.triaged(1, "L2"), make.triaged(500, "L2", "usage"))
    assert one(story, "closure/2", 500).anchor_at == at(0)
    assert one(story, "closure/2", 500).problem_class == "usage"


def test_a_class_found_after_an_upgrade_does_not_reach_back_before_it() -> None:
    """L1 was known since 7,200 s only: another class must not breach it from the opening."""
    story = told(
        make.triaged(1, "L2"), make.triaged(7_200, "L1"), make.triaged(7_500, "L1", "usage")
    )
    assert one(story, "first_contact/3", 7_500).anchor_at == at(7_200)
    story.tell(make.triaged(7_600, "L2"))
    assert one(story, "closure/4", 7_600).anchor_at == at(0)


def test_the_same_triage_again_changes_nothing() -> None:
    story = told(make.triaged(1, "L2"), make.triaged(50, "L2"))
    assert {clock.generation for clock in story.clocks(60).values()} == {1}
    assert len(story.published) == 3


def test_reopening_starts_resolution_clocks_with_their_whole_target() -> None:
    story = told(make.triaged(1, "L2"), make.resolved(500), make.reopened(100_000))
    clocks = {name: c for name, c in story.clocks(100_000).items() if c.generation == 2}
    assert set(clocks) == {"review/2", "closure/2"}
    assert clocks["closure/2"].due_at == at(100_000 + 172_800)
    assert clocks["closure/2"].state == "pending"


def test_a_wait_of_the_earlier_life_does_not_pause_the_next() -> None:
    story = told(make.triaged(1, "L2"), make.waiting(100), make.resolved(500), make.reopened(1_000))
    assert one(story, "closure/2", 1_000).state == "pending"


def test_reopening_an_open_ticket_changes_nothing() -> None:
    story = told(make.triaged(1, "L2"), make.reopened(500))
    assert {clock.generation for clock in story.clocks(600).values()} == {1}


def test_a_triage_after_the_end_counts_once_the_ticket_is_reopened() -> None:
    story = told(make.triaged(1, "L2"), make.resolved(500), make.triaged(600, "L1"))
    assert {clock.generation for clock in story.clocks(700).values()} == {1}
    story.tell(make.reopened(1_000))
    assert one(story, "solution/2", 1_000).due_at == at(1_000 + 14_400)


def test_what_is_told_late_takes_its_place_in_time() -> None:
    story = told(make.triaged(1, "L1"), make.call(2_000))
    assert one(story, "first_contact/1", 2_000).state == "breached"
    story.tell(make.call(600), 2_100)
    assert one(story, "first_contact/1", 2_100).met_at == at(600)


def test_resolved_before_triage_was_heard_of() -> None:
    story = told(make.resolved(700))
    assert story.clocks(700) == {}
    story.tell(make.triaged(60, "L2"), 800)
    assert one(story, "closure/1", 800).state == "met"
    assert story.armed_at is None


def test_deeds_at_the_edges_of_a_wait() -> None:
    start = told(make.triaged(1, "L1"), make.waiting(100), make.reply(100, "solution_offered"))
    assert one(start, "solution/1", 200).due_at == at(14_400)
    end = told(make.triaged(1, "L1"), make.waiting(100), make.reply(500, "solution_offered"))
    assert one(end, "solution/1", 500).due_at is None
    end.tell(make.resumed(500))
    assert one(end, "solution/1", 500).due_at == at(14_400 + 400)


def test_a_deed_at_the_very_anchor_counts() -> None:
    story = told(make.triaged(1, "L2"), make.triaged(7_200, "L1"), make.call(7_200))
    assert one(story, "first_contact/2", 7_200).met_at == at(7_200)


def test_nothing_can_have_happened_before_the_complaint() -> None:
    """A sender's clock may be behind; what it says about the ticket still happened."""
    story = told(make.triaged(60, "L2", opened=50), make.resolved(40))
    clock = one(story, "closure/1", 60)
    assert (clock.state, clock.met_at, clock.used_s) == ("met", at(50), 0)
