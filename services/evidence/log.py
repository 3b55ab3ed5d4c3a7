"""The tamper-evident log in the database: appends leaves in the caller's transaction.

Called by `store`; whoever holds the lock on the one row of `log_head` puts leaves in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from runtime.database import Database, DatabaseAwayError, Row, Tx
from services.evidence.domain.dossier import Item
from services.evidence.domain.merkle import Frontier, leaf_hash
from services.evidence.domain.segment import Place
from services.evidence.sql_text import queries


class LogBrokenError(DatabaseAwayError):
    """The log's own row makes no sense: until it is put right nothing is appended or signed."""


async def begin(database: Database) -> None:
    """Make the log and its keeper's row, once; later calls change nothing."""
    async with database.transaction() as tx:
        await tx.execute(queries.begin_log)
        await tx.execute(queries.begin_keeping)


class LogNow(NamedTuple):
    """The log as it stands; `signed_size` is that of its largest signed head."""

    log: UUID
    frontier: Frontier
    signed_size: int


async def log_now(tx: Tx) -> LogNow:
    """One look at the log. Raises LogBrokenError."""
    row = (await tx.fetch(queries.log_now))[0]
    return LogNow(row["log"], _frontier(row), row["signed_size"])


def _frontier(row: Row) -> Frontier:
    try:
        return Frontier.from_bytes(row["tree_size"], row["frontier"])
    except ValueError as error:
        raise LogBrokenError(str(error)) from error


async def append(
    tx: Tx, items: Sequence[Item], shops: Sequence[str], places: Sequence[Place]
) -> Frontier:
    """Add a leaf for every item, in this order, and the links they are the ground of.

    The records must already be durable at their places. The log is locked until the transaction
    ends, so do it last.
    """
    leaves = [leaf_hash(item.record.body) for item in items]
    row = (await tx.fetch(queries.lock_log))[0]
    before = _frontier(row)
    after = before.extended(leaves)
    await tx.execute(queries.move_log, after.size, after.to_bytes())
    await _add_items(tx, before.size, leaves, items, shops, places)
    await _add_links(tx, before.size, items)
    return after


async def _add_items(
    tx: Tx,
    first: int,
    leaves: Sequence[bytes],
    items: Sequence[Item],
    shops: Sequence[str],
    places: Sequence[Place],
) -> None:
    await tx.execute(
        queries.add_items,
        first,
        leaves,
        [item.key for item in items],
        [item.ticket_id for item in items],
        shops,
        [item.kind for item in items],
        [item.record.event_id for item in items],
        [item.record.type for item in items],
        [item.record.correlation for item in items],
        [place.digest for place in places],
        [place.start for place in places],
        [place.length for place in places],
    )


async def _add_links(tx: Tx, first: int, items: Sequence[Item]) -> None:
    links = [
        (dossier, ticket, first + number, item.record.correlation)
        for number, item in enumerate(items)
        for dossier, ticket in item.links
    ]
    if links:
        await tx.execute(queries.add_links, *(list(column) for column in zip(*links, strict=True)))
