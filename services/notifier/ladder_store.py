"""Loads and saves the ladders of tickets, within the transaction and under the locks of `store`,
and finds one for the HTTP interface.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from runtime.database import Database, Row, Tx
from services.notifier.domain.escalation import Ladder
from services.notifier.domain.ticket import TicketCase
from services.notifier.sql_text import queries

_NUMBER = re.compile(r"[0-9a-f]{12}", re.ASCII)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class Named(NamedTuple):
    """A ladder and the ticket on whose desk it stands."""

    escalation: UUID
    ticket_id: str


async def load(tx: Tx, tickets: Sequence[str]) -> dict[str, dict[UUID, Ladder]]:
    """The ladders of these tickets; asks for nothing if there are none."""
    found: dict[str, dict[UUID, Ladder]] = {ticket: {} for ticket in tickets}
    if tickets:
        for row in await tx.fetch(queries.load_ladders, list(tickets)):
            ladder = _ladder(row)
            found[row["ticket_id"]][ladder.id] = ladder
    return found


async def save(tx: Tx, cases: Sequence[TicketCase]) -> None:
    """Write the ladders that changed; their tickets are written already."""
    moved = [(case, case.ladders[each]) for case in cases for each in sorted(case.moved)]
    if not moved:
        return
    ladders = [ladder for _, ladder in moved]
    await tx.execute(
        queries.save_ladders,
        [each.id for each in ladders],
        [case.shop_id for case, _ in moved],
        [case.ticket_id for case, _ in moved],
        [each.clock for each in ladders],
        [each.generation for each in ladders],
        [each.level for each in ladders],
        [each.problem_class for each in ladders],
        [each.cause for each in ladders],
        [each.due_at for each in ladders],
        [each.since_at for each in ladders],
        [each.raised_at for each in ladders],
        [each.state for each in ladders],
        [each.told for each in ladders],
        [each.stepped_at for each in ladders],
        [",".join(each.people) for each in ladders],
        [each.by for each in ladders],
        [each.ended_at for each in ladders],
        [each.occasion for each in ladders],
    )


async def find(database: Database, shop_id: str, name: str) -> Named | None:
    """A shop's ladder by its id, or by the number of one of its messages (12 hex digits); None if
    the shop has no such one. Raises DatabaseAwayError."""
    async with database.single() as tx:
        if _NUMBER.fullmatch(name):
            span = UUID(name.ljust(32, "0")), UUID(name.ljust(32, "f"))
            rows = await tx.fetch(queries.escalation_by_number, *span, shop_id)
        elif _ID.fullmatch(name):
            rows = await tx.fetch(queries.escalation_by_id, UUID(name), shop_id)
        else:
            return None
    return Named(*rows[0]) if len(rows) == 1 else None


def _ladder(row: Row) -> Ladder:
    # By position: the statement selects in the order of the fields, after the ticket.
    values: tuple[Any, ...] = (*row[1:13], tuple(row["people"]), *row[14:])
    return Ladder(*values)
