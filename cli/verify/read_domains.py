"""Reads the services' own tables. Called by `collect`, each function in its service's schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cli.verify.domain_facts import (
    Clock,
    Clocks,
    Complaint,
    Delivery,
    Intake,
    Ladder,
    Notifier,
    Ticket,
    Told,
)
from runtime.database import Tx
from runtime.queries import Queries

queries = Queries.load(Path(__file__).parent / "sql" / "domains.sql")


async def read_intake(tx: Tx) -> Intake:
    """Complaints and tickets."""
    return Intake(
        [Complaint(*row) for row in await tx.fetch(queries.complaints)],
        [Ticket(*row) for row in await tx.fetch(queries.tickets)],
    )


async def read_clocks(tx: Tx, brought_in: Mapping[str, datetime]) -> Clocks:
    """Clocks, what was told of them, and the timers that wake them; each ticket's earliest.

    What was told of tickets before they were brought in is marked as such.
    """
    until = list(brought_in), list(brought_in.values())
    return Clocks(
        [Clock(*row) for row in await tx.fetch(queries.clocks)],
        [Told(*row) for row in await tx.fetch(queries.clock_events, *until)],
        dict(await tx.fetch(queries.clock_timers)),
        dict(await tx.fetch(queries.armed_cases)),
    )


async def read_notifier(tx: Tx, settled_s: float) -> Notifier:
    """The delivery ledger (what was planned at `settled_s`, wall time, or later is young) and the
    ladders."""
    rows = await tx.fetch(queries.notifications, settled_s)
    return Notifier(
        [Delivery(*row)._replace(trail=tuple(row["trail"])) for row in rows],
        [Ladder(*row) for row in await tx.fetch(queries.ladders)],
    )


async def open_deliveries(tx: Tx) -> int:
    """How many notifications are still to be sent or asked about, and could be."""
    count: int = await tx.value(queries.notifications_open)
    return count


async def unannounced_leaves(tx: Tx) -> int:
    """How many leaves of the evidence log are under no head that was announced."""
    count: int = await tx.value(queries.leaves_unannounced)
    return count
