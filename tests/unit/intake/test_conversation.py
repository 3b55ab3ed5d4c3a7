"""The rules for messages, replies, calls and waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.rules import RefusedError
from schemas.tickets import TicketClassified, TicketReopened, TicketResumed, TicketWaiting
from services.intake.domain import conversation
from services.intake.domain.commands import AddMessage, BeginWait, Classify, EndWait, RecordReply
from services.intake.domain.conversation import Conversation
from tests.unit.intake.tickets import NOW, RULES, ticket, told

MESSAGE = AddMessage(ticket_id="t-1", message_id="m1", text="news?")
HOUR = timedelta(hours=1)


def talk(**fields: Any) -> Conversation:
    return Conversation(ticket(opened_at=NOW - 48 * HOUR, **fields))


def closed(days: float) -> Conversation:
    return talk(state="closed", closed_at=NOW - timedelta(days=days))


def waiting(cause: str = "customer") -> Conversation:
    return talk(state="waiting", wait_cause=cause, wait_since=NOW - HOUR)


def test_reopening_has_a_last_moment() -> None:
    decision = conversation.add_message(closed(15), told(MESSAGE), RULES, NOW)
    assert isinstance(decision.events[0], TicketReopened)
    assert decision.case is not None
    assert (decision.case.ticket.state, decision.case.ticket.reopened_at) == ("open", NOW)
    late = closed(15.0001)
    with pytest.raises(RefusedError, match="open a new one"):
        conversation.add_message(late, told(MESSAGE), RULES, NOW)


def test_a_person_sorts_an_open_ticket() -> None:
    sort = Classify(ticket_id="t-1", agent_id="a1", problem_class="usage", level="L2")
    decision = conversation.classify(talk(lane="urgent"), told(sort), RULES, NOW)
    (said,) = decision.events
    assert isinstance(said, TicketClassified)
    assert (said.problem_class, said.level, said.route, said.classified_at) == (
        "usage", "L2", None, NOW,
    )  # fmt: skip
    assert (decision.lane, decision.answer and decision.answer["state"]) == ("urgent", "open")
    with pytest.raises(RefusedError, match="not sorted any more"):
        conversation.classify(closed(1), told(sort), RULES, NOW)
    with pytest.raises(RefusedError, match="no such ticket"):
        conversation.classify(talk(), told(sort, shop="shop-b"), RULES, NOW)


def test_a_successor_is_named() -> None:
    case = Conversation(closed(1).ticket, successor="t-2")
    with pytest.raises(RefusedError, match="t-2"):
        conversation.add_message(case, told(MESSAGE), RULES, NOW)


def test_entries_of_two_kinds_share_no_names_but_messages_do() -> None:
    case = conversation.add_message(talk(), told(MESSAGE), RULES, NOW).case
    reply = RecordReply(
        ticket_id="t-1", message_id="m1", agent_id="a", human=True, visibility="customer", text="x"
    )
    with pytest.raises(RefusedError, match="other content"):
        conversation.record_reply(case, told(reply), RULES, NOW)
    assert conversation.add_message(case, told(MESSAGE), RULES, NOW).events == ()


def test_a_wait_ends_at_the_message_but_not_before_it_began() -> None:
    for minutes, ended_at in ((30, NOW - HOUR / 2), (90, NOW - HOUR)):
        message = MESSAGE.model_copy(update={"sent_at": NOW - timedelta(minutes=minutes)})
        events = conversation.add_message(waiting(), told(message), RULES, NOW).events
        resumed = events[-1]
        assert isinstance(resumed, TicketResumed)
        assert (resumed.agent_id, resumed.resumed_at) == (None, ended_at)


def test_another_cause_ends_the_first_wait() -> None:
    command = BeginWait(ticket_id="t-1", cause="carrier", agent_id="a")
    decision = conversation.wait(waiting(), told(command), RULES, NOW)
    ended, begun = decision.events
    assert isinstance(ended, TicketResumed)
    assert isinstance(begun, TicketWaiting)
    assert ended.resumed_at == begun.since == NOW


def test_what_changes_nothing_is_not_stored() -> None:
    same = BeginWait(ticket_id="t-1", cause="customer", agent_id="a")
    assert conversation.wait(waiting(), told(same), RULES, NOW).case is None
    resumed = conversation.resume(talk(), told(EndWait(ticket_id="t-1", agent_id="a")), RULES, NOW)
    assert (resumed.case, resumed.events) == (None, ())
    assert resumed.answer == {"ticket_id": "t-1", "state": "open", "waiting_for": None}


def test_a_clock_that_runs_ahead_is_taken_for_now() -> None:
    message = MESSAGE.model_copy(update={"sent_at": NOW + timedelta(seconds=300)})
    (event,) = conversation.add_message(talk(), told(message), RULES, NOW).events
    assert getattr(event, "sent_at") == NOW  # noqa: B009  events have no common type for it
    message = MESSAGE.model_copy(update={"sent_at": NOW + timedelta(seconds=301)})
    with pytest.raises(RefusedError, match="future"):
        conversation.add_message(talk(), told(message), RULES, NOW)


@pytest.mark.parametrize("case", [None, talk(shop_id="shop-b")])
def test_other_shops_tickets_are_unknown(case: Conversation | None) -> None:
    with pytest.raises(RefusedError) as refusal:
        conversation.add_message(case, told(MESSAGE), RULES, NOW)
    assert (refusal.value.code, refusal.value.status) == ("unknown_ticket", 404)
