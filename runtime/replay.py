"""Brings dead letters back that somebody asked for: they wait in the parking like any message that
is tried again, the last of their key. Called by `ticker` through the applier.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runtime.case import Desk
from runtime.database import Database, Row
from runtime.dead_letters import FIELD, SHOP
from runtime.inbox import digest_of
from runtime.logs import logger
from runtime.sealed import SealBrokenError, Sealer
from runtime.sql_text import queries
from runtime.timers import kept_event
from schemas.envelope import Envelope, UnreadableEventError
from schemas.rules import TimerFired
from schemas.values import Sealed

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class _Letter:
    """A dead letter that can be read."""

    row: Row
    raw: bytes
    event: Envelope[Any]


async def bring_back(database: Database, sealer: Sealer, desk: Desk[Any], limit: int) -> int:
    """Put up to `limit` letters that were asked back into the line again; how many were looked at.

    Asking twice brings back once. What still cannot be read stays dead and is asked for no longer.
    """
    async with database.single() as tx:
        rows = await tx.fetch(queries.asked_back, desk.name, limit)
    if not rows:
        return 0
    letters = _readable(rows, await _opened(sealer, rows))
    known = {letter.row["id"] for letter in letters}
    hopeless = [row["id"] for row in rows if row["id"] not in known]
    async with database.transaction() as tx:
        back = await tx.fetch(
            queries.bring_back,
            desk.name,
            [one.row["id"] for one in letters],
            [one.event.id for one in letters],
            [_key(desk, one) for one in letters],
            [one.row["topic"] for one in letters],
            [one.row["part"] for one in letters],
            [one.row["pos"] for one in letters],
            [digest_of(one.raw) for one in letters],
            [one.raw for one in letters],
            [one.row["traceparent"] for one in letters],
        )
        await tx.execute(queries.leave_dead, desk.name, hopeless)
    log.info("dead letters brought back", desk=desk.name, back=len(back), unreadable=len(hopeless))
    return len(rows)


def _key(desk: Desk[Any], letter: _Letter) -> str:
    """In whose line it waits; a timer names its case itself."""
    event = letter.event
    return event.data.case_key if isinstance(event.data, TimerFired) else desk.key_of(event)


async def _opened(sealer: Sealer, rows: Sequence[Row]) -> list[bytes | None]:
    """Their bytes; one box that does not open leaves the others as they are."""
    return [await _bytes_of(sealer, row) for row in rows]


async def _bytes_of(sealer: Sealer, row: Row) -> bytes | None:
    sealed = Sealed(key=row["raw_key"], box=row["raw_box"])
    try:
        (text,) = await sealer.open_many(SHOP, [(FIELD, f"{FIELD}/{row['id']}", sealed)])
    except SealBrokenError as error:
        log.error("dead letter does not open", letter=str(row["id"]), cause=str(error))
        return None
    return None if text is None else base64.b64decode(text)


def _readable(rows: Sequence[Row], raws: Sequence[bytes | None]) -> list[_Letter]:
    found = []
    for row, raw in zip(rows, raws, strict=True):
        try:
            found.append(_Letter(row, raw or b"", kept_event(row["topic"], raw or b"")))
        except UnreadableEventError as error:
            log.warning("dead letter stays dead", letter=str(row["id"]), cause=error.reason)
    return found
