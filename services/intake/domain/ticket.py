"""A ticket as intake keeps it, and how it moves between open, waiting and closed.

All desks that touch a ticket (openings, conversation, closing) move it by these functions only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from schemas.envelope import Payload
from schemas.tickets import TicketReopened, TicketResumed, TicketWaiting, WaitCause
from schemas.values import Lane

State = Literal["open", "waiting", "closed"]
Moved = tuple["Ticket", tuple[Payload, ...]]
"""The ticket afterwards, and what is to be published about it."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One complaint from opening to closure. `version` 0: never stored."""

    ticket_id: str
    shop_id: str
    origin: str
    external_id: str
    opened_at: datetime
    customer_id: str | None = None
    order_id: str | None = None
    line_id: str | None = None
    state: State = "open"
    wait_cause: WaitCause | None = None
    wait_since: datetime | None = None
    messaged_at: datetime | None = None
    """When the customer last wrote after the opening."""
    resumed_at: datetime | None = None
    reopened_at: datetime | None = None
    closed_at: datetime | None = None
    lane: Lane = "routine"
    """In which everything about it is told; may rise, never falls."""
    merged_into: str | None = None
    """The ticket that it goes on in. Closed for good then."""
    version: int = 0


def hear(ticket: Ticket, sent_at: datetime) -> Moved:
    """The customer wrote: ends a wait for the customer by itself. Not for a closed ticket."""
    heard = replace(ticket, messaged_at=max(sent_at, ticket.messaged_at or sent_at))
    if heard.wait_cause != "customer":
        return heard, ()
    return end_wait(heard, sent_at, agent_id=None)


def begin_wait(ticket: Ticket, cause: WaitCause, agent_id: str, since: datetime) -> Moved:
    """Another cause ends the wait before; the same cause again changes nothing."""
    if ticket.wait_cause == cause:
        return ticket, ()
    ended: tuple[Payload, ...] = ()
    if ticket.wait_cause is not None:
        ticket, ended = end_wait(ticket, since, agent_id)
    waiting = replace(ticket, state="waiting", wait_cause=cause, wait_since=since)
    begun = TicketWaiting(ticket_id=ticket.ticket_id, cause=cause, agent_id=agent_id, since=since)
    return waiting, (*ended, begun)


def end_wait(ticket: Ticket, at: datetime, agent_id: str | None) -> Moved:
    """Back to work; a wait never ends before it began. Without a wait nothing changes."""
    if ticket.wait_since is None:
        return ticket, ()
    ended_at = max(at, ticket.wait_since)
    resumed = replace(ticket, state="open", wait_cause=None, wait_since=None, resumed_at=ended_at)
    ended = TicketResumed(ticket_id=ticket.ticket_id, agent_id=agent_id, resumed_at=ended_at)
    return resumed, (ended,)


def close(ticket: Ticket, at: datetime) -> Ticket:
    """Resolved: any wait is over."""
    return replace(ticket, state="closed", wait_cause=None, wait_since=None, closed_at=at)


def merge(ticket: Ticket, into: str, at: datetime) -> Ticket:
    """It goes on in another ticket."""
    return replace(close(ticket, at), merged_into=into)


def reopen(ticket: Ticket, reason: str, now: datetime) -> Moved:
    """Alive again."""
    alive = replace(ticket, state="open", closed_at=None, reopened_at=now)
    again = TicketReopened(
        ticket_id=ticket.ticket_id, order_id=ticket.order_id, reason=reason, reopened_at=now
    )
    return alive, (again,)
