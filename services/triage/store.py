"""Loads and saves triaged tickets, set-based. Called by the runtime for the desk `tickets`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from runtime.case import Message
from runtime.database import Tx
from runtime.queries import Queries
from schemas.tickets import TicketOpened
from services.triage.domain import TicketTriage

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")
COLUMNS = tuple(field.name for field in fields(TicketTriage))


async def load(tx: Tx, keys: Sequence[str], messages: Sequence[Message]) -> dict[str, TicketTriage]:
    """Cases of the tickets that open in this batch, locked; other events need no case."""
    opening = {m.key for m in messages if isinstance(m.event.data, TicketOpened)}
    wanted = [key for key in keys if key in opening]
    if not wanted:
        return {}
    rows = await tx.fetch(queries.load_triage, wanted)
    return {row["ticket_id"]: TicketTriage(**{name: row[name] for name in COLUMNS}) for row in rows}


async def save(tx: Tx, cases: Sequence[TicketTriage]) -> int:
    """Write the cases; the number of rows written."""
    written = [replace(case, version=case.version + 1) for case in cases]
    return await tx.execute(
        queries.save_triage, *[[getattr(case, name) for case in written] for name in COLUMNS]
    )
