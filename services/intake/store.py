"""Tickets in the database: set-based load and save for the desks that share them.

Each desk has its own transaction. Who needs an order and its tickets locks the order first and
the tickets after it, both sorted; a ticket's version guards every write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from runtime.case import Message
from runtime.database import Row, Tx
from runtime.queries import Queries
from schemas.orders import OrderPlaced
from services.intake.domain.commands import AddMessage, MergeTicket
from services.intake.domain.conversation import Conversation, entry_of
from services.intake.domain.openings import Complaint, Openings
from services.intake.domain.orders import KnownOrder, Track, order_key
from services.intake.domain.ticket import Ticket

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")
_TICKET = (
    "ticket_id", "shop_id", "origin", "external_id", "customer_id", "order_id", "line_id", "state",
    "wait_cause", "wait_since", "opened_at", "messaged_at", "resumed_at", "reopened_at",
    "closed_at", "lane", "merged_into",
)  # fmt: skip
"""Columns of the table in the order that the query `save_tickets` takes them; it takes the
version last."""
Place = tuple[str, str]
"""Shop and order id."""
Name = tuple[str, str, str]
"""Shop, origin and external id of a complaint."""


async def load_openings(
    tx: Tx, keys: Sequence[str], messages: Sequence[Message]
) -> dict[str, Openings]:
    """A case for every key: its order locked (made if nobody told of it), its open tickets
    locked, and the complaints that the messages bring again."""
    named: dict[str, set[Name]] = defaultdict(set)
    first: dict[Name, str] = {}
    places = set()
    for message in messages:
        shop, asked = message.event.shopid, message.event.data
        name = (shop, asked.origin, asked.external_id)
        named[message.key].add(name)
        first.setdefault(name, message.key)
        if asked.order_id is not None:
            places.add((shop, asked.order_id))
    orders = await _orders(tx, sorted(places))
    tickets = await open_tickets(tx, sorted(places))
    known = await _complaints(tx, sorted(first))
    return {
        key: Openings(
            key=key,
            order=orders.get(key),
            tickets=tickets.get(key, {}),
            complaints={name[1:]: known[name] for name in named[key] if name in known},
            elsewhere=frozenset(name[1:] for name in named[key] if first[name] != key),
        )
        for key in keys
    }


async def _orders(tx: Tx, places: Sequence[Place]) -> dict[str, KnownOrder]:
    """Lock the rows of all orders; those that were placed, by case key."""
    if not places:
        return {}
    shops, numbers = [shop for shop, _ in places], [number for _, number in places]
    rows = await tx.fetch(queries.place_and_lock_orders, shops, numbers)
    if len(rows) < len(places):
        rows = await tx.fetch(queries.lock_orders_with_content, shops, numbers)
    return {
        order_key(row["shop_id"], row["order_id"]): KnownOrder(
            OrderPlaced.model_validate_json(row["placed"]), Track.model_validate(row["track"])
        )
        for row in rows
        if row["placed"] is not None
    }


async def open_tickets(tx: Tx, places: Sequence[Place]) -> dict[str, dict[str | None, Ticket]]:
    """Lock the open tickets of the orders; by case key and line."""
    found: dict[str, dict[str | None, Ticket]] = defaultdict(dict)
    if places:
        shops, numbers = [shop for shop, _ in places], [number for _, number in places]
        for row in await tx.fetch(queries.lock_open_tickets, shops, numbers):
            ticket = ticket_of(row)
            found[order_key(row["shop_id"], row["order_id"])][ticket.line_id] = ticket
    return found


async def _complaints(tx: Tx, names: Sequence[Name]) -> dict[Name, Complaint]:
    columns = [[name[part] for name in names] for part in range(3)]
    rows = await tx.fetch(queries.complaints, *columns)
    return {
        (row["shop_id"], row["origin"], row["external_id"]): Complaint(**dict(row)) for row in rows
    }


async def save_openings(tx: Tx, cases: Sequence[Openings]) -> int:
    """Write the tickets and complaints of all cases; 0 when one of them was there already."""
    tickets = [ticket for case in cases for ticket in case.moved.values()]
    taken = [complaint for case in cases for complaint in case.taken]
    written = await save_tickets(tx, tickets)
    noted = await tx.execute(
        queries.save_complaints,
        [c.shop_id for c in taken],
        [c.origin for c in taken],
        [c.external_id for c in taken],
        [c.ticket_id for c in taken],
        [c.joined for c in taken],
        [c.digest for c in taken],
    )
    return len(cases) if (written, noted) == (len(tickets), len(taken)) else 0


async def load_conversations(
    tx: Tx, keys: Sequence[str], messages: Sequence[Message]
) -> dict[str, Conversation]:
    """Tickets, locked, with those of their entries that the messages bring again, and the tickets
    that they may be merged into, locked too."""
    merging = [
        (m.key, m.event.data.into) for m in messages if isinstance(m.event.data, MergeTicket)
    ]
    tickets = await load_tickets(tx, sorted({*keys, *(into for _, into in merging)}), messages)
    asked = [(m.key, entry) for m in messages if (entry := entry_of(m.event.data)) is not None]
    entries: dict[str, dict[str, str]] = defaultdict(dict)
    if asked:
        columns = [key for key, _ in asked], [entry for _, entry in asked]
        for row in await tx.fetch(queries.entries, *columns):
            entries[row["ticket_id"]][row["entry"]] = row["digest"]
    written = {m.key for m in messages if isinstance(m.event.data, AddMessage)}
    closed = [key for key in sorted(written) if key in tickets and _may_reopen(tickets[key])]
    successors = await _successors(tx, closed)
    others = _others(merging, tickets)
    return {
        key: Conversation(tickets[key], entries.get(key, {}), successors.get(key), others[key])
        for key in keys
        if key in tickets
    }


def _others(
    merging: Sequence[tuple[str, str]], tickets: Mapping[str, Ticket]
) -> Mapping[str, Mapping[str, Ticket]]:
    """What each ticket may be merged into. One that this batch would merge itself counts as
    merged: else two could go on in each other."""
    leaving = dict(merging)
    found: dict[str, dict[str, Ticket]] = defaultdict(dict)
    for key, into in merging:
        if into in tickets:
            other = tickets[into]
            found[key][into] = replace(other, merged_into=leaving.get(into, other.merged_into))
    return found


def _may_reopen(ticket: Ticket) -> bool:
    return ticket.state == "closed" and ticket.order_id is not None


async def _successors(tx: Tx, closed: Collection[str]) -> dict[str, str]:
    """Which ticket is open in place of each closed one; of several closed tickets of one line
    only the first may reopen in this batch."""
    if not closed:
        return {}
    found: dict[str, str] = {}
    heirs: dict[tuple[str, str, str | None], str] = {}
    for row in await tx.fetch(queries.successors, list(closed)):
        line = (row["shop_id"], row["order_id"], row["line_id"])
        heir = heirs.setdefault(line, row["successor"] or row["ticket_id"])
        if heir != row["ticket_id"]:
            found[row["ticket_id"]] = heir
    return found


async def save_conversations(tx: Tx, cases: Sequence[Conversation]) -> int:
    """Write tickets and new entries; counts the tickets written."""
    noted = [
        (case.ticket.ticket_id, entry, digest)
        for case in cases
        for entry, digest in case.noted.items()
    ]
    if noted:
        columns = [[row[part] for row in noted] for part in range(3)]
        await tx.execute(queries.save_entries, *columns)
    return await save_tickets(tx, [case.ticket for case in cases])


async def load_tickets(
    tx: Tx, keys: Sequence[str], messages: Sequence[Message]
) -> dict[str, Ticket]:
    """Tickets by id, locked; unknown ones are absent."""
    rows = await tx.fetch(queries.lock_tickets, list(keys))
    return {row["ticket_id"]: ticket_of(row) for row in rows}


async def save_tickets(tx: Tx, tickets: Sequence[Ticket]) -> int:
    """Insert and update tickets guarded by their version; returns how many were written."""
    columns = [[getattr(ticket, name) for ticket in tickets] for name in _TICKET]
    versions = [ticket.version + 1 for ticket in tickets]
    return await tx.execute(queries.save_tickets, *columns, versions)


def ticket_of(row: Row) -> Ticket:
    """A row of the table as a ticket."""
    return Ticket(**{name: row[name] for name in _TICKET}, version=row["version"])


async def load_nothing(tx: Tx, keys: Sequence[str], messages: Sequence[Message]) -> dict[str, None]:
    """For the desk that only passes on: it keeps no cases."""
    return {}


async def save_nothing(tx: Tx, cases: Sequence[None]) -> int:
    """Never called with a case, for that desk's rule returns none."""
    return len(cases)
