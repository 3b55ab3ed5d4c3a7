"""What others decide about a ticket: Resolved ends it (desk `closing`), unless the customer wrote
after that decision; Triaged or Retriaged in the urgent lane makes it urgent (desk `urgency`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from schemas.envelope import Envelope
from schemas.resolution import Resolved
from schemas.rules import Decision, RefusedError
from services.intake.domain.ticket import Ticket, close, reopen


def end_ticket(
    ticket: Ticket | None, event: Envelope[Resolved], policy: Any, now: datetime
) -> Decision[Ticket]:
    """Close the ticket as of the decision.

    A decision older than the ticket's last reopening is stale and changes nothing. A message of
    the customer that came after the decision was never considered: the ticket is open again at
    once, and everybody hears so. A ticket that was merged had ended before. One that intake never
    opened is nobody's business here.
    """
    if ticket is None:
        return Decision(None)
    if ticket.shop_id != event.shopid:
        raise RefusedError("wrong_shop", "the ticket belongs to another shop")
    at = event.data.resolved_at
    if ticket.merged_into is not None:
        return Decision(None)
    if ticket.reopened_at is not None and at <= ticket.reopened_at:
        return Decision(None)
    if ticket.closed_at is not None and at <= ticket.closed_at:
        return Decision(None)
    closed = close(ticket, at)
    if ticket.messaged_at is not None and ticket.messaged_at > at:
        again, events = reopen(closed, "the customer wrote after the decision", now)
        return Decision(again, events, lane=ticket.lane)
    return Decision(closed)


def hurry(
    ticket: Ticket | None, event: Envelope[Any], policy: Any, now: datetime
) -> Decision[Ticket]:
    """Triage says that a ticket is urgent which did not look so: calls, answers and messages
    about it go ahead of others from now on."""
    if ticket is None or ticket.shop_id != event.shopid or ticket.lane == "urgent":
        return Decision(None)
    return Decision(replace(ticket, lane="urgent"))
