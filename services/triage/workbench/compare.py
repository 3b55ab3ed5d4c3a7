"""Two readings of the same tickets beside each other: what moves, and what that costs in clocks and
people. Filled by `replay`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.triage.differing import FIELDS, differing, fields_of
from services.triage.domain import TriageRules
from services.triage.domain.reasons import reasons_of
from services.triage.domain.verdict import Verdict
from services.triage.workbench.clocks import SetsByLevel
from services.triage.workbench.recorded import Recorded

MATRICES = ("class", "level", "route")
MOVED = FIELDS[:-1]
"""A ticket of which only the place within its level differs has not moved."""


@dataclass(slots=True)
class Side:
    """One reading: its rules and clocks, and what it came to so far."""

    rules: TriageRules
    clocks: SetsByLevel | None
    started: Counter[str] = field(default_factory=Counter)
    targets_s: dict[str, Counter[int]] = field(default_factory=dict)
    hours: dict[datetime, Counter[str]] = field(default_factory=dict)

    def take(self, ticket: Recorded, verdict: Verdict) -> None:
        """Count its clocks, and its route in its hour."""
        level, of_class = verdict.level.level, verdict.reading.problem_class
        route = verdict.route.route
        if self.clocks is not None:
            for clock, target_s in self.clocks.of(level, of_class, route).items():
                self.started[clock] += 1
                self.targets_s.setdefault(clock, Counter())[target_s] += 1
        if ticket.opened_at is not None:
            hour = ticket.opened_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            self.hours.setdefault(hour, Counter())[route] += 1


@dataclass(slots=True)
class Comparison:
    """Both sides, and the tickets that they read differently."""

    old: Side
    new: Side
    read: int = 0
    matrices: dict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: {name: Counter() for name in MATRICES}
    )
    differ: Counter[str] = field(default_factory=Counter)
    moved: int = 0
    changed: list[dict[str, Any]] = field(default_factory=list)
    most: int | None = None
    """So many of the changed tickets are kept with their reasons, or all: a million of them would
    need more memory than there may be."""

    def take(self, ticket: Recorded, before: Verdict, after: Verdict) -> None:
        """One ticket, read by both."""
        self.read += 1
        self.old.take(ticket, before)
        self.new.take(ticket, after)
        was, is_now = fields_of(before), fields_of(after)
        for name in MATRICES:
            self.matrices[name][was[name], is_now[name]] += 1
        moved = differing(was, is_now)
        self.differ.update(moved.keys())
        if moved.keys() & set(MOVED):
            self.moved += 1
            if self.most is None or len(self.changed) < self.most:
                self.changed.append(self._told(ticket, before, after, moved))

    def _told(
        self, ticket: Recorded, before: Verdict, after: Verdict, moved: Mapping[str, Any]
    ) -> dict[str, Any]:
        old = {r.rule: r for r in reasons_of(before, self.old.rules)}
        new = {r.rule: r for r in reasons_of(after, self.new.rules)}
        return {
            "id": ticket.id,
            "changes": {name: {"before": was, "after": now} for name, (was, now) in moved.items()},
            "reasons_before": [_shown(r) for r in old.values() if new.get(r.rule) != r],
            "reasons_after": [_shown(r) for r in new.values() if old.get(r.rule) != r],
        }

    def told(self) -> dict[str, Any]:
        """The whole comparison, for people and programs."""
        return {
            "tickets": self.read,
            "changed": self.moved,
            "differ": {name: self.differ[name] for name in FIELDS},
            "matrices": {name: _rows(self.matrices[name]) for name in MATRICES},
            "clocks": self._clocks(),
            "staffing": self._staffing(),
            "tickets_changed": self.changed,
        }

    def _clocks(self) -> list[dict[str, Any]] | None:
        if self.old.clocks is None or self.new.clocks is None:
            return None
        return [
            {
                "clock": clock,
                "before": self.old.started[clock],
                "after": self.new.started[clock],
                "more": self.new.started[clock] - self.old.started[clock],
                "targets_s_before": _targets(self.old, clock),
                "targets_s_after": _targets(self.new, clock),
            }
            for clock in sorted(self.old.started.keys() | self.new.started.keys())
        ]

    def _staffing(self) -> dict[str, Any]:
        """Tickets an hour by route: on average over the hours that had any, and in the worst."""
        hours = self.old.hours.keys() | self.new.hours.keys()
        routes = {
            route for side in (self.old, self.new) for by in side.hours.values() for route in by
        }
        return {
            "hours": len(hours),
            "tickets_with_a_time": sum(by.total() for by in self.old.hours.values()),
            "routes": [
                {
                    "route": route,
                    "before_an_hour": _mean(self.old, route, len(hours)),
                    "after_an_hour": _mean(self.new, route, len(hours)),
                    "before_at_most": _peak(self.old, route),
                    "after_at_most": _peak(self.new, route),
                }
                for route in sorted(routes)
            ],
        }


def _shown(reason: Any) -> dict[str, str]:
    return {"rule": reason.rule, "text_zh": reason.zh, "text_en": reason.en}


def _rows(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    rows: dict[str, dict[str, int]] = {}
    for (before, after), count in sorted(counts.items()):
        rows.setdefault(before, {})[after] = count
    return rows


def _targets(side: Side, clock: str) -> dict[str, int]:
    return {str(target): count for target, count in sorted(side.targets_s.get(clock, {}).items())}


def _mean(side: Side, route: str, hours: int) -> float:
    return round(sum(by[route] for by in side.hours.values()) / hours, 2)


def _peak(side: Side, route: str) -> int:
    return max((by[route] for by in side.hours.values()), default=0)
