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


async def append(
    tx: Tx, instance: str, drafts: Sequence[Draft], pending: Collection[UUID]
) -> list[OutboxBatch]:
    """Store the events of this transaction; what is to be published now, in this order.

    That is a batch for each lane that they use, and before them what others left unpublished of
    the same keys. Call it after the cases are locked: then everything committed earlier for these
    keys is visible. `pending` are batches of this process that are on their way already. The
    routine ones are decided first: a key that rises in this transaction has them behind it.
    """
    batches = [OutboxBatch(new_id(), part) for part in _by_lane(drafts)]
    rows = [(batch.id, draft) for batch in batches for draft in batch.drafts]
    left = await tx.fetch(
        queries.append,
        [batch.id for batch in batches],
        instance,
        [len(batch.drafts) for batch in batches],
        list(pending),
        [batch for batch, _ in rows],
        [d.id for _, d in rows],
        [d.topic for _, d in rows],
        [d.key for _, d in rows],
        [d.type for _, d in rows],
        [d.value for _, d in rows],
        [d.traceparent for _, d in rows],
    )
    before = _by_lane([_draft(row) for row in left])
    return [*(OutboxBatch(left[0]["batch"], part, partial=True) for part in before), *batches]


def _by_lane(drafts: Sequence[Draft]) -> list[tuple[Draft, ...]]:
    """Each lane's events in their order, the routine ones first."""
    parts = (tuple(d for d in drafts if lane_of(d.topic) == lane) for lane in reversed(LANES))
    return [part for part in parts if part]


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
