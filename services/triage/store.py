"""Loads and saves triaged tickets, set-based. Called by the runtime for the desk `tickets`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from runtime.case import Message
from runtime.database import Row, Tx
from runtime.queries import Queries
from services.triage.domain import TicketTriage
from services.triage.domain.picture import Picture

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")
COLUMNS = tuple(field.name for field in fields(TicketTriage))
_AS_THEY_ARE = [name for name in COLUMNS if name not in ("version", "picture", "sighting")]


async def load(tx: Tx, keys: Sequence[str], messages: Sequence[Message]) -> dict[str, TicketTriage]:
    """Cases of tickets, locked; those that were never triaged are absent."""
    rows = await tx.fetch(queries.load_triage, list(keys))
    return {row["ticket_id"]: _case(row) for row in rows}


async def save(tx: Tx, cases: Sequence[TicketTriage]) -> int:
    """Write the cases, and what the cluster alarm is to count; the number of cases written."""
    seen = [case for case in cases if case.sighting is not None]
    if seen:
        shops = [case.shop_id for case in seen]
        bodies = [case.sighting.model_dump_json() for case in seen if case.sighting is not None]
        await tx.execute(queries.note_sightings, shops, bodies)
    return await tx.execute(
        queries.save_triage,
        *[[getattr(case, name) for case in cases] for name in _AS_THEY_ARE],
        [case.version + 1 for case in cases],
        [case.picture and json.dumps(case.picture.as_json()) for case in cases],
    )


def _case(row: Row) -> TicketTriage:
    picture = row["picture"]
    return TicketTriage(
        **{name: row[name] for name in _AS_THEY_ARE},
        version=row["version"],
        picture=None if picture is None else Picture.from_json(picture),
    )
