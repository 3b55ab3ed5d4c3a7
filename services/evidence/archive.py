"""Reads the archive for verification: rows as they are, each call in a short transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from runtime.database import Database, Row
from runtime.queries import Queries
from services.evidence.domain.checks import StoredItem
from services.evidence.domain.head import Head, SignedHead
from services.evidence.domain.segment import Place

queries = Queries.load(Path(__file__).parent / "sql" / "verifying.sql")

ANY_SIZE = -(2**63)


@dataclass(frozen=True, slots=True)
class LogState:
    """The log as its one row says."""

    log: UUID
    size: int
    frontier: bytes


@dataclass(frozen=True, slots=True)
class StoredTile:
    """A tile as it is found."""

    level: int
    number: int
    hashes: bytes
    root: bytes


class Archive:
    """The tables of evidence, read only."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def state(self) -> LogState:
        """Size and frontier of the log. Raises LookupError before the service's first start."""
        rows = await self._rows(queries.log_state)
        if not rows:
            raise LookupError("there is no log yet: the service has never run here")
        row = rows[0]
        return LogState(row["log"], row["tree_size"], row["frontier"])

    async def keys(self) -> dict[str, bytes]:
        """Public keys by their id."""
        return {row["key_id"]: row["public_key"] for row in await self._rows(queries.keys)}

    async def heads(self, log: UUID, from_size: int = ANY_SIZE) -> list[SignedHead]:
        """Signed heads of at least that size, smallest first."""
        return [_head(log, row) for row in await self._rows(queries.heads, from_size)]

    async def newest_head(self, log: UUID) -> SignedHead | None:
        """The head with most leaves."""
        rows = await self._rows(queries.newest_head)
        return _head(log, rows[0]) if rows else None

    async def items_of_ticket(self, ticket: str) -> list[StoredItem]:
        """The ticket's own items and those of every dossier linked to it, by leaf."""
        return [_item(row) for row in await self._rows(queries.items_of_ticket, ticket)]

    async def items(self, start: int, end: int) -> list[StoredItem]:
        """Items by leaf."""
        return [_item(row) for row in await self._rows(queries.items_from, start, end)]

    async def links_of_ticket(self, ticket: str) -> set[str]:
        """Dossiers linked to a ticket."""
        return {row["key"] for row in await self._rows(queries.links_of_ticket, ticket)}

    async def links_of_tickets(self, tickets: Sequence[str]) -> set[tuple[str, str]]:
        """(ticket, dossier) pairs."""
        rows = await self._rows(queries.links_of_tickets, list(tickets))
        return {(row["ticket_id"], row["key"]) for row in rows}

    async def unsettled_files(self, ticket: str) -> list[tuple[str, str]]:
        """Files of a ticket that have no leaf, with their state."""
        rows = await self._rows(queries.unsettled_files, ticket)
        return [(row["sha256"], row["state"]) for row in rows]

    async def count_items(self, below: int) -> int:
        """How many leaves before that number have their item."""
        count: int = (await self._rows(queries.count_items, below))[0]["count"]
        return count

    async def archived_twice(self) -> list[tuple[UUID, int]]:
        """Events with more than one leaf."""
        rows = await self._rows(queries.archived_twice)
        return [(row["event_id"], row["times"]) for row in rows]

    async def tiles(self, level: int, start: int, end: int) -> list[StoredTile]:
        """Tiles of a level by number."""
        rows = await self._rows(queries.tiles_between, level, start, end)
        return [StoredTile(r["level"], r["number"], r["hashes"], r["root"]) for r in rows]

    async def _rows(self, sql: str, *values: object) -> Sequence[Row]:
        async with self.database.transaction() as tx:
            return await tx.fetch(sql, *values)


def _head(log: UUID, row: Row) -> SignedHead:
    head = Head(log, row["tree_size"], row["root"], row["signed_at"])
    return SignedHead(head, row["key_id"], row["signature"])


def _item(row: Row) -> StoredItem:
    return StoredItem(
        leaf_index=row["leaf_index"],
        leaf_hash=row["leaf_hash"],
        key=row["key"],
        ticket_id=row["ticket_id"],
        shop_id=row["shop_id"],
        kind=row["kind"],
        event_id=row["event_id"],
        type=row["type"],
        place=Place(row["segment"], row["start"], row["length"]),
        archived_at=row["archived_at"],
    )
