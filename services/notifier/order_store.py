"""Loads and saves the orders of a batch and plans their care. Called by the runtime through the
desk in `app.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from runtime.case import Message
from runtime.database import Tx
from schemas.rules import TimerFired
from services.notifier import ledger
from services.notifier.bell import Bell
from services.notifier.domain.order import OrderCase, OrderFacts
from services.notifier.sql_text import queries
from services.notifier.store import traces_of


async def load(tx: Tx, keys: Sequence[str], messages: Sequence[Message]) -> dict[str, OrderCase]:
    """A case for every order in hand: those without a row come as new ones."""
    rows = {row["key"]: row for row in await tx.fetch(queries.load_orders, list(keys))}
    traces = traces_of(messages)
    firing = {m.key for m in messages if isinstance(m.event.data, TimerFired)}
    disputed = await _disputed(tx, [rows[key] for key in sorted(firing & set(rows))])
    cases: dict[str, OrderCase] = {}
    events = {message.key: message.event for message in messages}
    for key in keys:
        row, event = rows.get(key), events[key]
        if row is None:
            cases[key] = OrderCase(key, event.shopid, event.subject, traces=traces[key])
            continue
        cases[key] = OrderCase(
            key=key,
            shop_id=row["shop_id"],
            order_id=row["order_id"],
            facts=OrderFacts.model_validate_json(row["facts"]),
            version=row["version"],
            traces=traces[key],
            disputed=key in disputed,
        )
    return cases


async def save(bell: Bell, tx: Tx, cases: Sequence[OrderCase]) -> int:
    """Write the orders and plan their notices; returns how many orders were written."""
    written = await tx.execute(
        queries.save_orders,
        [case.key for case in cases],
        [case.shop_id for case in cases],
        [case.order_id for case in cases],
        [case.facts.model_dump_json(exclude_defaults=True) for case in cases],
        [case.version + 1 for case in cases],
    )
    if written == len(cases):
        await ledger.plan(tx, bell, [notice for case in cases for notice in case.planned])
    return written


async def _disputed(tx: Tx, rows: Sequence[dict[str, str]]) -> set[str]:
    """Keys of those orders about which a complaint is open. Care alone asks, when it fires."""
    if not rows:
        return set()
    found = await tx.fetch(
        queries.disputed_orders,
        [row["shop_id"] for row in rows],
        [row["order_id"] for row in rows],
    )
    pairs = {(row["shop_id"], row["order_id"]) for row in found}
    return {row["key"] for row in rows if (row["shop_id"], row["order_id"]) in pairs}
