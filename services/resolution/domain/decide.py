"""An agent's closing decision: accepted once, within what was paid, one money action at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Protocol

from pydantic import Field

from schemas.envelope import Envelope, Payload
from schemas.resolution import Outcome, Resolved
from schemas.rules import Decision, RefusedError
from schemas.values import Fen, FreeText, Ref, Value
from services.resolution.domain.money import Action, OrderCase, Share, Ticket

REFUNDING = frozenset({"refund", "return_refund"})
PAYING = frozenset({*REFUNDING, "compensation", "exchange", "reship", "repair"})


class Limits(Protocol):
    """What the policy gives to this rule."""

    compensation_ceiling_fen: int


class LineRefund(Value):
    """Part of a refund for one line."""

    line_id: Ref = Field(description="Order line.")
    refund_fen: Fen = Field(description="Amount, fen.")


class DecideResolution(Payload):
    """The command behind `POST /v1/tickets/{id}/resolution`."""

    TOPIC: ClassVar[str] = "commands"
    SUBJECT: ClassVar[str] = "case_key"

    case_key: str = Field(max_length=300, description="Case that the ticket belongs to.")
    ticket_id: Ref = Field(description="Ticket.")
    outcome: Outcome = Field(description="What was decided.")
    agent_id: Ref = Field(description="Who decided, an opaque reference.")
    refund_fen: Fen = Field(default=0, description="Refund for the ticket's line or order, fen.")
    refund_lines: tuple[LineRefund, ...] = Field(
        default=(), max_length=200, description="The refund split by line instead."
    )
    compensation_fen: Fen = Field(default=0, description="Paid on top, fen.")
    reason: FreeText = Field(default="", max_length=2_000, description="Why, masked.")


def decide(
    case: OrderCase | None, event: Envelope[DecideResolution], limits: Limits, now: datetime
) -> Decision[OrderCase]:
    """Resolve the ticket. Refuses with 404, 409 or 422 and leaves everything as it was."""
    told = event.data
    ticket = case.ticket(told.ticket_id) if case is not None else None
    if case is None or ticket is None:
        raise RefusedError("unknown_ticket", "no such ticket has arrived here (yet)", 404)
    if ticket.resolved_at is not None:
        raise RefusedError("already_resolved", "the ticket was resolved before")
    shares = _shares(told, ticket)
    _check_form(told, shares, limits)
    _check_money(case, told, shares)
    moved = bool(shares) or told.compensation_fen > 0
    action_id = f"A-{event.id}" if moved else None
    resolved = Resolved(
        ticket_id=ticket.ticket_id,
        outcome=told.outcome,
        decided_by="agent",
        agent_id=told.agent_id,
        order_id=case.order_id,
        line_id=ticket.line_id,
        refund_fen=sum(share.fen for share in shares),
        compensation_fen=told.compensation_fen,
        action_id=action_id,
        reason=told.reason,
        resolved_at=now,
    )
    case = case.with_ticket(replace(ticket, resolved_at=now))
    if action_id is not None:
        case = case.with_action(Action(action_id, ticket.ticket_id, shares, told.compensation_fen))
    answer = {"ticket_id": ticket.ticket_id, "outcome": told.outcome, "action_id": action_id}
    return Decision(case, (resolved,), answer=answer)


def _shares(told: DecideResolution, ticket: Ticket) -> tuple[Share, ...]:
    if told.refund_lines:
        by_line: dict[str, int] = {}
        for part in told.refund_lines:
            if part.line_id in by_line:
                raise RefusedError("line_twice", "a line is named twice", 422)
            by_line[part.line_id] = part.refund_fen
        if told.refund_fen not in (0, sum(by_line.values())):
            raise RefusedError("split_differs", "refund_fen is not the sum of refund_lines", 422)
        return tuple(Share(line, fen) for line, fen in by_line.items() if fen)
    return (Share(ticket.line_id, told.refund_fen),) if told.refund_fen else ()


def _check_form(told: DecideResolution, shares: tuple[Share, ...], limits: Limits) -> None:
    money = bool(shares) or told.compensation_fen > 0
    if told.outcome in REFUNDING and not shares:
        raise RefusedError("refund_missing", f"{told.outcome} needs an amount to refund", 422)
    if told.outcome == "compensation" and told.compensation_fen == 0:
        raise RefusedError("compensation_missing", "compensation needs compensation_fen", 422)
    if money and told.outcome not in PAYING:
        raise RefusedError("money_unexpected", f"{told.outcome} moves no money", 422)
    if told.compensation_fen > limits.compensation_ceiling_fen:
        raise RefusedError(
            "over_ceiling",
            f"compensation is limited to {limits.compensation_ceiling_fen} fen a decision",
            422,
        )


def _check_money(case: OrderCase, told: DecideResolution, shares: tuple[Share, ...]) -> None:
    if not shares and told.compensation_fen == 0:
        return
    if case.order_id is None:
        raise RefusedError("no_order", "the ticket is about no order: no money can move", 422)
    if case.in_flight is not None:
        raise RefusedError(
            "money_in_flight", f"action {case.in_flight.action_id} on this order is not confirmed"
        )
    if not shares:
        return
    if case.paid is None:
        raise RefusedError("order_unknown", "the order has not arrived here yet; try again")
    lines = {share.line_id for share in case.paid}
    for share in shares:
        if share.line_id is not None and share.line_id not in lines:
            raise RefusedError("unknown_line", "the order has no such line", 422)
        if share.fen > case.left_fen(share.line_id):
            raise RefusedError("more_than_paid", "more than is left of what was paid", 422)
    if sum(share.fen for share in shares) > case.left_fen(None):
        raise RefusedError("more_than_paid", "more than is left of what was paid", 422)
