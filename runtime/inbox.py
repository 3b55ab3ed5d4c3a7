"""The inbox: which messages had their effect. Written in the transaction of that effect."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from runtime.case import Folded, Message
from runtime.database import Tx
from runtime.sql_text import queries


@dataclass(frozen=True, slots=True)
class Seen:
    """An id that was met before. `place` is `applied`, `parked` or `dead`."""

    digest: int
    place: str
    answer: Any


def digest_of(raw: bytes) -> int:
    """A signed 64-bit fingerprint of a record value: tells a repeat from a re-used id."""
    return int.from_bytes(blake2b(raw, digest_size=8).digest(), "big", signed=True)


async def record(tx: Tx, desk: str, folded: Folded) -> None:
    """Note every applied message. Raises ConflictError when another instance was faster."""
    applied: list[Message] = folded.applied
    if not applied:
        return
    await tx.execute(
        queries.record,
        desk,
        [m.id for m in applied],
        [m.digest for m in applied],
        [m.key for m in applied],
        [m.topic for m in applied],
        [m.partition for m in applied],
        [m.offset for m in applied],
        [folded.counts[m.id] for m in applied],
        [_answer(folded, m) for m in applied],
    )


def _answer(folded: Folded, message: Message) -> str | None:
    answer = folded.answers[message.id]
    return None if answer is None else json.dumps(answer)
