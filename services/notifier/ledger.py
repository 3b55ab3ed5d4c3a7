"""The delivery ledger as the stores and the sender use it: plan, take what is due, doubt.
Results are not written here: they go through the rules of `delivery`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from runtime.database import Database, Row, Tx
from schemas.values import Language, Sealed
from services.notifier.bell import Bell
from services.notifier.domain.delivery import State
from services.notifier.domain.notice import CARE, URGENT, USUAL, Notice, Params, Phone
from services.notifier.sql_text import queries

DOUBT_S = 15.0
"""A notification that was taken up for a question is left alone for so long, real seconds."""


class Letter(NamedTuple):
    """A notification in the sender's hands. `tries` counts the one in hand, which began at
    `tried_at` (real time), `age_s` ago."""

    id: UUID
    shop_id: str
    about: str
    recipient: str
    step: int
    lane: str
    provider: str
    template: str
    language: Language
    params: Params
    phone: Phone | None
    correlation: UUID
    cause: UUID
    traceparent: str | None
    tries: int
    tried_at: datetime | None
    state: State
    age_s: float
    asked: int
    priority: int = USUAL

    @property
    def reference(self) -> str:
        """What stands for it in a robot's message, and finds it there again."""
        return f"#{self.id.hex[:12]}"


class Waiting(NamedTuple):
    """All that one person could be told now: how many tickets, how many notifications of each
    clock, and the earliest deadline (ISO 8601)."""

    tickets: int
    clocks: Mapping[str, int]
    oldest: str


class Origin(NamedTuple):
    """Where a notification comes from, and to which phone it goes."""

    id: UUID
    shop_id: str
    correlation: UUID
    cause: UUID
    traceparent: str | None
    phone: Phone | None


async def plan(tx: Tx, bell: Bell, notices: Sequence[Notice]) -> None:
    """Store new notices; one that is there already stays as it is."""
    if not notices:
        return
    rows = [_planned(notice) for notice in notices]
    await tx.execute(queries.plan, *(list(column) for column in zip(*rows, strict=True)))
    told = [(n.way.channels[0], n.priority) for n in notices if not n.way.failed]
    lanes, urgent = {lane for lane, _ in told}, {lane for lane, level in told if level == URGENT}
    tx.after_commit(lambda: bell.ring(lanes, urgent))


async def take(
    tx: Tx, lane: str, limit: int, instance: str, lease_s: float, *, least: int = CARE
) -> list[Letter]:
    """Begin a try of what is due in a lane and at least as urgent as the priority `least`; most
    urgent first. Commit before calling anybody."""
    rows = await tx.fetch(queries.take, lane, limit, instance, lease_s, least)
    return sorted(map(_letter, rows), key=_by_priority)


async def doubtful(tx: Tx, limit: int) -> list[Letter]:
    """Those to be asked about, or whose process has died."""
    return [_letter(row) for row in await tx.fetch(queries.doubtful, limit, DOUBT_S)]


async def choose(tx: Tx, lane: str, limit: int, *, calm: bool) -> list[Letter]:
    """What a robot could say now, locked; `calm` when its group may be disturbed."""
    return [_letter(row) for row in await tx.fetch(queries.choose, lane, limit, calm)]


async def choose_for(tx: Tx, lane: str, recipient: str, limit: int) -> list[Letter]:
    """What one person could be told now through a lane to people, locked."""
    rows = await tx.fetch(queries.choose_for_person, lane, recipient, limit)
    return [_letter(row) for row in rows]


async def waiting_for(tx: Tx, lane: str, recipient: str) -> Waiting | None:
    """How much there is in all of what `choose_for` chooses from; None if there is nothing."""
    rows = await tx.fetch(queries.waiting_for_person, lane, recipient)
    clocks = {row["clock"]: row["letters"] for row in rows if row["clock"] is not None}
    (whole,) = [row for row in rows if row["clock"] is None]
    return Waiting(whole["tickets"], clocks, whole["oldest"]) if clocks else None


async def overtaken(tx: Tx, lane: str, limit: int) -> list[Origin]:
    """What is due in a lane to people and need not be told any more."""
    return [Origin._make((*row, None)) for row in await tx.fetch(queries.overtaken, lane, limit)]


async def begin(
    tx: Tx, letters: Sequence[Letter], out_id: str, instance: str, lease_s: float
) -> None:
    """Begin a try of these, which go out as one message."""
    await tx.execute(queries.begin, [each.id for each in letters], instance, out_id, lease_s)


async def due(tx: Tx, lanes: Sequence[str], doubts: str) -> dict[str, bool]:
    """Which of the lanes have something due, and whether any of it is urgent; `doubts` stands for
    those to be asked about."""
    rows = await tx.fetch(queries.due, list(lanes), doubts)
    return {row["lane"]: row["urgent"] for row in rows}


async def move_on(
    database: Database, bell: Bell, lane: str, providers: Mapping[str, str], *, least: int = CARE
) -> None:
    """Hand what is due in a lane and at least as urgent as `least` to its next channel, where it
    has one."""
    names, carriers = list(providers), list(providers.values())
    async with database.single() as tx:
        rows = await tx.fetch(queries.move_on, lane, names, carriers, least)
    bell.ring({row["lane"] for row in rows}, {r["lane"] for r in rows if r["priority"] == URGENT})


async def origins(
    tx: Tx, ids: Sequence[UUID], spans: Sequence[tuple[UUID, UUID]] = ()
) -> list[Origin]:
    """Of those ids, and those within the spans (first and last id), that are ours."""
    rows = await tx.fetch(
        queries.origins, ids, [first for first, _ in spans], [last for _, last in spans]
    )
    return [Origin._make((*row[:5], _phone(row))) for row in rows]


async def stranded(tx: Tx, lanes: Sequence[str]) -> dict[str, int]:
    """How many notifications wait in lanes that are not served."""
    rows = await tx.fetch(queries.stranded, list(lanes))
    return {row["lane"]: row["waiting"] for row in rows}


def _planned(notice: Notice) -> tuple[Any, ...]:
    origin, way = notice.origin, notice.way
    phone = way.phone
    return (
        notice.id,
        origin.shop_id,
        notice.about,
        notice.rule,
        way.recipient,
        notice.step,
        ",".join(way.channels),
        way.provider,
        notice.priority,
        notice.template,
        way.language,
        json.dumps(notice.params, ensure_ascii=False),
        None if phone is None else phone.person,
        None if phone is None else phone.sealed.key,
        None if phone is None else phone.sealed.box,
        origin.correlation,
        origin.cause,
        origin.traceparent,
        notice.policy_version,
        notice.planned_at,
        way.failed,
    )


def _by_priority(letter: Letter) -> int:
    return letter.priority


def _letter(row: Row) -> Letter:
    # By position: the statements select in the order of the fields.
    return Letter._make((*row[:10], _phone(row), *row[13:]))


def _phone(row: Row) -> Phone | None:
    if row["phone_box"] is None:
        return None
    sealed = Sealed.model_construct(key=row["phone_key"], box=row["phone_box"])
    return Phone.model_construct(person=row["person"], sealed=sealed)
