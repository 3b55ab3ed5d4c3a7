"""Recorded tickets under two policies beside each other: what would have been late, what that
costs, and how many people keep the deadlines. Filled by `replay`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.sla.domain.clock import Clock
from services.sla.workbench.readers import Clocks, shown
from services.sla.workbench.recorded import Recorded
from services.sla.workbench.staffing import Handling, Load

Key = tuple[str, str]
"""Clock and level."""
MOST_TARGETS = 8


@dataclass(slots=True)
class Side:
    """What one policy comes to: its clocks, and the work that they ask for."""

    load: Load
    clocks: Counter[Key] = field(default_factory=Counter)
    breached: Counter[Key] = field(default_factory=Counter)
    targets_s: dict[Key, set[int]] = field(default_factory=dict)
    late: int = 0
    cost_fen: int = 0

    def take(self, clocks: Clocks, costs_fen: Mapping[str, int]) -> None:
        """Count the clocks of one ticket."""
        for clock in clocks.values():
            key = clock.term.clock, clock.level
            self.clocks[key] += 1
            self.targets_s.setdefault(key, set()).add(clock.term.target_s)
            if clock.state == "breached":
                self.breached[key] += 1
                self.cost_fen += costs_fen.get(clock.term.clock, 0)
            self.load.take(clock)
        self.late += any(clock.state == "breached" for clock in clocks.values())


@dataclass(slots=True)
class Comparison:
    """Both sides, and the tickets of which they differ. `costs_fen`: what a breach costs, the same
    for both, so that the difference is that of the deadlines; none: nobody says."""

    handling: Handling
    costs_fen: Mapping[str, int]
    most: int | None = None
    """So many of the changed tickets are kept, or all."""
    tickets: int = 0
    changed: int = 0
    no_longer_late: int = 0
    newly_late: int = 0
    told_tickets: list[dict[str, Any]] = field(default_factory=list)
    before: Side = field(init=False)
    after: Side = field(init=False)

    def __post_init__(self) -> None:
        self.before, self.after = Side(Load(self.handling)), Side(Load(self.handling))

    def take(self, ticket: Recorded, before: Clocks, after: Clocks) -> None:
        """One ticket under both policies."""
        self.tickets += 1
        was, will = self.before.late, self.after.late
        self.before.take(before, self.costs_fen)
        self.after.take(after, self.costs_fen)
        was_late, is_late = self.before.late > was, self.after.late > will
        self.newly_late += is_late and not was_late
        self.no_longer_late += was_late and not is_late
        moves = list(moves_of(before, after))
        if moves:
            self.changed += 1
            if self.most is None or len(self.told_tickets) < self.most:
                late = {"before": was_late, "after": is_late}
                self.told_tickets.append({"id": ticket.id, "late": late, "clocks": moves})

    def told(self) -> dict[str, Any]:
        """The whole comparison, for people and programs."""
        return {
            "tickets": self.tickets,
            "changed": self.changed,
            "late": {
                "before": self.before.late,
                "after": self.after.late,
                "newly": self.newly_late,
                "no_longer": self.no_longer_late,
            },
            "clocks": [self._row(key) for key in sorted(self.before.clocks | self.after.clocks)],
            "cost_fen": self._cost(),
            "staffing": {
                "handling_s": self.handling.told(),
                "before": self.before.load.told(),
                "after": self.after.load.told(),
            },
            "tickets_changed": self.told_tickets,
        }

    def _row(self, key: Key) -> dict[str, Any]:
        clock, level = key
        sides = {"before": self.before, "after": self.after}
        return {
            "clock": clock,
            "level": level,
            **{
                name: {
                    "clocks": side.clocks[key],
                    "breached": side.breached[key],
                    "targets_s": _targets(side.targets_s.get(key, set())),
                }
                for name, side in sides.items()
            },
        }

    def _cost(self) -> dict[str, Any] | None:
        if not self.costs_fen:
            return None
        return {
            "of_a_breach": dict(self.costs_fen),
            "before": self.before.cost_fen,
            "after": self.after.cost_fen,
        }


def _targets(found: set[int]) -> list[int] | None:
    """None where each clock has a date of its own instead."""
    return sorted(found) if len(found) <= MOST_TARGETS else None


def moves_of(before: Clocks, after: Clocks) -> Iterator[dict[str, Any]]:
    """Clocks that differ in deadline or fate, or that only one of the policies starts."""
    for key in before | after:
        was, will = before.get(key), after.get(key)
        if _fate(was) != _fate(will):
            yield {
                "clock": key[0],
                "generation": key[1],
                "before": _told(was),
                "after": _told(will),
            }


def _fate(clock: Clock | None) -> tuple[Any, ...] | None:
    return None if clock is None else (clock.state, clock.due_at, clock.term.target_s)


def _told(clock: Clock | None) -> dict[str, Any] | None:
    if clock is None:
        return None
    return {
        "level": clock.level,
        "state": clock.state,
        "due_at": shown(clock.due_at),
        "target_s": clock.term.target_s,
    }
