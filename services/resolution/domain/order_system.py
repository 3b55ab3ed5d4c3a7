"""Ends tickets by refunds that the order system made by itself, as the policy says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from schemas.resolution import Resolved
from services.resolution.domain.money import paid_fen, refunded_by_line, refunded_fen
from services.resolution.domain.policy import OrderSystemRefund, ResolutionRules
from services.resolution.domain.settlement import Refund, Settlement, Ticket


def end_by_refunds(
    settlement: Settlement, policy: ResolutionRules, now: datetime
) -> tuple[Settlement, tuple[Resolved, ...]]:
    """End the open tickets that refunds after their opening have settled.

    It is asked after every event of the order, so refund, order and ticket may come in any order.
    A refund's money is told with one ticket only: the oldest that it ends.
    """
    rule = policy.order_system_refund
    if not rule.resolves_tickets:
        return settlement, ()
    events: list[Resolved] = []
    waiting = [ticket for ticket in settlement.tickets.values() if ticket.resolved_at is None]
    for ticket in sorted(waiting, key=lambda t: (t.open_since, t.ticket_id)):
        refunds = _refunds_for(settlement, ticket, rule)
        if refunds and _covers(settlement, ticket, rule):
            settlement, told = _ended(settlement, ticket, refunds, rule, now)
            events.append(told)
    return settlement, tuple(events)


def _refunds_for(settlement: Settlement, ticket: Ticket, rule: OrderSystemRefund) -> list[Refund]:
    """The order system's own refunds since the ticket is open, on its line or on the order."""
    return [
        refund
        for refund in settlement.refunds.values()
        if refund.action_id is None
        and refund.initiator in rule.initiators
        and refund.refunded_at >= ticket.open_since
        and (refund.line_id is None or ticket.line_id in (None, refund.line_id))
    ]


def _covers(settlement: Settlement, ticket: Ticket, rule: OrderSystemRefund) -> bool:
    """Whether enough was refunded of the line, or of the order. While unknown: not yet."""
    if settlement.lines is None:
        return rule.from_percent == 0
    paid = paid_fen(settlement) or 0
    if refunded_fen(settlement) * 100 >= paid * rule.from_percent:
        return True
    if ticket.line_id is None or ticket.line_id not in settlement.lines:
        return False
    on_line = refunded_by_line(settlement).get(ticket.line_id, 0)
    return on_line * 100 >= settlement.lines[ticket.line_id] * rule.from_percent


def _ended(
    settlement: Settlement,
    ticket: Ticket,
    refunds: list[Refund],
    rule: OrderSystemRefund,
    now: datetime,
) -> tuple[Settlement, Resolved]:
    fresh = [refund for refund in refunds if refund.ticket_id is None]
    taken = {refund.refund_id: replace(refund, ticket_id=ticket.ticket_id) for refund in fresh}
    ended = replace(ticket, resolved_at=now)
    told = Resolved(
        ticket_id=ticket.ticket_id,
        outcome="refund",
        decided_by="order_system",
        order_id=settlement.order_id,
        line_id=ticket.line_id,
        refund_fen=sum(refund.refunded_fen for refund in fresh),
        reason=rule.reason.zh if ticket.language == "zh" else rule.reason.en,
        resolved_at=now,
    )
    settled = replace(
        settlement,
        tickets={**settlement.tickets, ended.ticket_id: ended},
        refunds={**settlement.refunds, **taken},
    )
    return settled, told
