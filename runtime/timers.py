"""Timers: rows with a due time, each fired once by the ticker that gets hold of its key.

`batch` arms and disarms them inside its transactions; `ticker` wakes when the next is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from runtime.backoff import Backoff
from runtime.case import TIMER, Failure, Message, TimerChange
from runtime.clock import derived_id
from runtime.database import Row, Tx
from runtime.sql_text import queries
from schemas.envelope import Envelope, UnreadableEventError, parse_object
from schemas.registry import read_event
from schemas.rules import TimerFired

LOOK_AHEAD = 8
"""How many tickers may fire full batches at once before one of them finds nothing to do."""
_SAME: dict[str, Any] = {
    "specversion": "1.0",
    "source": "aftercare/timer",
    "type": TimerFired.type_name(),
    "datacontenttype": "application/json",
    "schemaversion": 1,
    "autoorigin": True,
}
_FIRED: Envelope[Any] = Envelope[TimerFired].model_construct(**_SAME)
"""What all of them have in common; copied, which costs less than to make one anew."""


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A timer whose time has come, as a message for its rule."""

    name: str
    due_at: datetime
    message: Message


@dataclass(frozen=True, slots=True)
class Taken:
    """Timers that fire, and the business time at which they do."""

    now: datetime
    timers: list[DueTimer]


async def change(tx: Tx, desk: str, changes: Iterable[TimerChange]) -> None:
    """Arm and disarm. Arming an armed timer moves it; disarming an absent one does nothing."""
    arm = [c for c in changes if c.due_at is not None]
    disarm = [c for c in changes if c.due_at is None]
    if disarm:
        await tx.execute(queries.disarm, desk, [c.key for c in disarm], [c.name for c in disarm])
    if arm:
        await tx.execute(
            queries.arm,
            desk,
            [c.key for c in arm],
            [c.name for c in arm],
            [c.due_at for c in arm],
            [c.shop_id for c in arm],
            [c.correlation for c in arm],
            [c.cause for c in arm],
            [c.traceparent for c in arm],
        )


async def due(tx: Tx, desk: str, limit: int) -> list[DueTimer]:
    """Due timers, most overdue first, without those of keys that another ticker is firing.

    A single one is the most overdue of all: asked again it is the same until it has fired.
    """
    if limit == 1:
        rows = await tx.fetch(queries.first_timer_due, desk)
    else:
        rows = await tx.fetch(queries.timers_due, desk, limit, limit * LOOK_AHEAD)
    return [_due(row) for row in rows]


async def take(tx: Tx, desk: str, timers: Sequence[DueTimer]) -> Taken | None:
    """Remove timers for firing; call it with their cases locked.

    Returns those that are still there unchanged, since only they fire; None when none is.
    """
    rows = await tx.fetch(
        queries.take_timers,
        desk,
        [t.message.key for t in timers],
        [t.name for t in timers],
        [t.due_at for t in timers],
    )
    if not rows:
        return None
    left = {(row[0], row[1]) for row in rows}
    return Taken(rows[0][2], [t for t in timers if (t.message.key, t.name) in left])


async def hold(
    tx: Tx, desk: str, timers: Sequence[DueTimer], failures: Sequence[Failure], backoff: Backoff
) -> None:
    """Put timers back whose rule failed, to be tried again after a wait."""
    by_id = {t.message.id: t for t in timers}
    held = [(by_id[f.message.id], f.message) for f in failures]
    if not held:
        return
    await tx.execute(
        queries.hold_timers,
        desk,
        [m.key for _, m in held],
        [t.name for t, _ in held],
        [t.due_at for t, _ in held],
        [m.event.shopid for _, m in held],
        [m.event.correlationid for _, m in held],
        [m.event.causationid for _, m in held],
        [m.traceparent for _, m in held],
        [m.tries + 1 for _, m in held],
        [backoff.wait_s(m.tries + 1) for _, m in held],
    )


async def next_wait_s(tx: Tx, desk: str, time_scale: float) -> float | None:
    """Real seconds until a timer may fire (may be negative): the next one that is due, or one that
    is held back. None without timers."""
    (row,) = await tx.fetch(queries.next_timer, desk)
    wait_s, held_s = row
    waits = [] if wait_s is None else [wait_s / time_scale]
    if held_s is not None:
        waits.append(max(0.0, held_s))
    return min(waits, default=None)


def kept_event(topic: str, raw: bytes) -> Envelope[Any]:
    """What lies in the parking or among the dead letters: an event, or a timer that fired.

    Raises UnreadableEventError.
    """
    if topic != TIMER:
        return read_event(raw)
    try:
        return Envelope[TimerFired].model_validate(parse_object(raw))
    except ValidationError as error:
        raise UnreadableEventError("invalid", "no timer of ours") from error


def _due(row: Row) -> DueTimer:
    """Its bytes are written only if it ends as a dead letter."""
    key, name, due_at, shop_id, correlation, cause, traceparent, tries = row[:8]
    event = _FIRED.model_copy(
        update={
            "id": derived_id(cause, f"timer/{key}/{name}/{due_at.isoformat()}"),
            "time": due_at,
            "subject": key,
            "shopid": shop_id,
            "correlationid": correlation,
            "causationid": cause,
            "data": TimerFired(case_key=key, name=name, due_at=due_at),
        }
    )
    message = Message(
        id=event.id,
        key=key,
        event=event,
        digest=0,
        raw=b"",
        topic=TIMER,
        traceparent=traceparent,
        tries=tries,
    )
    return DueTimer(name, due_at, message)
