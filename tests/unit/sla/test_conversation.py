"""Clocks that a conversation starts: an answer by a person, the next reply, the second line, and
how long one group has a ticket."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.policy import PolicyError
from schemas.envelope import Payload
from tests.support.sla_story import Payloads, Story, at, default_policy, policy_with, said

make = Payloads()
URGENT, REGULAR, SECOND = "urgent_group", "regular_group", "second_line"
HOLD = {"clock": "group_hold", "target_s": 3_600, "routes": [URGENT, REGULAR, SECOND]}


def told(*payloads: Payload, conversation: list[Any] | None = None) -> Story:
    """A ticket that all of this happened to, each told at once."""
    policy = default_policy() if conversation is None else policy_with(conversation=conversation)
    story = Story(policy)
    for payload in payloads:
        story.tell(payload)
    return story


def states(story: Story, clock: str, now: float) -> list[tuple[Any, ...]]:
    """Its generations: state, anchor, and when it was met or cancelled."""
    return [
        (each.state, seconds(each.anchor_at), seconds(each.stopped_at))
        for each in story.clocks(now).values()
        if each.term.clock == clock
    ]


def seconds(moment: Any) -> float | None:
    return None if moment is None else (moment - at(0)).total_seconds()


def own(clock: str) -> dict[str, Any]:
    [rule] = [r for r in default_policy().conversation if r.clock == clock]
    return rule.model_dump(exclude_none=True)


class TestHumanFirstResponse:
    name = "human_first_response"

    def test_counts_from_the_complaint_where_a_person_must_answer(self) -> None:
        story = told(make.triaged(60, "L2", route=URGENT))
        assert states(story, self.name, 60) == [("pending", 0, None)]
        assert story.clocks(60)[f"{self.name}/1"].due_at == at(900)
        assert states(told(make.triaged(60, "L2", route=REGULAR)), self.name, 60) == []

    def test_a_person_s_answer_or_call_meets_it_the_bot_never_does(self) -> None:
        opened = make.triaged(60, "L2", route=URGENT)
        assert states(told(opened, make.reply(100)), self.name, 100) == [("met", 0, 100)]
        assert states(told(opened, make.call(100)), self.name, 100) == [("met", 0, 100)]
        for silent in (make.reply(100, human=False), make.note(100, "reviewed")):
            assert states(told(opened, silent), self.name, 100) == [("pending", 0, None)]

    def test_what_the_bot_has_answered_counts_from_the_next_message(self) -> None:
        bot = [make.triaged(1, "L2", route="bot"), make.reply(20, human=False)]
        moved = make.retriaged(500, "L2", route=URGENT)
        assert states(told(*bot, moved), self.name, 500) == []
        later = told(*bot, moved, make.wrote(700))
        assert states(later, self.name, 700) == [("pending", 700, None)]

    def test_an_unanswered_message_counts_from_when_it_came_to_people(self) -> None:
        bot = [make.triaged(1, "L2", route="bot"), make.reply(20, human=False), make.wrote(400)]
        story = told(*bot, make.retriaged(500, "L2", route=URGENT))
        assert states(story, self.name, 500) == [("pending", 500, None)]

    def test_only_the_first(self) -> None:
        story = told(make.triaged(1, "L2", route=URGENT), make.reply(100), make.wrote(200))
        assert states(story, self.name, 300) == [("met", 0, 100)]
        story = told(make.triaged(1, "L2", route=URGENT), make.resolved(50), make.reopened(90))
        story.tell(make.wrote(100))
        assert states(story, self.name, 300) == [("cancelled", 0, 50)]

    def test_another_group_goes_on_and_a_way_without_people_ends_it(self) -> None:
        opened = make.triaged(1, "L2", route=URGENT)
        on = told(opened, make.retriaged(50, "L3", route="supervisor_legal"))
        assert states(on, self.name, 60) == [("pending", 0, None)]
        assert on.clocks(60)[f"{self.name}/1"].level == "L3"
        off = told(opened, make.retriaged(50, "L2", route="bot"))
        assert states(off, self.name, 60) == [("cancelled", 0, 50)]


class TestNextReply:
    name = "next_reply"
    opened = make.triaged(1, "L2", route=REGULAR), make.reply(100)

    def test_ten_messages_in_a_row_are_one(self) -> None:
        story = told(*self.opened, *(make.wrote(200 + n) for n in range(10)))
        assert states(story, self.name, 300) == [("pending", 200, None)]
        started = [line for line in said(story.published) if self.name in line]
        assert started == ["ClockStarted next_reply/1"]

    def test_each_answer_ends_a_generation(self) -> None:
        story = told(*self.opened, make.wrote(200), make.reply(300), make.wrote(400))
        story.tell(make.call(450))
        story.tell(make.wrote(500))
        story.tell(make.wrote(600))
        assert states(story, self.name, 700) == [
            ("met", 200, 300), ("met", 400, 450), ("pending", 500, None),
        ]  # fmt: skip

    def test_what_is_written_before_the_first_answer_belongs_to_the_complaint(self) -> None:
        story = told(make.triaged(1, "L2", route=REGULAR), make.wrote(50), make.reply(100))
        assert states(story, self.name, 200) == []

    def test_the_policy_says_whether_the_bot_counts(self) -> None:
        events = [*self.opened, make.wrote(200), make.reply(300, human=False)]
        assert states(told(*events), self.name, 400) == [("met", 200, 300)]
        strict = own(self.name) | {"bot_counts": False}
        story = told(*events, conversation=[strict])
        assert states(story, self.name, 400) == [("pending", 200, None)]

    def test_the_end_cancels_it_and_a_reopening_waits_for_a_message(self) -> None:
        story = told(*self.opened, make.wrote(200), make.resolved(300), make.reopened(400))
        assert states(story, self.name, 500) == [("cancelled", 200, 300)]
        story.tell(make.wrote(500))
        assert states(story, self.name, 500)[1:] == [("pending", 500, None)]

    def test_a_message_that_reopens_counts_from_the_reopening(self) -> None:
        ended = [*self.opened, make.resolved(300)]
        for written in (350, 400):
            story = told(*ended, make.wrote(written), make.reopened(400))
            assert states(story, self.name, 500) == [("pending", 400, None)]
        story.tell(make.wrote(450))
        story.tell(make.reply(600))
        assert states(story, self.name, 700) == [("met", 400, 600)]

    def test_what_was_answered_or_leads_to_nothing_after_the_end_does_not(self) -> None:
        ended = [*self.opened, make.resolved(300), make.wrote(350)]
        assert states(told(*ended), self.name, 500) == []
        for answer in (make.reply(370), make.call(370), make.reply(370, human=False)):
            assert states(told(*ended, answer, make.reopened(400)), self.name, 500) == []
        elsewhere = own(self.name) | {"routes": [URGENT]}
        story = told(*ended, make.reopened(400), conversation=[elsewhere])
        assert states(story, self.name, 500) == []

    def test_a_message_that_reopens_is_heard_after_the_reopening_alike(self) -> None:
        story = told(*self.opened, make.resolved(300), make.reopened(400))
        story.tell(make.wrote(390), 410)
        assert states(story, self.name, 500) == [("pending", 400, None)]

    def test_a_retriage_changes_nothing_about_it(self) -> None:
        story = told(*self.opened, make.wrote(200), make.retriaged(300, "L1", route=URGENT))
        assert states(story, self.name, 400) == [("pending", 200, None)]
        assert story.clocks(400)["next_reply/1"].level == "L1"

    def test_an_answer_heard_of_late_ends_what_was_open_then(self) -> None:
        story = told(*self.opened, make.wrote(200))
        story.until(5_000)
        assert states(story, self.name, 5_000) == [("breached", 200, None)]
        story.tell(make.reply(300), 5_000)
        assert states(story, self.name, 5_000) == [("met", 200, 300)]
        assert said(story.published)[-1] == "ClockMet next_reply/1"


class TestSecondLine:
    name = "second_line"
    opened = make.triaged(1, "L2", "usage", route=REGULAR)

    def test_counts_from_the_first_answer_of_a_person(self) -> None:
        story = told(self.opened, make.reply(50, human=False), make.reply(100), make.reply(200))
        assert states(story, self.name, 300) == [("pending", 100, None)]
        assert story.clocks(300)["second_line/1"].due_at == at(700)

    def test_handing_over_meets_it_and_starts_the_expert_s(self) -> None:
        story = told(self.opened, make.reply(100))
        story.tell(make.retriaged(400, "L2", "usage", route=SECOND))
        assert states(story, self.name, 500) == [("met", 100, 400), ("pending", 400, None)]
        story.tell(make.reply(600))
        assert states(story, self.name, 700)[1:] == [("met", 400, 600)]

    def test_straight_to_the_second_line_counts_from_there(self) -> None:
        story = told(make.triaged(60, "L2", "usage", route=SECOND))
        assert states(story, self.name, 60) == [("pending", 0, None)]

    @pytest.mark.parametrize("deed", [make.note(300, "solution_offered"), make.resolved(300)])
    def test_a_solution_meets_it(self, deed: Payload) -> None:
        assert states(told(self.opened, make.reply(100), deed), self.name, 300) == [
            ("met", 100, 300)
        ]

    def test_an_answer_that_brings_the_solution_starts_nothing(self) -> None:
        story = told(self.opened, make.reply(100, "solution_offered"), make.reply(200))
        assert states(story, self.name, 300) == []

    def test_other_classes_have_none_and_becoming_one_ends_it(self) -> None:
        assert states(told(make.triaged(1, "L2"), make.reply(100)), self.name, 100) == []
        story = told(self.opened, make.reply(100), make.retriaged(200, "L2", route=REGULAR))
        assert states(story, self.name, 200) == [("cancelled", 100, 200)]

    def test_found_to_be_technical_after_the_first_answer_counts_from_there(self) -> None:
        story = told(make.triaged(1, "L2"), make.reply(100))
        story.tell(make.retriaged(300, "L2", "usage", route=REGULAR))
        assert states(story, self.name, 300) == [("pending", 300, None)]


class TestGroupHold:
    name = "group_hold"

    def test_has_no_target_by_default(self) -> None:
        assert self.name not in {rule.clock for rule in default_policy().conversation}

    def test_each_group_has_its_own(self) -> None:
        story = told(make.triaged(60, "L2", route=REGULAR), conversation=[HOLD])
        story.tell(make.retriaged(500, "L1", route=URGENT))
        story.tell(make.retriaged(700, "L1", "usage", route=URGENT))
        story.tell(make.resolved(900))
        assert states(story, self.name, 900) == [("met", 0, 500), ("met", 500, 900)]

    def test_another_life_is_held_anew(self) -> None:
        story = told(make.triaged(60, "L2", route=REGULAR), make.resolved(90), conversation=[HOLD])
        story.tell(make.reopened(200))
        assert states(story, self.name, 200) == [("met", 0, 90), ("pending", 200, None)]


def test_a_clock_that_never_should_have_started_is_withdrawn() -> None:
    """A person had answered before the ticket went to the bot and back."""
    story = told(make.triaged(1, "L2", route=URGENT))
    story.tell(make.retriaged(300, "L2", route="bot"))
    story.tell(make.retriaged(500, "L2", route=URGENT))
    assert states(story, "human_first_response", 500) == [
        ("cancelled", 0, 300), ("pending", 500, None),
    ]  # fmt: skip
    events = said(story.tell(make.reply(200), 600))
    assert states(story, "human_first_response", 600) == [("met", 0, 200)]
    assert "ClockCancelled human_first_response/2 retriaged" in events
    assert story.case is not None
    assert ("human_first_response", 2) in story.case.gone


def test_tickets_of_earlier_releases_carry_no_way_and_have_none() -> None:
    story = told(make.triaged(1, "L2", route=URGENT))
    assert story.case is not None
    old = [entry._replace(route=None) for entry in story.case.ledger]
    story.case = story.case.__class__("t-1", "shop-a", story.case.policy_version, tuple(old))
    assert {clock.term.clock for clock in story.clocks(10).values()} == {
        "first_reply", "review", "closure",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([HOLD, HOLD], "group_hold is stated twice"),
        ([HOLD | {"bot_counts": True}], "the bot's answer counts for next_reply only"),
        ([HOLD | {"clock": "human_first_response", "routes": ["bot"]}], "nobody has to answer"),
        ([HOLD | {"warnings": [{"before_s": 3_601}]}], "would warn 3601 s before its end"),
        ([HOLD | {"calendar": "nowhere"}], "group_hold counts by nowhere, which is no calendar"),
        ([HOLD | {"routes": []}], "routes"),
        ([HOLD | {"clock": "closure"}], "clock"),
    ],
)
def test_what_can_not_be_kept_is_refused(rules: list[Any], message: str) -> None:
    with pytest.raises(PolicyError) as refused:
        policy_with(conversation=rules)
    assert message in str(refused.value)
