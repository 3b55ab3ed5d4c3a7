"""Reads stored tickets in one snapshot, some at a time; nobody waits for it. Called by `run`."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from runtime.database import UNHURRIED_S, Database, Row, Tx
from runtime.queries import Queries
from services.sla.audit.case import StoredCase
from services.sla.audit.versions import Versions

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")
PATIENT = {"idle_in_transaction_session_timeout": "0"}
"""Whoever keeps the snapshot waits for the others."""
_SNAPSHOT = re.compile(r"[0-9A-Fa-f-]+")


class NothingStoredError(Exception):
    """The database has no clocks, or none of that ticket."""


class Source(NamedTuple):
    """Where the tables are. `variables` make the business clock of a session run scaled."""

    url: str
    variables: Mapping[str, str]
    snapshot: str | None = None


class Range(NamedTuple):
    """Tickets after one and up to another."""

    after: str
    until: str


@asynccontextmanager
async def reading(source: Source) -> AsyncIterator[Tx]:
    """A transaction that sees one moment, that of `snapshot` where it is named, and can change
    nothing. Raises DatabaseAwayError, NothingStoredError."""
    database = await Database.connect(
        source.url,
        name="aftercare-sla-audit",
        pool=1,
        variables={**source.variables, **PATIENT},
        patience_s=UNHURRIED_S,
    )
    try:
        async with database.transaction() as tx:
            await tx.script(queries.begin_reading)
            if source.snapshot is not None:
                await tx.script(_named(source.snapshot))
            if not await tx.value(queries.is_there):
                raise NothingStoredError("there are no clocks in this database")
            await tx.value(queries.enter)
            yield tx
    finally:
        await database.close()


def _named(snapshot: str) -> str:
    if not _SNAPSHOT.fullmatch(snapshot):
        raise ValueError(f"{snapshot} is no name of a snapshot")
    return queries.join_reading.replace("the_snapshot", snapshot)


async def share(tx: Tx) -> str:
    """The name of this transaction's snapshot; good while it lasts."""
    name: str = await tx.value(queries.share_reading)
    return name


async def time_of(tx: Tx) -> tuple[datetime, datetime | None]:
    """Business time now, and when anything was told last."""
    [(now, youngest)] = await tx.fetch(queries.now)
    return now, youngest


async def versions_of(tx: Tx) -> Versions:
    """All versions of policy and calendars that were ever used."""
    found: dict[str, dict[str, Any]] = {"sla": {}, "calendars": {}}
    for name, version, body in await tx.fetch(queries.versions):
        found[name][version] = body
    return Versions(found["sla"], found["calendars"])


async def ranges_of(tx: Tx, tickets: int) -> list[Range]:
    """All tickets, so many at a time; also those of which there are only clocks or events."""
    borders = [row[0] for row in await tx.fetch(queries.borders, tickets)]
    return [Range(*pair) for pair in zip(["", *borders], borders, strict=False)]


async def cases_of(tx: Tx, wanted: Range) -> list[StoredCase]:
    """All that is stored of these tickets."""
    ends = (wanted.after, wanted.until)
    return _gathered(
        await tx.fetch(queries.cases, *ends),
        await tx.fetch(queries.clocks, *ends),
        await tx.fetch(queries.clock_events, *ends),
    )


async def case_of(tx: Tx, ticket: str) -> list[StoredCase]:
    """All that is stored of one ticket; nothing when it is unknown."""
    return _gathered(
        await tx.fetch(queries.case_of, ticket),
        await tx.fetch(queries.clocks_of, ticket),
        await tx.fetch(queries.clock_events_of, ticket),
    )


def _gathered(
    cases: Sequence[Row], clocks: Sequence[Row], events: Sequence[Row]
) -> list[StoredCase]:
    found = {row["ticket_id"]: _stored(row) for row in cases}
    for row in clocks:
        found.setdefault(row["ticket_id"], StoredCase(row["ticket_id"])).clocks.append(row)
    for row in events:
        found.setdefault(row["ticket_id"], StoredCase(row["ticket_id"])).events.append(row)
    return list(found.values())


def _stored(row: Row) -> StoredCase:
    ticket, version, counted_by, ledger, told, armed_at = row
    return StoredCase(ticket, version, counted_by, ledger, told, armed_at, known=True)
