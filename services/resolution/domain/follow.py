"""What resolution learns from the bus: orders, tickets, and refunds that really happened.

Events come in any order; the case is the same in the end.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from schemas.envelope import Envelope
from schemas.orders import OrderPlaced, RefundCompleted
from schemas.resolution import Resolved
from schemas.rules import Decision
from schemas.tickets import TicketOpened, TicketReopened
from services.resolution.domain.money import Action, OrderCase, Refund, Share, Ticket


class Habits(Protocol):
    """What the policy gives to these rules."""

    resolve_on_foreign_refund: bool


def case_key(shop_id: str, order_id: str | None, ticket_id: str) -> str:
    """Key of the case that an order, or a ticket without one, belongs to."""
    return f"{shop_id}/{order_id}" if order_id is not None else f"{shop_id}/ticket:{ticket_id}"


def on_order_placed(
    case: OrderCase | None, event: Envelope[OrderPlaced], _: Habits, __: datetime
) -> Decision[OrderCase]:
    """Learn what was paid for each line. The first word counts: payments don't change."""
    order = event.data
    known = case or _new(event.shopid, order.order_id, "")
    if known.paid is None:
        known = replace(known, paid=tuple(Share(i.line_id, i.paid_fen) for i in order.lines))
    return Decision(known)


def on_ticket_opened(
    case: OrderCase | None, event: Envelope[TicketOpened], habits: Habits, now: datetime
) -> Decision[OrderCase]:
    """Note the ticket; resolve it at once when its refund had happened after it was opened."""
    told = event.data
    known = case or _new(event.shopid, told.order_id, told.ticket_id)
    if known.ticket(told.ticket_id) is not None:
        return Decision(case)
    if known.paid is None and told.order is not None:
        lines = tuple(Share(line.line_id, line.paid_fen) for line in told.order.lines)
        known = replace(known, paid=lines)
    known = known.with_ticket(Ticket(told.ticket_id, told.line_id, told.opened_at))
    late = [r for r in known.refunds if r.action_id is None and r.refunded_at >= told.opened_at]
    if not late:
        return Decision(known)
    return _resolve(known, late[-1], (told.ticket_id,), habits, now)


def on_ticket_reopened(
    case: OrderCase | None, event: Envelope[TicketReopened], _: Habits, __: datetime
) -> Decision[OrderCase]:
    """The ticket can be decided about again; money that moved stays moved."""
    told = event.data
    ticket = case.ticket(told.ticket_id) if case is not None else None
    if case is None or ticket is None or ticket.resolved_at is None:
        return Decision(case)
    if told.reopened_at < ticket.resolved_at:
        return Decision(case)
    return Decision(case.with_ticket(replace(ticket, resolved_at=None)))


def on_refund_completed(
    case: OrderCase | None, event: Envelope[RefundCompleted], habits: Habits, now: datetime
) -> Decision[OrderCase]:
    """Count the refund once; confirm the action that it carries out, or close what it settles."""
    told = event.data
    known = case or _new(event.shopid, told.order_id, "")
    if any(refund.refund_id == told.refund_id for refund in known.refunds):
        return Decision(case)
    action = _carried_out(known, told)
    refund = Refund(
        told.refund_id,
        told.line_id,
        told.refunded_fen,
        told.refunded_at,
        action.action_id if action is not None else None,
    )
    known = replace(known, refunds=(*known.refunds, refund))
    if action is not None:
        return Decision(known.with_action(replace(action, state="done")))
    about = tuple(
        t.ticket_id
        for t in known.tickets
        if t.opened_at <= told.refunded_at
        and (told.line_id is None or t.line_id in (None, told.line_id))
    )
    return _resolve(known, refund, about, habits, now)


def _carried_out(case: OrderCase, told: RefundCompleted) -> Action | None:
    flying = case.in_flight
    if flying is None:
        return None
    if told.action_id is not None:
        return flying if told.action_id == flying.action_id else None
    total = flying.refund_fen + flying.compensation_fen
    same = told.refunded_fen in (flying.refund_fen, total)
    lines = {share.line_id for share in flying.shares}
    fits = told.line_id is None or told.line_id in lines
    return flying if told.initiator == "merchant" and same and fits else None


def _resolve(
    case: OrderCase, refund: Refund, about: tuple[str, ...], habits: Habits, now: datetime
) -> Decision[OrderCase]:
    """Close the open tickets that a refund settles; the amount is told with the first of them."""
    if not habits.resolve_on_foreign_refund:
        return Decision(case)
    events = []
    left = refund.fen
    for ticket in case.tickets:
        if ticket.ticket_id not in about or ticket.resolved_at is not None:
            continue
        events.append(
            Resolved(
                ticket_id=ticket.ticket_id,
                outcome="refund",
                decided_by="order_system",
                order_id=case.order_id,
                line_id=ticket.line_id,
                refund_fen=left,
                resolved_at=now,
            )
        )
        left = 0
        case = case.with_ticket(replace(ticket, resolved_at=now))
    return Decision(case, tuple(events))


def _new(shop_id: str, order_id: str | None, ticket_id: str) -> OrderCase:
    return OrderCase(case_key(shop_id, order_id, ticket_id), shop_id, order_id)
