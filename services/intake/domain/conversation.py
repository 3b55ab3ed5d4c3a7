"""What is said and done about a ticket: messages, replies, calls, waits, a person's sorting. Desk
`conversation`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from schemas.envelope import Envelope, Payload
from schemas.rules import Decision, RefusedError
from schemas.tickets import AgentReplied, CallMade, CustomerMessageReceived, TicketClassified
from services.intake.domain.commands import (
    AddMessage,
    BeginWait,
    Classify,
    Command,
    EndWait,
    RecordCall,
    RecordPromise,
    RecordReply,
    SetPlatformDeadline,
)
from services.intake.domain.policy import IntakeRules, happened_at
from services.intake.domain.ticket import Ticket, begin_wait, end_wait, hear, reopen


@dataclass(frozen=True, slots=True)
class Conversation:
    """Case: a ticket and those of its entries that this batch brings again.

    `entries` maps an entry's name to the digest of its content. `successor` is the ticket that
    is open about the same order line after this one was closed. `others` are the tickets that it
    may be merged into, by id.
    """

    ticket: Ticket
    entries: Mapping[str, str] = field(default_factory=dict)
    successor: str | None = None
    others: Mapping[str, Ticket] = field(default_factory=dict)
    noted: Mapping[str, str] = field(default_factory=dict)
    """Entries to store."""


def entry_of(told: Command) -> str | None:
    """Name of the entry that a command makes; None for those without an id of their own."""
    match told:
        case AddMessage() | RecordReply():
            return f"message/{told.message_id}"
        case RecordCall():
            return f"call/{told.call_id}"
        case RecordPromise():
            return f"promise/{told.promise_id}"
        case SetPlatformDeadline():
            return f"notice/{told.notice_id}"
    return None


def add_message(
    case: Conversation | None, event: Envelope[AddMessage], policy: IntakeRules, now: datetime
) -> Decision[Conversation]:
    """A customer's message; it ends a wait for the customer and reopens a ticket closed lately."""
    case, told = found(case, event), event.data
    if is_repeat(case, told):
        return settled(case)
    at = happened_at(told.sent_at, policy.times, now)
    ticket, reopened = _awake(case, policy, now)
    ticket, resumed = hear(ticket, at)
    message = CustomerMessageReceived(
        ticket_id=ticket.ticket_id,
        message_id=told.message_id,
        text=told.text,
        original=told.original,
        attachments=told.attachments,
        sent_at=at,
    )
    return noted(case, ticket, told, (*reopened, message, *resumed))


def record_reply(
    case: Conversation | None, event: Envelope[RecordReply], policy: IntakeRules, now: datetime
) -> Decision[Conversation]:
    """An answer or an internal note; kept as a record also when the ticket is closed."""
    case, told = found(case, event), event.data
    if is_repeat(case, told):
        return settled(case)
    reply = AgentReplied(
        ticket_id=told.ticket_id,
        message_id=told.message_id,
        agent_id=told.agent_id,
        human=told.human,
        visibility=told.visibility,
        text=told.text,
        original=told.original,
        milestones=told.milestones,
        sent_at=happened_at(told.sent_at, policy.times, now),
    )
    return noted(case, case.ticket, told, (reply,))


def record_call(
    case: Conversation | None, event: Envelope[RecordCall], policy: IntakeRules, now: datetime
) -> Decision[Conversation]:
    """A phone call; kept as a record also when the ticket is closed."""
    case, told = found(case, event), event.data
    if is_repeat(case, told):
        return settled(case)
    call = CallMade(
        ticket_id=told.ticket_id,
        call_id=told.call_id,
        agent_id=told.agent_id,
        started_at=happened_at(told.started_at, policy.times, now),
        duration_s=told.duration_s,
        answered=told.answered,
    )
    return noted(case, case.ticket, told, (call,))


def wait(
    case: Conversation | None, event: Envelope[BeginWait], policy: IntakeRules, now: datetime
) -> Decision[Conversation]:
    """Work waits. It can't be said to have begun before the ticket or the last wait's end."""
    case, told = found(case, event), event.data
    ticket = not_closed(case)
    since = happened_at(told.since, policy.times, now)
    began_at = ticket.wait_since or ticket.resumed_at or ticket.opened_at
    if told.since is not None and since < began_at:
        raise RefusedError("too_early", "the wait would begin before what came before it", 422)
    ticket, events = begin_wait(ticket, told.cause, told.agent_id, max(since, began_at))
    return moved(case, ticket, events)


