"""Reads what a forecast is made from, in one snapshot and without holding anybody up. Called by
`__main__`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from runtime.database import UNHURRIED_S, Database
from runtime.queries import Queries
from services.sla.domain.forecast.course import Watched

queries = Queries.load(Path(__file__).parents[1] / "sql" / "forecasting.sql")
HISTORY = timedelta(days=14)
TICKETS_SOON, HISTORY_CLOCKS = 50_000, 60_000
"""At most so many tickets by deadline are looked at, and about so many clocks are learned from."""
OPEN = ("pending", "paused")
_WATCHED = len(Watched._fields)


class NothingStoredError(Exception):
    """The database has no clocks."""


class Source(NamedTuple):
    """Where the tables are. `variables` make the business clock of a session run scaled;
    `by_youngest`: now is when anything was told last."""

    url: str
    variables: Mapping[str, str]
    by_youngest: bool = False


class Read(NamedTuple):
    """`sampled` clocks are learned from, each standing for `parts`; `besides` are due soon and
    are of other tickets. `cut`: more tickets are due soon than were read."""

    now: datetime
    since: datetime
    sampled: list[Watched]
    besides: list[Watched]
    parts: int
    cut: bool


async def read(source: Source, horizon: timedelta) -> Read:
    """Raises DatabaseAwayError, NothingStoredError."""
    database = await Database.connect(
        source.url,
        name="aftercare-sla-forecast",
        pool=1,
        variables=dict(source.variables),
        patience_s=UNHURRIED_S,
    )
    try:
        async with database.transaction() as tx:
            await tx.script(queries.begin_forecast)
            if not await tx.value(queries.clocks_are_there):
                raise NothingStoredError("there are no clocks in this database")
            await tx.value(queries.enter_sla)
            [(clock_now, youngest)] = await tx.fetch(queries.forecast_now, source.by_youngest)
            now: datetime = youngest or clock_now
            rows = await tx.fetch(
                queries.watched_clocks,
                now,
                now - HISTORY,
                now + horizon,
                TICKETS_SOON,
                HISTORY_CLOCKS,
            )
    finally:
        await database.close()
    sampled: list[Watched] = []
    besides: list[Watched] = []
    for row in rows:
        (sampled if row["sampled"] else besides).append(Watched._make(tuple(row)[:_WATCHED]))
    parts = rows[0]["parts"] if rows else 1
    until = now + horizon
    soon = {w.ticket_id for w in (*sampled, *besides) if w.state in OPEN and _due(w, now, until)}
    return Read(now, now - HISTORY, sampled, besides, parts, len(soon) >= TICKETS_SOON)


def _due(watched: Watched, now: datetime, until: datetime) -> bool:
    return watched.due_at is not None and now < watched.due_at <= until
