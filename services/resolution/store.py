"""Loads and saves settlements, set-based. Called by the runtime for the desk `settlements`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runtime.case import Message
from runtime.database import Row, Tx
from runtime.queries import Queries
from schemas.orders import OrderPlaced, RefundCompleted
from schemas.tickets import TicketOpened, TicketReopened
from services.resolution.domain import (
    MoneyAction,
    Refund,
    ResolveTicket,
    Settlement,
    Ticket,
)

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")
ABOUT_TICKETS = (ResolveTicket, TicketOpened, TicketReopened)
WITH_A_RULE = (OrderPlaced, RefundCompleted, *ABOUT_TICKETS)


async def load(tx: Tx, keys: Sequence[str], messages: Sequence[Message]) -> dict[str, Settlement]:
    """Settlements of the messages that have a rule, locked.

    A decision and a reopening name their ticket only: here their key becomes that of the
    settlement that holds the ticket. A ticket never moves to another one, so the key found once
    stays right; a message whose ticket is unknown keeps its stand-in key and finds no case.
    """
    concerned = [m for m in messages if isinstance(m.event.data, WITH_A_RULE)]
    given = set(keys)
    wanted = {m.key for m in concerned if m.key in given}
    wanted |= await _settle_keys(tx, concerned)
    if not wanted:
        return {}
    rows = await tx.fetch(queries.lock_settlements, sorted(wanted))
    found = [row["key"] for row in rows]
    if not found:
        return {}
    tickets = _by_key(await tx.fetch(queries.tickets, found))
    actions = _by_key(await tx.fetch(queries.actions, found))
    refunds = _by_key(await tx.fetch(queries.refunds, found))
    return {
        row["key"]: _settlement(
            row,
            tickets.get(row["key"], []),
            actions.get(row["key"], []),
            refunds.get(row["key"], []),
        )
        for row in rows
    }


async def _settle_keys(tx: Tx, messages: Sequence[Message]) -> set[str]:
    """Give messages about known tickets the key of their settlement; returns those keys."""
    about = [m for m in messages if isinstance(m.event.data, ABOUT_TICKETS)]
    if not about:
        return set()
    rows = await tx.fetch(
        queries.keys_of_tickets, [m.event.shopid for m in about], [m.event.subject for m in about]
    )
    known = {(row["shop_id"], row["ticket_id"]): row["key"] for row in rows}
    settled = set()
    for message in about:
        key = known.get((message.event.shopid, message.event.subject))
        if key is not None:
            message.key = key
            settled.add(key)
    return settled


async def save(tx: Tx, cases: Sequence[Settlement]) -> int:
    """Write settlements and what belongs to them; the number of settlements written."""
    written = await tx.execute(
        queries.save_settlements,
        [c.key for c in cases],
        [c.shop_id for c in cases],
        [c.order_id for c in cases],
        [None if c.lines is None else json.dumps(dict(c.lines)) for c in cases],
        [c.placed for c in cases],
        [c.reported_fen for c in cases],
        [c.version + 1 for c in cases],
    )
    await _save_tickets(tx, [(c, t) for c in cases for t in c.tickets.values()])
    await _save_actions(tx, [(c, a) for c in cases for a in c.actions.values()])
    await _save_refunds(tx, [(c, r) for c in cases for r in c.refunds.values()])
    return written


async def _save_tickets(tx: Tx, tickets: Sequence[tuple[Settlement, Ticket]]) -> None:
    if tickets:
        await tx.execute(
            queries.save_tickets,
            [c.key for c, _ in tickets],
            [t.ticket_id for _, t in tickets],
            [c.shop_id for c, _ in tickets],
            [t.line_id for _, t in tickets],
            [t.language for _, t in tickets],
            [t.open_since for _, t in tickets],
            [t.resolved_at for _, t in tickets],
        )


async def _save_actions(tx: Tx, actions: Sequence[tuple[Settlement, MoneyAction]]) -> None:
    if actions:
        await tx.execute(
            queries.save_actions,
            [a.action_id for _, a in actions],
            [c.key for c, _ in actions],
            [c.shop_id for c, _ in actions],
            [c.order_id for c, _ in actions],
            [a.ticket_id for _, a in actions],
            [json.dumps(dict(a.parts)) for _, a in actions],
            [a.refund_fen for _, a in actions],
            [a.compensation_fen for _, a in actions],
            ["in_flight" if a.completed_at is None else "completed" for _, a in actions],
            [a.decided_at for _, a in actions],
            [a.completed_at for _, a in actions],
        )


async def _save_refunds(tx: Tx, refunds: Sequence[tuple[Settlement, Refund]]) -> None:
    if refunds:
        await tx.execute(
            queries.save_refunds,
            [c.key for c, _ in refunds],
            [r.refund_id for _, r in refunds],
            [r.line_id for _, r in refunds],
            [r.refunded_fen for _, r in refunds],
            [r.initiator for _, r in refunds],
            [r.refunded_at for _, r in refunds],
            [r.action_id for _, r in refunds],
            [r.ticket_id for _, r in refunds],
        )


def _by_key(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["key"], []).append(row)
    return found


def _settlement(
    row: Row, tickets: Sequence[Row], actions: Sequence[Row], refunds: Sequence[Row]
) -> Settlement:
    return Settlement(
        key=row["key"],
        shop_id=row["shop_id"],
        order_id=row["order_id"],
        lines=row["lines"],
        placed=row["placed"],
        reported_fen=row["reported_fen"],
        tickets={t["ticket_id"]: Ticket(**_rest(t)) for t in tickets},
        actions={a["action_id"]: MoneyAction(**_rest(a)) for a in actions},
        refunds={r["refund_id"]: Refund(**_rest(r)) for r in refunds},
        version=row["version"],
    )


def _rest(row: Row) -> dict[str, Any]:
    """The columns of a row without its settlement's key."""
    return {name: value for name, value in row.items() if name != "key"}
