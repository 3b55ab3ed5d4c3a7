"""Loads and saves orders with their tickets and money, a whole batch at a time."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from runtime.case import Message
from runtime.database import Row, Tx
from runtime.queries import Queries
from services.resolution.domain.money import Action, OrderCase, Refund, Share, Ticket

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")


async def load(tx: Tx, keys: Sequence[str], _: Sequence[Message]) -> dict[str, OrderCase]:
    """The stored cases by key, locked; tickets and actions come with them."""
    cases = await tx.fetch(queries.load_cases, list(keys))
    if not cases:
        return {}
    found = [row["key"] for row in cases]
    tickets: dict[str, list[Ticket]] = defaultdict(list)
    for row in await tx.fetch(queries.load_tickets, found):
        tickets[row["case_key"]].append(
            Ticket(row["ticket_id"], row["line_id"], row["opened_at"], row["resolved_at"])
        )
    actions: dict[str, list[Action]] = defaultdict(list)
    for row in await tx.fetch(queries.load_actions, found):
        actions[row["case_key"]].append(_action(row))
    return {row["key"]: _case(row, tickets[row["key"]], actions[row["key"]]) for row in cases}


async def save(tx: Tx, cases: Sequence[OrderCase]) -> int:
    """Write cases back; returns how many cases were at the expected version."""
    written = await tx.execute(
        queries.save_cases,
        [c.key for c in cases],
        [c.shop_id for c in cases],
        [c.order_id for c in cases],
        [None if c.paid is None else _dump_shares(c.paid) for c in cases],
        [json.dumps([_dump_refund(r) for r in c.refunds]) for c in cases],
        [c.version + 1 for c in cases],
    )
    tickets = [(c, t) for c in cases for t in c.tickets]
    if tickets:
        await tx.execute(
            queries.save_tickets,
            [t.ticket_id for _, t in tickets],
            [c.shop_id for c, _ in tickets],
            [c.key for c, _ in tickets],
            [t.line_id for _, t in tickets],
            [t.opened_at for _, t in tickets],
            [t.resolved_at for _, t in tickets],
        )
    for state in ("done", "in_flight"):
        await _save_actions(tx, [(c, a) for c in cases for a in c.actions if a.state == state])
    return written


async def _save_actions(tx: Tx, actions: Sequence[tuple[OrderCase, Action]]) -> None:
    if not actions:
        return
    await tx.execute(
        queries.save_actions,
        [a.action_id for _, a in actions],
        [c.key for c, _ in actions],
        [a.ticket_id for _, a in actions],
        [_dump_shares(a.shares) for _, a in actions],
        [a.refund_fen for _, a in actions],
        [a.compensation_fen for _, a in actions],
        [a.state for _, a in actions],
    )


async def case_of_ticket(tx: Tx, shop_id: str, ticket_id: str) -> str | None:
    """Key of the case that a ticket of this shop belongs to; None when it is not known."""
    key: str | None = await tx.value(queries.case_of_ticket, ticket_id, shop_id)
    return key


def _case(row: Row, tickets: Sequence[Ticket], actions: Sequence[Action]) -> OrderCase:
    return OrderCase(
        row["key"],
        row["shop_id"],
        row["order_id"],
        None if row["paid"] is None else _read_shares(row["paid"]),
        tuple(tickets),
        tuple(actions),
        tuple(_read_refund(each) for each in row["refunds"]),
        row["version"],
    )


def _action(row: Row) -> Action:
    return Action(
        row["action_id"],
        row["ticket_id"],
        _read_shares(row["shares"]),
        row["compensation_fen"],
        row["state"],
    )


def _dump_shares(shares: Sequence[Share]) -> str:
    return json.dumps([[share.line_id, share.fen] for share in shares])


def _read_shares(value: Any) -> tuple[Share, ...]:
    return tuple(Share(line, fen) for line, fen in value)


def _dump_refund(refund: Refund) -> list[Any]:
    at = refund.refunded_at.isoformat()
    return [refund.refund_id, refund.line_id, refund.fen, at, refund.action_id]


def _read_refund(value: Any) -> Refund:
    number, line, fen, at, action = value
    return Refund(number, line, fen, datetime.fromisoformat(at), action)
