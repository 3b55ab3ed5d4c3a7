"""The forecast of each queue: how many open clocks will probably be breached soon, and which.
Called by the program behind `aftercare sla forecast`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from services.sla.domain.forecast.course import Course, Watched
from services.sla.domain.forecast.model import Model
from services.sla.domain.forecast.moments import Queues, may_breach

WIDTH = 1.2816
"""Standard deviations on either side that hold 80 % of a normal distribution."""


class Risk(NamedTuple):
    """An open clock and its probability of being breached within the horizon."""

    clock: Watched
    course: Course
    chance: float


class Outlook(NamedTuple):
    """One queue. Of `still_open` clocks `overdue` are breached already and still not met, `due` may
    be breached within the horizon; of a sample the first two are about so many. The number of
    breaches is from `low` to `high` in four of five cases. `risks`: all that may be breached, the
    most probable first."""

    queue: str
    still_open: int
    overdue: int
    due: int
    expected: float
    low: int
    high: int
    at_least_one: float
    risks: tuple[Risk, ...]


def outlooks(
    model: Model,
    sampled: Sequence[tuple[Watched, Course]],
    besides: Sequence[tuple[Watched, Course]],
    now: datetime,
) -> tuple[Outlook, ...]:
    """By queue, the most breaches first. Clocks that are over may be among them. Of the sampled
    ones each stands for `model.weight` in the queue; all that are due soon are to be in either."""
    at_s = now.timestamp()
    queues = Queues([course for _, course in sampled if _open(course, at_s)], at_s, model.weight)
    found: dict[str, _Counted] = {}
    for weight, pairs in ((model.weight, sampled), (0.0, besides)):
        for watched, course in pairs:
            if not _open(course, at_s):
                continue
            counted = found.setdefault(course.queue, _Counted())
            counted.still_open += weight
            if course.left_s(at_s) <= 0:
                counted.overdue += weight
            elif may_breach(course, at_s, model.horizon_s):
                chance = model.chance(course, at_s, queues.place(course))
                counted.risks.append(Risk(watched, course, chance))
    made = [_outlook(queue, each, model.spread.get(queue, 1.0)) for queue, each in found.items()]
    return tuple(sorted(made, key=lambda each: (-each.expected, each.queue)))


@dataclass(slots=True)
class _Counted:
    still_open: float = 0.0
    overdue: float = 0.0
    risks: list[Risk] = field(default_factory=list)


def _open(course: Course, at_s: float) -> bool:
    return course.anchor_s <= at_s < course.end_s


def _outlook(queue: str, counted: _Counted, spread: float) -> Outlook:
    ranked = sorted(counted.risks, key=_most_probable)
    chances = [risk.chance for risk in ranked]
    low, high = within(chances, spread)
    none = math.exp(sum(math.log1p(-min(chance, 1 - 1e-9)) for chance in chances) / spread)
    there = max(round(counted.still_open), len(ranked))
    overdue, expected = round(counted.overdue), sum(chances)
    return Outlook(queue, there, overdue, len(ranked), expected, low, high, 1 - none, tuple(ranked))


def within(chances: Sequence[float], spread: float) -> tuple[int, int]:
    """Between which numbers the breaches will lie in four of five cases. `spread`: the variance,
    in times of what it would be if each came to pass by itself."""
    expected = sum(chances)
    off = WIDTH * math.sqrt(spread * sum(chance * (1 - chance) for chance in chances))
    low, high = math.floor(expected - off + 0.5), math.ceil(expected + off - 0.5)
    return max(low, 0), min(max(high, 0), len(chances))


def _most_probable(risk: Risk) -> tuple[float, datetime, str, str]:
    due_at = risk.clock.due_at or risk.clock.anchor_at
    return -risk.chance, due_at, risk.clock.ticket_id, risk.clock.clock
