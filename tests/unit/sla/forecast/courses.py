"""Clocks for the tests of the forecast, by hours after midnight of a day."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from random import Random

from services.sla.domain.forecast.course import Course, Watched

DAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR_S = 3600.0
HORIZON_S = 4 * HOUR_S


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def second(hours: float) -> float:
    return at(hours).timestamp()


def course(
    anchor_h: float,
    end_h: float = math.inf,
    *,
    span_h: float = 4.0,
    clock: str = "solution",
    ticket: str = "t-1",
    met: bool = True,
    pause_h: float = math.inf,
    pause_end_h: float = math.inf,
) -> Course:
    """A clock of an urgent ticket; ends are met unless said otherwise."""
    return Course(
        ticket_id=ticket,
        clock=clock,
        level="L1",
        problem_class="usage",
        queue="urgent_group",
        anchor_s=second(anchor_h),
        span_s=span_h * HOUR_S,
        end_s=second(end_h) if end_h < math.inf else math.inf,
        met=met and end_h < math.inf,
        pause_s=second(pause_h) if pause_h < math.inf else math.inf,
        pause_end_s=second(pause_end_h) if pause_end_h < math.inf else math.inf,
    )


def watched(state: str, due_h: float | None, **changes: object) -> Watched:
    """A stored clock that began at midnight and may run four hours."""
    fields = {
        "ticket_id": "t-1", "clock": "solution", "generation": 1, "level": "L1",
        "problem_class": "usage", "state": state, "target_s": 14_400, "anchor_at": at(0),
        "due_at": None if due_h is None else at(due_h), **changes,
    }  # fmt: skip
    return Watched(**fields)  # type: ignore[arg-type]


def two_weeks(seed: int = 1, late: float = 0.2) -> list[Course]:
    """Forty clocks a day; a part of them is late, the rest is met within three hours."""
    dice = Random(seed)
    found = []
    for number in range(560):
        anchor_h = number * 0.6
        took_h = dice.uniform(4.1, 8.0) if dice.random() < late else dice.uniform(0.1, 3.0)
        found.append(course(anchor_h, anchor_h + took_h, ticket=f"t-{number}"))
    return found
