"""Loads and saves the tickets of a batch and plans what their rules want said. Called by the
runtime through the desk in `app.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from runtime.case import Message
from runtime.database import Tx
from schemas.tickets import TicketOpened
from schemas.triage import TriageEvent
from services.notifier import ladder_store, ledger
from services.notifier.bell import Bell
from services.notifier.domain.order import OrderFacts, order_key
from services.notifier.domain.ticket import TicketCase, TicketFacts
from services.notifier.sql_text import queries


async def load(tx: Tx, keys: Sequence[str], messages: Sequence[Message]) -> dict[str, TicketCase]:
    """A case for every ticket in hand: those without a row come as new ones."""
    rows = {row["ticket_id"]: row for row in await tx.fetch(queries.load_tickets, list(keys))}
    traces, shops = traces_of(messages), {m.key: m.event.shopid for m in messages}
    cases = {}
    for key in keys:
        row = rows.get(key)
        if row is None:
            cases[key] = TicketCase(key, shops[key], traces=traces[key])
            continue
        cases[key] = TicketCase(
            ticket_id=key,
            shop_id=row["shop_id"],
            order_id=row["order_id"],
            facts=TicketFacts.model_validate_json(row["facts"]),
            version=row["version"],
            traces=traces[key],
        )
    begun = [key for key, case in cases.items() if case.facts.ladders]
    for key, ladders in (await ladder_store.load(tx, begun)).items():
        cases[key] = replace(cases[key], ladders=ladders)
    return await _with_phones(tx, cases, messages)


async def save(bell: Bell, tx: Tx, cases: Sequence[TicketCase]) -> int:
    """Write the tickets with their ladders and plan their notices; returns how many tickets were
    written."""
    written = await tx.execute(
        queries.save_tickets,
        [case.ticket_id for case in cases],
        [case.shop_id for case in cases],
        [case.order_id for case in cases],
        [case.is_dispute for case in cases],
        [case.facts.model_dump_json(exclude_defaults=True) for case in cases],
        [case.version + 1 for case in cases],
    )
    if written == len(cases):
        await ladder_store.save(tx, cases)
        await ledger.plan(tx, bell, [notice for case in cases for notice in case.planned])
    return written


def traces_of(messages: Sequence[Message]) -> dict[str, dict[UUID, str]]:
    """The trace of each message's event, by case."""
    found: dict[str, dict[UUID, str]] = {}
    for message in messages:
        traces = found.setdefault(message.key, {})
        if message.traceparent is not None:
            traces[message.event.id] = message.traceparent
    return found


async def _with_phones(
    tx: Tx, cases: dict[str, TicketCase], messages: Sequence[Message]
) -> dict[str, TicketCase]:
    """The phone of the order's customer for tickets that have none of their own."""
    wanted: dict[str, str] = {}
    for message in messages:
        data, case = message.event.data, cases.get(message.key)
        if case is None or case.facts.phone is not None:
            continue
        told = isinstance(data, TicketOpened | TriageEvent)
        order_id = case.order_id or (data.order_id if told else None)
        if order_id is not None and not (told and data.contact.phone is not None):
            wanted[message.key] = order_key(case.shop_id, order_id)
    if not wanted:
        return cases
    rows = await tx.fetch(queries.order_facts, sorted(set(wanted.values())))
    orders = {row["key"]: OrderFacts.model_validate_json(row["facts"]) for row in rows}
    for key, order in wanted.items():
        facts = orders.get(order)
        if facts is not None and facts.placed:
            cases[key] = replace(cases[key], order_phone=facts.phone, order_known=True)
    return cases
