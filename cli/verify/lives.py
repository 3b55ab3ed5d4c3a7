"""What was told of each clock, put together from its events. Kept by `Facts` for the checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cli.verify.stories import ClockEvent

ClockKey = tuple[str, str, int]
"""Ticket, clock, generation."""


@dataclass(slots=True)
class Life:
    """What was told about one clock, in the order of publication."""

    told: list[ClockEvent] = field(default_factory=list)

    def of(self, kind: str) -> ClockEvent | None:
        """The first event of that type."""
        for event in self.told:
            if event.kind == kind:
                return event
        return None

    @property
    def was_met_after_its_end(self) -> bool:
        """It was told as met, and then as cancelled before that: by an older re-triage that came
        late. Its deed belongs to the next generation."""
        met, cancelled = self.of("ClockMet"), self.of("ClockCancelled")
        if met is None or cancelled is None or met.ended_at is None or cancelled.ended_at is None:
            return False
        order = self.told.index(met) < self.told.index(cancelled)
        return order and cancelled.ended_at <= met.ended_at


def lives_of(events: Iterable[ClockEvent]) -> dict[ClockKey, Life]:
    """By clock, everything that was told about it."""
    found: dict[ClockKey, Life] = {}
    for event in events:
        key = event.ticket, event.clock, event.generation
        life = found.get(key)
        if life is None:
            found[key] = Life([event])
        else:
            life.told.append(event)
    return found
