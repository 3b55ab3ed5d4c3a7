"""Parking: a failing message waits with all later ones of its key, while other keys flow.

`batch` puts messages here inside its transaction; `retry` takes the due ones out again.
"""

from __future__ import annotations

from collections.abc import Sequence

from runtime.backoff import Backoff
from runtime.case import Failure, Message
from runtime.database import Row, Tx
from runtime.sql_text import queries
from runtime.timers import kept_event

BEHIND = "behind"


async def waiting(tx: Tx, desk: str) -> tuple[bool, bool]:
    """Whether anything is parked, and whether dead letters are asked back."""
    (row,) = await tx.fetch(queries.waiting, desk)
    return row["parked"], row["asked"]


async def park(
    tx: Tx,
    desk: str,
    failures: Sequence[Failure],
    behind: Sequence[Message],
    backoff: Backoff,
) -> None:
    """Keep failing messages with their next try, and the ones behind them in their order.

    Parking a parked message again only renews its tries and its next try.
    """
    failed = [
        (f.message, f.message.tries + 1, f.reason, f.detail, backoff.wait_s(f.message.tries + 1))
        for f in failures
    ]
    waiting = [(m, m.tries, BEHIND, "an earlier message of the key failed", 0.0) for m in behind]
    rows = sorted(failed + waiting, key=lambda row: (row[0].topic, row[0].partition, row[0].offset))
    if not rows:
        return
    await tx.execute(
        queries.park,
        desk,
        [m.id for m, *_ in rows],
        [m.key for m, *_ in rows],
        [m.topic for m, *_ in rows],
        [m.partition for m, *_ in rows],
        [m.offset for m, *_ in rows],
        [m.digest for m, *_ in rows],
        [m.raw for m, *_ in rows],
        [m.traceparent for m, *_ in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        [row[3] for row in rows],
        [row[4] for row in rows],
    )


async def take_due(tx: Tx, desk: str, keys: int, limit: int) -> list[Message]:
    """Lock up to `keys` keys whose first message is due and read their messages in order."""
    heads = await tx.fetch(queries.parked_due, desk, keys)
    due = sorted({row["key"] for row in heads})
    if not due:
        return []
    return [_message(row) for row in await tx.fetch(queries.parked_of_keys, desk, due, limit)]


async def release(tx: Tx, desk: str, messages: Sequence[Message]) -> None:
    """Take messages out of the parking: they were applied or given up."""
    if messages:
        await tx.execute(queries.unpark, desk, [m.id for m in messages])


def _message(row: Row) -> Message:
    return Message(
        id=row["id"],
        key=row["key"],
        event=kept_event(row["topic"], row["value"]),
        digest=row["digest"],
        raw=row["value"],
        topic=row["topic"],
        partition=row["part"],
        offset=row["pos"],
        traceparent=row["traceparent"],
        tries=row["tries"],
    )
