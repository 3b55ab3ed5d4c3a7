"""Arithmetic of one order's money: what is left, how an amount is split, what was carried out.

Whole fen only. Nothing here decides; `rules` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from schemas.orders import RefundCompleted
from services.resolution.domain.settlement import MoneyAction, Refund, Settlement


def apportion(amount_fen: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Split an amount by weights so that the parts sum to it exactly; parts of 0 are left out.

    No part exceeds its weight unless the amount exceeds their sum. What rounding leaves goes to
    the largest remainders, of equal ones to the first by name. Without weights: nothing.
    """
    whole = sum(weights.values())
    if whole <= 0:
        return {}
    parts = {name: amount_fen * weight // whole for name, weight in weights.items()}
    rest = amount_fen - sum(parts.values())
    remainders = sorted(weights, key=lambda name: (-(amount_fen * weights[name] % whole), name))
    for name in remainders[:rest]:
        parts[name] += 1
    return {name: part for name, part in parts.items() if part}


def paid_fen(settlement: Settlement) -> int | None:
    """Paid for the whole order, fen; None while unknown."""
    return None if settlement.lines is None else sum(settlement.lines.values())


def received_fen(settlement: Settlement, action: MoneyAction) -> int:
    """Reported as paid for an action, fen."""
    return sum(
        r.refunded_fen for r in settlement.refunds.values() if r.action_id == action.action_id
    )


def refunded_by_line(settlement: Settlement) -> dict[str | None, int]:
    """Fen refunded by order line; None: of the order as a whole.

    What an action pays is spread as it was decided, and what goes beyond its refund and its
    compensation counts as refund of the order.
    """
    sums: dict[str | None, int] = {}
    for refund in settlement.refunds.values():
        if refund.action_id is None:
            sums[refund.line_id] = sums.get(refund.line_id, 0) + refund.refunded_fen
    for action in settlement.actions.values():
        received = received_fen(settlement, action)
        back = min(received, action.refund_fen)
        beyond = max(received - action.refund_fen - action.compensation_fen, 0)
        for line, part in apportion(back, action.parts).items():
            sums[line] = sums.get(line, 0) + part
        sums[None] = sums.get(None, 0) + beyond
    return sums


def refunded_fen(settlement: Settlement) -> int:
    """Refunded on the order so far, fen; at least what a ticket said when it was opened."""
    return max(sum(refunded_by_line(settlement).values()), settlement.reported_fen)


def left_by_line(settlement: Settlement) -> dict[str, int]:
    """Fen that can still be refunded by line, in-flight money taken off. The order's own limit
    (`left_fen`) may be lower than their sum."""
    gone = refunded_by_line(settlement)
    action = settlement.in_flight
    if action is not None:
        missing = max(action.refund_fen - received_fen(settlement, action), 0)
        for line, part in apportion(missing, action.parts).items():
            gone[line] = gone.get(line, 0) + part
    paid = settlement.lines or {}
    return {line: max(fen - gone.get(line, 0), 0) for line, fen in paid.items()}


def left_fen(settlement: Settlement) -> int:
    """Fen that can still be refunded on the order, in-flight money taken off."""
    action = settlement.in_flight
    missing = 0
    if action is not None:
        missing = max(action.refund_fen - received_fen(settlement, action), 0)
    paid = paid_fen(settlement) or 0
    return max(
        min(paid - refunded_fen(settlement) - missing, sum(left_by_line(settlement).values())), 0
    )


def with_refund(settlement: Settlement, told: RefundCompleted, now: datetime) -> Settlement:
    """Note a refund, once per refund id, and end the action that it carries out."""
    if told.refund_id in settlement.refunds:
        return settlement
    action = _carried_out(settlement, told)
    refund = Refund(
        refund_id=told.refund_id,
        line_id=told.line_id,
        refunded_fen=told.refunded_fen,
        initiator=told.initiator,
        refunded_at=told.refunded_at,
        action_id=None if action is None else action.action_id,
    )
    noted = replace(settlement, refunds={**settlement.refunds, refund.refund_id: refund})
    if action is None or action.completed_at is not None:
        return noted
    if received_fen(noted, action) < action.awaited_fen:
        return noted
    done = replace(action, completed_at=now)
    return replace(noted, actions={**noted.actions, done.action_id: done})


def _carried_out(settlement: Settlement, told: RefundCompleted) -> MoneyAction | None:
    """The action that a refund names, or the one in flight that it fits by line and amount."""
    if told.action_id is not None:
        return settlement.actions.get(told.action_id)
    action = settlement.in_flight
    if action is None or told.initiator != "merchant":
        return None
    if told.line_id is not None:
        fits = action.parts.get(told.line_id) == told.refunded_fen
    else:
        whole = (action.refund_fen, action.refund_fen + action.compensation_fen)
        fits = told.refunded_fen in whole
    return action if fits and told.refunded_fen else None
