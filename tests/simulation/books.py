"""What was written while the simulation ran, checked at once: epochs, progress, bookmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.fence import Partition


@dataclass(frozen=True, slots=True)
class Note:
    """What a statement means if its transaction is committed."""

    epochs: Mapping[Partition, int]
    """Begun, or relied upon."""
    applied: Mapping[Partition, int] | None = None
    """Next positions; None: the epochs begin."""


class Books:
    """Kept beside the database, from outside."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.applied: dict[Partition, int] = {}
        self._epochs: dict[Partition, int] = {}

    def statement(
        self, name: str, values: Sequence[Any], answer: Any, *, alone: bool
    ) -> list[Note]:
        """What is to be remembered of a statement; `alone`: it was its own transaction."""
        if name == "claim_partitions":
            return [Note({(row["topic"], row["part"]): row["epoch"] for row in answer})]
        if name != "fence":
            return []
        _, topics, parts, epochs, positions = values
        places = list(zip(topics, parts, strict=True))
        held = {(row["topic"], row["part"]) for row in answer} if alone else set(places)
        relied = dict(zip(places, epochs, strict=True))
        applied = dict(zip(places, positions, strict=True))
        return [
            Note(
                {place: relied[place] for place in places if place in held},
                {place: applied[place] for place in places if place in held},
            )
        ]

    def committed(self, notes: Sequence[Note]) -> None:
        """A transaction took effect."""
        for note in notes:
            if note.applied is None:
                self._epochs.update(note.epochs)
                continue
            for place, epoch in note.epochs.items():
                if self._epochs.get(place) != epoch:
                    self._tell(f"epoch: written for {place} in epoch {epoch} after its end")
                self.applied[place] = max(self.applied.get(place, 0), note.applied[place])

    def bookmarked(self, place: Partition, offset: int) -> None:
        """Kafka keeps this offset for the group."""
        if offset > self.applied.get(place, 0):
            self._tell(f"bookmark: {place} at {offset}, applied to {self.applied.get(place, 0)}")

    def _tell(self, what: str) -> None:
        self.violations.append(what)
