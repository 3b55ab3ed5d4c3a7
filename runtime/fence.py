"""The fence: only the instance that holds a partition's current epoch may write for it.

The pump claims an epoch when partitions are assigned; every batch locks and moves the progress
rows of its partitions, so a process that slept through a rebalance finds its epoch over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runtime.database import Tx
from runtime.sql_text import queries

Partition = tuple[str, int]


class FencedError(Exception):
    """The epoch of some partitions is over: drop their records, another instance has them."""

    def __init__(self, lost: frozenset[Partition]) -> None:
        super().__init__(f"lost {len(lost)} partitions")
        self.lost = lost


@dataclass(frozen=True, slots=True)
class Fence:
    """Epochs held, and the offset after the last record of this batch, per partition.

    An offset of 0 leaves the progress where it is.
    """

    epochs: Mapping[Partition, int]
    next_offsets: Mapping[Partition, int]

    async def hold(self, tx: Tx, desk: str) -> None:
        """Lock the progress rows and move them on. Raises FencedError."""
        partitions = sorted(self.next_offsets)
        rows = await tx.fetch(
            queries.fence,
            desk,
            [topic for topic, _ in partitions],
            [number for _, number in partitions],
            [self.epochs[p] for p in partitions],
            [self.next_offsets[p] for p in partitions],
        )
        held = {(row["topic"], row["part"]) for row in rows}
        lost = frozenset(partitions) - held
        if lost:
            raise FencedError(lost)

    def without_progress(self) -> Fence:
        """The same epochs, but progress stays: for parts of a batch that was split."""
        return Fence(self.epochs, dict.fromkeys(self.next_offsets, 0))


async def claim(
    tx: Tx, desk: str, instance: str, partitions: Sequence[Partition]
) -> dict[Partition, int]:
    """Begin a new epoch for newly assigned partitions; older holders are fenced off."""
    rows = await tx.fetch(
        queries.claim_partitions,
        desk,
        [topic for topic, _ in partitions],
        [number for _, number in partitions],
        instance,
    )
    return {(row["topic"], row["part"]): row["epoch"] for row in rows}
