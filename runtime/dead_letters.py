"""Dead letters: records that were given up, kept with their sealed bytes and a reason.

The limit keeps a broken rule from emptying a topic into them: when nearly everything fails, the
line stops instead.
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from runtime.case import Draft
from runtime.clock import derived_id, monotonic_s, named_id
from runtime.database import Tx
from runtime.fold import draft
from runtime.inbox import digest_of
from runtime.sealed import Sealer
from runtime.sql_text import queries
from schemas.dead_letters import DeadLettered
from schemas.values import Sealed

SHOP = "aftercare"
FIELD = "dead_letter"
MAX_BOX_ON_BUS = 8192
"""Longer boxes stay in the table; the event tells where they are."""


class LineStoppedError(Exception):
    """So much fails that giving up more would empty the line: wait for the cause to go."""


@dataclass(frozen=True, slots=True)
class DeadRecord:
    """A record to give up. `value` are its raw bytes, `event_id` set when it could be read."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    reason: str
    detail: str
    tries: int = 1
    event_id: UUID | None = None
    traceparent: str | None = None


class DeadLetterLimit:
    """How many dead letters a desk may write: `floor` per window, or `share` of what it applied.

    Counts in this process only, by the second; a restart starts anew with the floor.
    """

    def __init__(self, floor: int, share: float, window_s: int = 600) -> None:
        self._floor = floor
        self._share = share
        self._window_s = window_s
        self._seconds: deque[tuple[int, list[int]]] = deque()
        self._applied = 0
        self._dead = 0

    def count(self, applied: int, dead: int) -> None:
        """So many messages had their effect, so many were given up."""
        if not applied and not dead:
            return
        now = int(monotonic_s())
        if not self._seconds or self._seconds[-1][0] != now:
            self._seconds.append((now, [0, 0]))
        counts = self._seconds[-1][1]
        counts[0] += applied
        counts[1] += dead
        self._applied += applied
        self._dead += dead

    def room(self, applying: int = 0) -> int:
        """How many more may be given up now, together with `applying` good ones; not negative."""
        oldest = int(monotonic_s()) - self._window_s
        while self._seconds and self._seconds[0][0] < oldest:
            applied, dead = self._seconds.popleft()[1]
            self._applied -= applied
            self._dead -= dead
        allowed = max(self._floor, int((self._applied + applying) * self._share))
        return max(0, allowed - self._dead)


async def bury(
    tx: Tx,
    sealer: Sealer,
    service: str,
    desk: str,
    records: Sequence[DeadRecord],
    at: datetime,
) -> list[Draft]:
    """Store records as dead letters and return the events that announce them.

    A record that was buried before (same desk, place, bytes and reason) stays one dead letter and
    is not announced again, unless it was replayed meanwhile: then it is dead anew.
    """
    if not records:
        return []
    ids = [_id(service, desk, record) for record in records]
    boxes = await _sealed(tx, sealer, ids, records)
    rows = await tx.fetch(
        queries.bury,
        desk,
        ids,
        [r.event_id for r in records],
        [r.key for r in records],
        [r.topic for r in records],
        [r.partition for r in records],
        [r.offset for r in records],
        [r.reason for r in records],
        [r.detail for r in records],
        [r.tries for r in records],
        [box.key for box in boxes],
        [box.box for box in boxes],
        [r.traceparent for r in records],
    )
    rounds = {row["id"]: row["round"] for row in rows}
    return [
        _announce(service, desk, letter, rounds[letter], record, box, at)
        for letter, record, box in zip(ids, records, boxes, strict=True)
        if letter in rounds
    ]


def _id(service: str, desk: str, record: DeadRecord) -> UUID:
    place = f"{record.topic}/{record.partition}/{record.offset}"
    bytes_of = str(digest_of(record.value))
    return named_id("dead-letter", service, desk, place, record.reason, bytes_of)


async def _sealed(
    tx: Tx, sealer: Sealer, ids: Sequence[UUID], records: Sequence[DeadRecord]
) -> list[Sealed]:
    return await sealer.seal_many(
        SHOP,
        [
            (FIELD, f"{FIELD}/{letter}", base64.b64encode(record.value).decode())
            for letter, record in zip(ids, records, strict=True)
        ],
        tx,
    )


def _announce(
    service: str,
    desk: str,
    letter: UUID,
    round_number: int,
    record: DeadRecord,
    box: Sealed,
    at: datetime,
) -> Draft:
    payload = DeadLettered(
        dead_letter_id=str(letter),
        service=service,
        desk=desk,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        event_id=str(record.event_id) if record.event_id else None,
        reason=record.reason,
        detail=record.detail[:2000],
        tries=record.tries,
        raw=box if len(box.box) <= MAX_BOX_ON_BUS else None,
        dead_at=at,
    )
    made = draft(
        payload,
        event_id=derived_id(letter, f"DeadLettered/{round_number}"),
        source=f"aftercare/{service}",
        shop_id=SHOP,
        correlation=record.event_id or letter,
        cause=record.event_id,
        at=at,
        automatic=True,
        traceparent=record.traceparent,
    )
    return Draft(
        made.id, f"dead-letters.{service}", made.key, made.type, made.value, made.traceparent
    )
