"""The rules of resolution: orders, refunds, tickets and decisions meet in one settlement."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from schemas.envelope import Envelope
from schemas.orders import OrderPlaced, RefundCompleted
from schemas.resolution import Resolved
from schemas.rules import Decision, RefusedError
from schemas.tickets import TicketOpened, TicketReopened
from services.resolution.domain.commands import ResolveTicket
from services.resolution.domain.decision import money_of
from services.resolution.domain.money import left_fen, with_refund
from services.resolution.domain.order_system import end_by_refunds
from services.resolution.domain.policy import ResolutionRules
from services.resolution.domain.settlement import (
    MoneyAction,
    Settlement,
    Ticket,
    key_of,
)


def place_order(
    case: Settlement | None, event: Envelope[OrderPlaced], policy: ResolutionRules, now: datetime
) -> Decision[Settlement]:
    """What was paid for each line. Told again, the first telling stands."""
    settlement = case or _new(event)
    if settlement.placed:
        return Decision(None)
    lines = {line.line_id: line.paid_fen for line in event.data.lines}
    return _next(replace(settlement, lines=lines, placed=True), policy, now)


def complete_refund(
    case: Settlement | None,
    event: Envelope[RefundCompleted],
    policy: ResolutionRules,
    now: datetime,
) -> Decision[Settlement]:
    """Money went back: counted once per refund id, also before the order or ticket is known."""
    settlement = case or _new(event)
    noted = with_refund(settlement, event.data, now)
    return Decision(None) if noted is settlement else _next(noted, policy, now)


def open_ticket(
    case: Settlement | None, event: Envelope[TicketOpened], policy: ResolutionRules, now: datetime
) -> Decision[Settlement]:
    """A ticket can be resolved from now on. Its order snapshot stands in for the order."""
    settlement = case or _new(event)
    told = event.data
    if told.ticket_id in settlement.tickets:
        return Decision(None)
    ticket = Ticket(told.ticket_id, told.line_id, told.language, told.opened_at)
    known = replace(settlement, tickets={**settlement.tickets, ticket.ticket_id: ticket})
    if told.order is not None:
        if known.lines is None:
            lines = {line.line_id: line.paid_fen for line in told.order.lines}
            known = replace(known, lines=lines)
        reported = max(known.reported_fen, told.order.refunded_fen)
        known = replace(known, reported_fen=reported)
    return _next(known, policy, now)


def reopen_ticket(
    case: Settlement | None,
    event: Envelope[TicketReopened],
    policy: ResolutionRules,
    now: datetime,
) -> Decision[Settlement]:
    """The ticket can be resolved once more. One that is open, or unknown, stays as it is."""
    ticket = case.tickets.get(event.data.ticket_id) if case else None
    if case is None or ticket is None or ticket.resolved_at is None:
        return Decision(None)
    since = max(ticket.open_since, event.data.reopened_at)
    again = replace(ticket, open_since=since, resolved_at=None)
    return _next(replace(case, tickets={**case.tickets, again.ticket_id: again}), policy, now)


def resolve(
    case: Settlement | None, event: Envelope[ResolveTicket], policy: ResolutionRules, now: datetime
) -> Decision[Settlement]:
    """An agent's decision ends the ticket. Raises RefusedError for what can't be decided."""
    ticket = case.tickets.get(event.data.ticket_id) if case else None
    if case is None or ticket is None:
        text = "no such ticket is known here; one that was opened just now arrives in a moment"
        raise RefusedError("unknown_ticket", text, 404)
    if ticket.resolved_at is not None:
        raise RefusedError("already_resolved", "the ticket is resolved already")
    asked = event.data.decision
    action = money_of(case, ticket, asked, policy, event.id, now)
    ended = replace(ticket, resolved_at=now)
    settled = replace(case, tickets={**case.tickets, ended.ticket_id: ended})
    if action is not None:
        settled = replace(settled, actions={**case.actions, action.action_id: action})
    told = _resolved(settled, ended, event.data, action, now)
    return Decision(settled, (told,), answer=_answer(settled, told, action))


def _resolved(
    case: Settlement,
    ticket: Ticket,
    command: ResolveTicket,
    action: MoneyAction | None,
    now: datetime,
) -> Resolved:
    lines = list(action.parts) if action else []
    line_id = lines[0] if len(lines) == 1 else ticket.line_id if not lines else None
    return Resolved(
        ticket_id=ticket.ticket_id,
        outcome=command.decision.outcome,
        decided_by="agent",
        agent_id=command.decision.agent_id,
        order_id=case.order_id,
        line_id=line_id,
        refund_fen=action.refund_fen if action else 0,
        compensation_fen=command.decision.compensation_fen,
        action_id=action.action_id if action else None,
        reason=command.decision.reason,
        resolved_at=now,
    )


def _answer(case: Settlement, told: Resolved, action: MoneyAction | None) -> dict[str, object]:
    parts = action.parts if action else {}
    return {
        "ticket_id": told.ticket_id,
        "outcome": told.outcome,
        "resolved_at": told.resolved_at.isoformat(),
        "refund_fen": told.refund_fen,
        "refund_lines": [{"line_id": line, "refund_fen": fen} for line, fen in parts.items()],
        "compensation_fen": told.compensation_fen,
        "action_id": told.action_id,
        "left_fen": None if case.lines is None else left_fen(case),
    }


def _new(
    event: Envelope[OrderPlaced] | Envelope[RefundCompleted] | Envelope[TicketOpened],
) -> Settlement:
    return Settlement(key_of(event), event.shopid, event.data.order_id)


def _next(settlement: Settlement, policy: ResolutionRules, now: datetime) -> Decision[Settlement]:
    """Whatever became known may complete a refund that ends tickets by itself."""
    settled, events = end_by_refunds(settlement, policy, now)
    return Decision(settled, events)
