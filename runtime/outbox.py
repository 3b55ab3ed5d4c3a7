"""The outbox: events that a transaction decided to publish, kept until Kafka has them.

One row in `outbox_batch` per transaction carries the mark, so marking costs one update however
many events there are. Called by `batch`; `publisher` sends and marks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from runtime.case import Draft
from runtime.clock import new_id
from runtime.database import Row, Tx
from runtime.sql_text import queries
from schemas.topics import LANES, lane_of
from schemas.values import Lane


@dataclass(frozen=True, slots=True)
class OutboxBatch:
    """The events of one transaction in one lane, in publishing order.

    `partial` marks rows of somebody else's batch that go out early: they are not marked.
    """

    id: UUID
    drafts: tuple[Draft, ...]
    partial: bool = False

    @property
    def lane(self) -> Lane:
        """The lane of all its events."""
        return lane_of(self.drafts[0].topic)


async def append(tx: Tx, instance: str, drafts: Sequence[Draft]) -> list[OutboxBatch]:
    """Store the events of this transaction: a batch for each lane that they use.

    The routine ones are decided first: a key that rises in this transaction has them behind it.
    """
    return [
        await _append(tx, instance, part)
        for lane in reversed(LANES)
        if (part := [draft for draft in drafts if lane_of(draft.topic) == lane])
    ]


async def _append(tx: Tx, instance: str, drafts: Sequence[Draft]) -> OutboxBatch:
    batch = new_id()
    await tx.execute(queries.append_batch, batch, instance, len(drafts))
    await tx.execute(
        queries.append,
        batch,
        [d.id for d in drafts],
        [d.topic for d in drafts],
        [d.key for d in drafts],
        [d.type for d in drafts],
        [d.value for d in drafts],
        [d.traceparent for d in drafts],
    )
    return OutboxBatch(batch, tuple(drafts))


async def predecessors(
    tx: Tx, ours: Collection[UUID], drafts: Sequence[Draft]
) -> list[OutboxBatch]:
    """Unpublished events of the same keys that others left behind; they must go out first.

    Ask after the cases are locked: then everything committed earlier for these keys is visible.
    """
    keys = sorted({draft.key for draft in drafts})
    rows = await tx.fetch(queries.predecessors, list(ours), keys)
    found = [_draft(row) for row in rows]
    return [
        OutboxBatch(rows[0]["batch"], part, partial=True)
        for lane in reversed(LANES)
        if (part := tuple(draft for draft in found if lane_of(draft.topic) == lane))
    ]


async def leftovers(
    tx: Tx, ours: Collection[UUID], older_than_s: float, limit: int
) -> list[OutboxBatch]:
    """Whole batches that nobody published, oldest first."""
    found = await tx.fetch(queries.leftovers, list(ours), older_than_s, limit)
    ids = [row["id"] for row in found]
    if not ids:
        return []
    drafts: dict[UUID, list[Draft]] = {batch: [] for batch in ids}
    for row in await tx.fetch(queries.outbox_rows, ids):
        drafts[row["batch"]].append(_draft(row))
    return [OutboxBatch(batch, tuple(drafts[batch])) for batch in ids]


async def mark_published(tx: Tx, batches: Sequence[UUID]) -> None:
    """Kafka has all events of these batches."""
    await tx.execute(queries.mark_published, list(batches))


def _draft(row: Row) -> Draft:
    return Draft(row["id"], row["topic"], row["key"], row["type"], row["value"], row["traceparent"])
