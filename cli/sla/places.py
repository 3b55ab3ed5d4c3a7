"""The open tickets of a running system in working order. Read by `queue`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from devstack.problems import StackError
from runtime.database import Database, Row
from runtime.queries import Queries

queries = Queries.load(Path(__file__).parent / "sql" / "queue.sql")
HOUR_S = 3600
_SECOND = timedelta(seconds=1)


class Order(StrEnum):
    """By what the queue is ordered."""

    DUE = "due"
    RISK = "risk"


@dataclass(frozen=True, slots=True)
class Place:
    """An open ticket. `now` is the business time of the look; seconds are negative when overdue."""

    ticket_id: str
    shop_id: str
    level: str
    group: str | None
    clock: str | None
    due_at: datetime | None
    platform_due_at: datetime | None
    silence_costs_fen: int | None
    now: datetime

    @property
    def due_in_s(self) -> int | None:
        """Until the binding deadline."""
        return None if self.due_at is None else (self.due_at - self.now) // _SECOND

    @property
    def platform_due_in_s(self) -> int | None:
        """Until the platform's deadline."""
        at = self.platform_due_at
        return None if at is None else (at - self.now) // _SECOND

    @property
    def at_risk_fen_per_h(self) -> int | None:
        """What silence costs by the hours that are left; None when nothing is known to be lost,
        and when the deadline has passed: there is no hour left."""
        left_s, costs_fen = self.platform_due_in_s, self.silence_costs_fen
        if costs_fen is None or left_s is None or left_s < 0:
            return None
        return costs_fen * HOUR_S // max(left_s, 1)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "ticket_id": self.ticket_id,
            "shop_id": self.shop_id,
            "level": self.level,
            "group": self.group,
            "binding": None
            if self.due_at is None
            else {"clock": self.clock, "due_at": _shown(self.due_at), "due_in_s": self.due_in_s},
            "platform_due_at": _shown(self.platform_due_at),
            "silence_costs_fen": self.silence_costs_fen,
            "at_risk_fen_per_h": self.at_risk_fen_per_h,
            "overdue": self.due_in_s is not None and self.due_in_s < 0,
        }


@dataclass(frozen=True, slots=True)
class Queue:
    """The first of the open tickets, and how many there are."""

    places: tuple[Place, ...]
    open: int
    overdue: int


async def read_queue(
    database: Database, group: str | None, by: Order, limit: int, now: datetime | None = None
) -> Queue:
    """The queue as it stands now, or at `now`. Raises StackError without tables,
    DatabaseAwayError."""
    async with database.transaction() as tx:
        if not await tx.value(queries.present):
            raise StackError("sla has no tables here", "`aftercare up` makes them.")
        await tx.value(queries.enter)
        at = now or await tx.value(queries.now)
        text = queries.by_risk if by is Order.RISK else queries.by_due
        rows = await tx.fetch(text, group, limit, at)
        [(opened, overdue)] = await tx.fetch(queries.counts, group, at)
    return Queue(tuple(_place(row, at) for row in rows), opened, overdue)


async def last_told(database: Database) -> datetime | None:
    """How far the clocks have come, where time runs scaled. Raises DatabaseAwayError."""
    async with database.transaction() as tx:
        if not await tx.value(queries.present):
            return None
        await tx.value(queries.enter)
        at: datetime | None = await tx.value(queries.last_told)
        return at


def _place(row: Row, now: datetime) -> Place:
    return Place(
        ticket_id=row["ticket_id"],
        shop_id=row["shop_id"],
        level=row["level"],
        group=row["queue_group"],
        clock=row["binding_clock"],
        due_at=row["binding_due_at"],
        platform_due_at=row["platform_due_at"],
        silence_costs_fen=row["silence_costs_fen"],
        now=now,
    )


def _shown(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().removesuffix("+00:00") + "Z"
