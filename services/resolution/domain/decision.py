"""Checks an agent's decision against the order's money and makes the money action of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from schemas.rules import RefusedError
from services.resolution.domain.commands import ResolutionRequest
from services.resolution.domain.money import apportion, left_by_line, left_fen
from services.resolution.domain.policy import Need, ResolutionRules
from services.resolution.domain.settlement import MoneyAction, Settlement, Ticket


def money_of(
    settlement: Settlement,
    ticket: Ticket,
    asked: ResolutionRequest,
    policy: ResolutionRules,
    cause: UUID,
    now: datetime,
) -> MoneyAction | None:
    """The money action of a decision, None when no money moves. Raises RefusedError.

    `cause` is the request's id: the same request makes the same action id.
    """
    _check_outcome(asked, policy)
    if not _moves_money(asked):
        return None
    if settlement.order_id is None:
        raise RefusedError("no_order", "the ticket is about no order: no money can move", 422)
    if settlement.in_flight is not None:
        text = f"money action {settlement.in_flight.action_id} on this order is not carried out yet"
        raise RefusedError("money_in_flight", text)
    return MoneyAction(
        action_id=str(uuid5(cause, "money")),
        ticket_id=ticket.ticket_id,
        parts=_parts(settlement, ticket, asked),
        compensation_fen=asked.compensation_fen,
        decided_at=now,
    )


def _moves_money(asked: ResolutionRequest) -> bool:
    return bool(asked.refund_fen or asked.refund_lines or asked.compensation_fen)


def _check_outcome(asked: ResolutionRequest, policy: ResolutionRules) -> None:
    money = policy.outcomes[asked.outcome]
    refund_fen = asked.refund_fen + sum(part.refund_fen for part in asked.refund_lines)
    _check_need(money.refund, refund_fen, asked.outcome, "refund")
    _check_need(money.compensation, asked.compensation_fen, asked.outcome, "compensation")
    if asked.compensation_fen > policy.compensation_most_fen:
        text = f"one decision grants at most {policy.compensation_most_fen} fen of compensation"
        raise RefusedError("compensation_too_high", text, 422)


def _check_need(need: Need, amount_fen: int, outcome: str, what: str) -> None:
    if need == "required" and not amount_fen:
        raise RefusedError("money_missing", f"outcome {outcome} needs a {what}", 422)
    if need == "none" and amount_fen:
        raise RefusedError("money_not_allowed", f"outcome {outcome} has no {what}", 422)


def _parts(settlement: Settlement, ticket: Ticket, asked: ResolutionRequest) -> dict[str, int]:
    """Refund by order line; refused when it is more than what is left of what was paid."""
    wanted_fen = asked.refund_fen + sum(part.refund_fen for part in asked.refund_lines)
    if not wanted_fen:
        return {}
    if settlement.lines is None:
        text = "what was paid is not known here yet: try again in a moment"
        raise RefusedError("order_not_known", text)
    left = left_by_line(settlement)
    parts = {part.line_id: part.refund_fen for part in asked.refund_lines}
    if asked.refund_fen and ticket.line_id is not None:
        parts = {ticket.line_id: asked.refund_fen}
    if parts.keys() - left.keys():
        raise RefusedError("unknown_line", "the order has no such line", 422)
    over = [line for line, fen in parts.items() if fen > left[line]]
    if over:
        raise _too_much(left[over[0]], f"line {over[0]}")
    if wanted_fen > left_fen(settlement):
        raise _too_much(left_fen(settlement), "the order")
    return parts or apportion(asked.refund_fen, left)


def _too_much(left: int, of: str) -> RefusedError:
    text = f"of what was paid for {of}, {left} fen can still be refunded"
    return RefusedError("more_than_paid", text, 422)
