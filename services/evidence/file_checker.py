"""Looks for the files that tickets name: reads them whole, then tells the desk what it found.

A part of the service beside its desks: reading a file must not hold a transaction open. Several
instances share the work; a dead one's files are taken over after a minute.
"""

from __future__ import annotations

import asyncio

from runtime.clock import derived_id, wall_now
from runtime.database import Database, Row
from runtime.gate import Gate
from runtime.health import Health
from runtime.steady import Steady
from schemas.envelope import Envelope
from services.evidence.blobs import Blobs, Look
from services.evidence.domain.dossier import FileChecked
from services.evidence.sql_text import queries

AT_ONCE = 20
LOOK_EVERY_S = 0.25
SOURCE = "aftercare/evidence"


class FileChecker:
    """Brings wanted files and the object store together."""

    def __init__(
        self, database: Database, blobs: Blobs, gate: Gate, max_bytes: int, health: Health
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._gate = gate
        self._max_bytes = max_bytes
        self._steady = Steady("files", self._round, health)

    async def start(self) -> None:
        """Work in the background."""
        self._steady.start()

    async def stop(self) -> None:
        """Stop; files in hand are looked at again later."""
        await self._steady.stop()

    async def _round(self) -> float:
        return 0.0 if await self.step() else LOOK_EVERY_S

    async def step(self) -> int:
        """Look for the files that are due; returns how many."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch(queries.take_wanted, AT_ONCE)
        events = [_event(row, await self._look(row)) for row in rows]
        await asyncio.gather(*(self._gate.submit(e, e.to_json()) for e in events))
        return len(rows)

    async def _look(self, row: Row) -> Look:
        return await self._blobs.look(bytes.fromhex(row["sha256"]), self._max_bytes)


def _event(row: Row, found: Look) -> Envelope[FileChecked]:
    payload = FileChecked(
        ticket_id=row["ticket_id"],
        sha256=row["sha256"],
        media_type=row["media_type"],
        size_bytes=found.size_bytes,
        event_id=row["event_id"],
        outcome=found.outcome,
        tries=row["tries"],
    )
    purpose = f"file/{row['ticket_id']}/{row['sha256']}/{row['tries']}"
    return Envelope[FileChecked](
        id=derived_id(row["event_id"], purpose),
        source=SOURCE,
        type=FileChecked.type_name(),
        time=wall_now(),
        subject=row["ticket_id"],
        shopid=row["shop_id"],
        correlationid=row["correlation"],
        causationid=row["event_id"],
        autoorigin=True,
        data=payload,
    )
