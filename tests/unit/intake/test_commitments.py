"""The rules for promises, deadlines of the platform, and merging."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.resolution import Resolved
from schemas.rules import RefusedError
from schemas.tickets import PlatformDeadlineSet, PromiseMade, TicketMerged
from services.intake.domain import commitments, conversation
from services.intake.domain.closing import end_ticket
from services.intake.domain.commands import (
    AddMessage,
    MergeTicket,
    RecordPromise,
    RecordReply,
    SetPlatformDeadline,
)
from services.intake.domain.conversation import Conversation
from tests.unit.intake.tickets import NOW, RULES, ticket, told

HOUR = timedelta(hours=1)
CLOSED: dict[str, Any] = {"state": "closed", "closed_at": NOW}
MERGED: dict[str, Any] = {**CLOSED, "merged_into": "t-3"}
MERGE = MergeTicket(ticket_id="t-1", into="t-2", agent_id="a")


def promise(**changes: Any) -> RecordPromise:
    fields: dict[str, Any] = {
        "ticket_id": "t-1", "promise_id": "p1", "agent_id": "a", "what": "a call",
        "due_at": NOW + HOUR, **changes,
    }  # fmt: skip
    return RecordPromise(**fields)


def notice(**changes: Any) -> SetPlatformDeadline:
    fields: dict[str, Any] = {
        "ticket_id": "t-1", "notice_id": "n1", "due_at": NOW + HOUR, **changes,
    }  # fmt: skip
    return SetPlatformDeadline(**fields)


def talk(others: tuple[Any, ...] = (), **fields: Any) -> Conversation:
    own = ticket(opened_at=NOW - 48 * HOUR, **fields)
    return Conversation(own, others={each.ticket_id: each for each in others})


def refused(rule: Any, case: Conversation, command: Any) -> tuple[str, int]:
    with pytest.raises(RefusedError) as refusal:
        rule(case, told(command), RULES, NOW)
    return refusal.value.code, refusal.value.status


def test_a_promise_is_told_once_by_its_id() -> None:
    decision = commitments.promise(talk(lane="urgent"), told(promise()), RULES, NOW)
    (made,) = decision.events
    assert isinstance(made, PromiseMade)
    assert (made.made_at, made.due_at, made.what) == (NOW, NOW + HOUR, "a call")
    assert decision.lane == "urgent"
    again = commitments.promise(decision.case, told(promise()), RULES, NOW)
    assert (again.events, again.answer) == ((), decision.answer)
    assert decision.case is not None
    other = promise(due_at=NOW + 2 * HOUR)
    assert refused(commitments.promise, decision.case, other) == ("id_reused", 409)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (promise(due_at=NOW), "due_in_past"),
        (promise(made_at=NOW - 2 * HOUR, due_at=NOW - HOUR), "due_in_past"),
        (promise(made_at=NOW - timedelta(days=366)), "too_old"),
        (promise(made_at=NOW + HOUR, due_at=NOW + 2 * HOUR), "future_time"),
        (promise(due_at=NOW + timedelta(days=366, seconds=1)), "too_far"),
    ],
)
def test_promises_that_can_not_be(command: RecordPromise, code: str) -> None:
    assert refused(commitments.promise, talk(), command) == (code, 422)


def test_a_platform_may_set_its_deadline_anywhere_near() -> None:
    for due_at in (NOW - 24 * HOUR, NOW, NOW + timedelta(days=366)):
        command = notice(due_at=due_at, told_at=NOW - HOUR, silence_costs_fen=12_900)
        (told_so,) = commitments.platform_deadline(talk(), told(command), RULES, NOW).events
        assert isinstance(told_so, PlatformDeadlineSet)
        assert (told_so.due_at, told_so.told_at, told_so.silence_costs_fen) == (
            due_at, NOW - HOUR, 12_900,
        )  # fmt: skip
    rule = commitments.platform_deadline
    assert refused(rule, talk(), notice(due_at=NOW - timedelta(days=366))) == ("too_old", 422)
    assert refused(rule, talk(), notice(due_at=NOW + timedelta(days=367))) == ("too_far", 422)


def test_no_date_is_set_on_a_ticket_that_ended() -> None:
    for rule, command in (
        (commitments.promise, promise()),
        (commitments.platform_deadline, notice()),
    ):
        assert refused(rule, talk(**CLOSED), command) == ("ticket_closed", 409)
        assert refused(rule, talk(**MERGED), command) == ("ticket_merged", 409)


def test_a_merged_ticket_is_closed_and_names_the_other() -> None:
    case = talk((ticket(ticket_id="t-2"),), state="waiting", wait_cause="carrier", wait_since=NOW)
    decision = commitments.merge(case, told(MERGE), RULES, NOW)
    (gone_on,) = decision.events
    assert isinstance(gone_on, TicketMerged)
    assert (gone_on.into, gone_on.merged_at) == ("t-2", NOW)
    assert decision.case is not None
    merged = decision.case.ticket
    assert (merged.state, merged.merged_into, merged.wait_cause) == ("closed", "t-2", None)
    assert refused(commitments.merge, decision.case, MERGE) == ("ticket_merged", 409)


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        (talk(), ("unknown_ticket", 404)),
        (talk((ticket(ticket_id="t-2", shop_id="shop-b"),)), ("unknown_ticket", 404)),
        (talk((ticket(ticket_id="t-2", **CLOSED),)), ("ticket_closed", 409)),
        (talk((ticket(ticket_id="t-2", **MERGED),)), ("ticket_merged", 409)),
        (talk((ticket(ticket_id="t-2"),), **CLOSED), ("ticket_closed", 409)),
        (talk((ticket(ticket_id="t-2"),), **MERGED), ("ticket_merged", 409)),
        (talk((ticket(ticket_id="t-2"),), ticket_id="t-2"), ("same_ticket", 422)),
        (talk((ticket(ticket_id="t-2"),), shop_id="shop-b"), ("unknown_ticket", 404)),
    ],
)
def test_what_is_not_merged(case: Conversation, refusal: tuple[str, int]) -> None:
    assert refused(commitments.merge, case, MERGE) == refusal


def test_a_merged_ticket_takes_no_message_but_keeps_what_was_done() -> None:
    message = AddMessage(ticket_id="t-1", message_id="m1", text="news?")
    with pytest.raises(RefusedError, match="t-3: go on there"):
        conversation.add_message(talk(**MERGED), told(message), RULES, NOW)
    reply = RecordReply(
        ticket_id="t-1", message_id="m2", agent_id="a", human=True, visibility="customer", text="x"
    )
    assert conversation.record_reply(talk(**MERGED), told(reply), RULES, NOW).events


def test_a_decision_about_a_merged_ticket_comes_too_late() -> None:
    decided = Resolved(ticket_id="t-1", outcome="refund", decided_by="agent", resolved_at=NOW)
    merged = ticket(**{**MERGED, "closed_at": NOW - HOUR}, messaged_at=NOW + HOUR)
    decision = end_ticket(merged, told(decided), None, NOW + 2 * HOUR)
    assert (decision.case, decision.events) == (None, ())
