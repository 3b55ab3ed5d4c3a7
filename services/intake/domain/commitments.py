"""Dates that bind: promises made to the customer, deadlines of the selling platform; and merging,
which ends those of a ticket. Desk `conversation`."""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas.envelope import Envelope
from schemas.rules import Decision, RefusedError
from schemas.tickets import PlatformDeadlineSet, PromiseMade, TicketMerged
from services.intake.domain import ticket as tickets
from services.intake.domain.commands import MergeTicket, RecordPromise, SetPlatformDeadline
from services.intake.domain.conversation import (
    Conversation,
    found,
    is_repeat,
    moved,
    not_closed,
    noted,
    refuse_merged,
    settled,
)
from services.intake.domain.policy import IntakeRules, happened_at

_OVER = "the ticket is closed: no deadline runs any more"


def promise(
    case: Conversation | None, event: Envelope[RecordPromise], policy: IntakeRules, now: datetime
) -> Decision[Conversation]:
    """A promise. One that is due already could not be kept any more: it is refused."""
    case, told = found(case, event), event.data
    if is_repeat(case, told):
        return settled(case)
    ticket = not_closed(case, _OVER)
    made_at = happened_at(told.made_at, policy.times, now)
    if told.due_at <= max(now, made_at):
        raise RefusedError("due_in_past", "due_at: a promise is due later than now", 422)
    _check_far(told.due_at, policy, now)
    made = PromiseMade(
        ticket_id=ticket.ticket_id,
        promise_id=told.promise_id,
        agent_id=told.agent_id,
        what=told.what,
        made_at=made_at,
        due_at=told.due_at,
    )
    return noted(case, ticket, told, (made,))


def platform_deadline(
    case: Conversation | None,
    event: Envelope[SetPlatformDeadline],
    policy: IntakeRules,
    now: datetime,
) -> Decision[Conversation]:
    """The platform's deadline, which may lie in the past: it is no less true then."""
    case, told = found(case, event), event.data
    if is_repeat(case, told):
        return settled(case)
    ticket = not_closed(case, _OVER)
    oldest_days = policy.times.ticket_max_age_days
    if told.due_at < now - timedelta(days=oldest_days):
        raise RefusedError("too_old", f"due_at: more than {oldest_days} days back", 422)
    _check_far(told.due_at, policy, now)
    deadline = PlatformDeadlineSet(
        ticket_id=ticket.ticket_id,
        notice_id=told.notice_id,
        due_at=told.due_at,
        told_at=happened_at(told.told_at, policy.times, now),
        silence_costs_fen=told.silence_costs_fen,
    )
    return noted(case, ticket, told, (deadline,))


def merge(
    case: Conversation | None, event: Envelope[MergeTicket], policy: IntakeRules, now: datetime
) -> Decision[Conversation]:
    """The ticket goes on in another open one of its shop, and is closed itself for good."""
    case, told = found(case, event), event.data
    if told.into == case.ticket.ticket_id:
        raise RefusedError("same_ticket", "into: a ticket can't be merged into itself", 422)
    ticket = not_closed(case, "a closed ticket is not merged any more")
    other = case.others.get(told.into)
    if other is None or other.shop_id != event.shopid:
        raise RefusedError("unknown_ticket", "into: there is no such ticket", 404)
    refuse_merged(other)
    if other.state == "closed":
        raise RefusedError("ticket_closed", "into: that ticket is closed")
    gone_on = TicketMerged(
        ticket_id=ticket.ticket_id,
        into=other.ticket_id,
        agent_id=told.agent_id,
        order_id=ticket.order_id,
        merged_at=now,
    )
    return moved(case, tickets.merge(ticket, other.ticket_id, now), (gone_on,))


def _check_far(due_at: datetime, policy: IntakeRules, now: datetime) -> None:
    most_days = policy.times.due_ahead_days
    if due_at > now + timedelta(days=most_days):
        raise RefusedError("too_far", f"due_at: more than {most_days} days ahead", 422)