def resume(
    case: Conversation | None, event: Envelope[EndWait], policy: IntakeRules, now: datetime
) -> Decision[Conversation]:
    """The wait is over; without one nothing changes."""
    case, told = found(case, event), event.data
    ticket = not_closed(case)
    at = happened_at(told.resumed_at, policy.times, now)
    if told.resumed_at is not None and ticket.wait_since is not None and at < ticket.wait_since:
        raise RefusedError("too_early", "the wait would end before it began", status=422)
    ticket, events = end_wait(ticket, at, told.agent_id)
    return moved(case, ticket, events)


def classify(
    case: Conversation | None, event: Envelope[Classify], policy: IntakeRules, now: datetime
) -> Decision[Conversation]:
    """A person sorted the ticket: triage puts it into force, and tells everybody."""
    case, told = found(case, event), event.data
    ticket = not_closed(case, "a closed ticket is not sorted any more")
    said = TicketClassified(
        ticket_id=ticket.ticket_id,
        agent_id=told.agent_id,
        problem_class=told.problem_class,
        subtype=told.subtype,
        level=told.level,
        route=told.route,
        classified_at=now,
    )
    return Decision(None, (said,), answer=_answer(ticket), lane=ticket.lane)


def found(case: Conversation | None, event: Envelope[Any]) -> Conversation:
    """The case. Raises RefusedError without one. A ticket of another shop is as unknown as none."""
    if case is None or case.ticket.shop_id != event.shopid:
        raise RefusedError("unknown_ticket", "there is no such ticket", status=404)
    return case


def not_closed(
    case: Conversation, text: str = "the ticket is closed: nothing waits any more"
) -> Ticket:
    """The ticket, at work. Raises RefusedError."""
    refuse_merged(case.ticket)
    if case.ticket.state == "closed":
        raise RefusedError("ticket_closed", text)
    return case.ticket


def refuse_merged(ticket: Ticket) -> None:
    """Raise RefusedError for one that goes on elsewhere."""
    if ticket.merged_into is not None:
        text = f"ticket {ticket.ticket_id} was merged into {ticket.merged_into}: go on there"
        raise RefusedError("ticket_merged", text)


def _awake(
    case: Conversation, policy: IntakeRules, now: datetime
) -> tuple[Ticket, tuple[Payload, ...]]:
    """The ticket as it is when it hears a message. Raises RefusedError when it is too late."""
    ticket = case.ticket
    if ticket.closed_at is None:
        return ticket, ()
    refuse_merged(ticket)
    if case.successor is not None:
        raise RefusedError(
            "ticket_closed",
            f"the ticket is closed; ticket {case.successor} about the same order line is open: "
            "write there",
        )
    if now > ticket.closed_at + timedelta(days=policy.reopen_days):
        raise RefusedError(
            "ticket_closed",
            f"the ticket was closed more than {policy.reopen_days} days ago: open a new one",
        )
    return reopen(ticket, "the customer wrote again", now)


def is_repeat(case: Conversation, told: Command) -> bool:
    """The entry was made before. Raises RefusedError when its content was another."""
    known = case.entries.get(entry_of(told) or "")
    if known is not None and known != told.digest:
        raise RefusedError("id_reused", "this id came before with other content")
    return known is not None


def noted(
    case: Conversation, ticket: Ticket, told: Command, events: tuple[Payload, ...]
) -> Decision[Conversation]:
    """The ticket as it is now, with the entry that the command makes."""
    entry = {entry_of(told) or "": told.digest}
    with_entry = replace(case, entries={**case.entries, **entry}, noted={**case.noted, **entry})
    return moved(with_entry, ticket, events)


def moved(
    case: Conversation, ticket: Ticket, events: tuple[Payload, ...]
) -> Decision[Conversation]:
    """The ticket as it is now; without events nothing is stored."""
    after = replace(case, ticket=ticket)
    answer = _answer(ticket)
    return Decision(after if events else None, events, answer=answer, lane=ticket.lane)


def settled(case: Conversation) -> Decision[Conversation]:
    """The answer of a repeat."""
    return Decision(None, answer=_answer(case.ticket))


def _answer(ticket: Ticket) -> dict[str, str | None]:
    return {
        "ticket_id": ticket.ticket_id,
        "state": ticket.state,
        "waiting_for": ticket.wait_cause,
    }
