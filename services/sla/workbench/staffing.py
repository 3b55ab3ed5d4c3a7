"""How many people the deadlines keep busy. Filled by `compare`, one for each side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from services.sla.domain.calendar.working_time import Calendar
from services.sla.domain.clock import Clock
from services.sla.workbench.readers import shown

HOUR = timedelta(hours=1)
HOUR_S = 3600
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DEFAULT_S = 600
OF_100 = 0.95
NOISE_S = 1e-6
"""What is left over where rates are added and taken away again."""


@dataclass(frozen=True, slots=True)
class Handling:
    """How long one deed takes a person, seconds: of some clocks, and of all others."""

    others_s: int = DEFAULT_S
    of_clocks_s: Mapping[str, int] = field(default_factory=dict)

    def of(self, clock: str) -> int:
        """What it takes to do what that clock asks for."""
        return self.of_clocks_s.get(clock, self.others_s)

    def told(self) -> dict[str, int]:
        """By clock, `others` for the rest."""
        return {"others": self.others_s, **self.of_clocks_s}


@dataclass(slots=True)
class Load:
    """Seconds of work in each hour, when what a clock asks for is spread evenly over the time from
    its start to its deadline: the working time of its calendar. Who works so keeps every deadline.

    Clocks without a deadline (paused, or ended in a pause) and cancelled ones ask for nothing.
    """

    handling: Handling
    work_s: float = 0.0
    edges: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    steps: dict[Calendar | None, defaultdict[int, float]] = field(default_factory=dict)

    def take(self, clock: Clock) -> None:
        """One more deed."""
        due_at, calendar = clock.due_at, clock.term.calendar
        if due_at is None or clock.state == "cancelled":
            return
        work_s = self.handling.of(clock.term.clock)
        self.work_s += work_s
        first, last = _hour(clock.anchor_at), _hour(due_at)
        if first == last:
            self.edges[first] += work_s
            return
        rate = work_s / _passed_s(calendar, clock.anchor_at, due_at)
        self.edges[first] += rate * _passed_s(calendar, clock.anchor_at, _start(first + 1))
        self.edges[last] += rate * _passed_s(calendar, _start(last), due_at)
        steps = self.steps.setdefault(calendar, defaultdict(float))
        steps[first + 1] += rate
        steps[last] -= rate

    def hours(self) -> dict[int, float]:
        """Seconds of work by hour since 1970; hours without any are absent."""
        found = defaultdict(float, self.edges)
        for calendar, steps in self.steps.items():
            changes = sorted(steps)
            rate = 0.0
            for here, after in zip(changes, [*changes[1:], changes[-1]], strict=True):
                rate += steps[here]
                for hour in range(here, after):
                    found[hour] += rate * _passed_s(calendar, _start(hour), _start(hour + 1))
        return {hour: work_s for hour, work_s in found.items() if work_s > NOISE_S}

    def told(self) -> dict[str, Any]:
        """People at work in an hour: on average over the hours that have any work, in 95 of 100
        hours at most, and in the worst."""
        hours = self.hours()
        if not hours:
            return {"person_hours": 0.0, "mean": 0.0, "p95": 0.0, "most": 0.0, "most_at": None}
        ranked = sorted(hours.values())
        busiest = min(hours, key=lambda hour: (-round(hours[hour], 3), hour))
        return {
            "person_hours": round(self.work_s / HOUR_S, 2),
            "mean": _people(sum(ranked) / len(ranked)),
            "p95": _people(ranked[ceil(OF_100 * len(ranked)) - 1]),
            "most": _people(hours[busiest]),
            "most_at": shown(_start(busiest)),
        }


def _people(work_s: float) -> float:
    return round(work_s / HOUR_S, 2)


def _hour(at: datetime) -> int:
    return (at - EPOCH) // HOUR


def _start(hour: int) -> datetime:
    return EPOCH + hour * HOUR


def _passed_s(calendar: Calendar | None, from_at: datetime, to_at: datetime) -> float:
    passed = to_at - from_at if calendar is None else calendar.passed(from_at, to_at)
    return passed.total_seconds()
