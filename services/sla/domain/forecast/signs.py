"""The signs that a clock will be breached, each a number that grows with the danger.
Called by `learning` and `model`.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from services.sla.domain.forecast.course import Course
from services.sla.domain.forecast.curves import Curves, Group
from services.sla.domain.forecast.load import HOUR_S, Pace
from services.sla.domain.forecast.moments import Place

LATELY_S = 3 * HOUR_S
AS_ALWAYS = 5.0
"""What became of clocks lately is taken for chance as far as so many clocks could be."""
_EDGE = 0.002


class Outcomes:
    """What became of the clocks of one name, in the order in which it was known.

    `share`: breached ones among all; a little above zero where none was.
    """

    def __init__(
        self, courses: Iterable[Course], until_s: float, share: float | None = None
    ) -> None:
        """Without `share` it is taken from these."""
        known = []
        for course in courses:
            due_s = course.final_due_s
            if min(due_s, course.end_s) <= until_s:
                known.append((min(due_s, course.end_s), course.end_s > due_s))
        known.sort()
        self._at = [at_s for at_s, _ in known]
        self._breached = [0]
        for _, breached in known:
            self._breached.append(self._breached[-1] + breached)
        measured = (self._breached[-1] + 0.5) / (len(self._at) + 5.0)
        self.share = measured if share is None else share

    def strain(self, at_s: float) -> float:
        """How much more often than always they were breached in the hours before, in log odds."""
        last, first = bisect_right(self._at, at_s), bisect_right(self._at, at_s - LATELY_S)
        breached = self._breached[last] - self._breached[first]
        lately = (breached + AS_ALWAYS * self.share) / (last - first + AS_ALWAYS)
        return log_odds(lately) - log_odds(self.share)


NO_PACE = Pace((), 0.0, HOUR_S)


class Measured(NamedTuple):
    """What the signs are read from. `ends` by share of the span, `steps` by second since the last
    step, `pauses` by second. Paces of each name in a queue, and of all (the empty name)."""

    ends: Curves
    steps: Curves
    pauses: Curves
    paces: dict[tuple[str, str], Pace]
    outcomes: dict[str, Outcomes]


def log_odds(chance: float) -> float:
    """Within about ±6: nothing measured is certain."""
    inside = min(max(chance, _EDGE), 1 - _EDGE)
    return math.log(inside / (1 - inside))


def groups(course: Course) -> tuple[Group, Group, Group]:
    """Whose handling times count for it, from the widest to the narrowest."""
    name, level = course.clock, course.level
    return (name,), (name, level), (name, level, course.problem_class)


def step_groups(course: Course, stage: int) -> tuple[Group, ...]:
    """Likewise, of how long a step takes."""
    return (course.clock,), (course.clock, str(stage)), (*groups(course)[2], str(stage))


def signs(measured: Measured, course: Course, at_s: float, place: Place) -> tuple[float, ...]:
    """Of an open clock, as if it ran from now on: its age, its last step, its place among its like
    and in the whole queue, the strain.

    Other things equal, none of the signs is greater for a later deadline.
    """
    left_s = course.left_s(at_s)
    by_age = measured.ends.of(groups(course)).still_open(1 - left_s / course.span_s, 1.0)
    stage, since_s = course.stage(at_s)
    went = measured.steps.of(step_groups(course, stage))
    by_step = went.still_open(at_s - since_s, at_s - since_s + left_s)
    outcomes, due_s = measured.outcomes.get(course.clock), at_s + left_s
    of_name = measured.paces.get((course.queue, course.clock), NO_PACE)
    of_queue = measured.paces.get((course.queue, ""), NO_PACE)
    return (
        log_odds(by_age),
        log_odds(by_step),
        _load(of_name.at_this_speed(at_s, due_s), place.of_name),
        _load(of_queue.at_most(at_s, due_s), place.of_queue),
        outcomes.strain(at_s) if outcomes else 0.0,
    )


def _load(done: float, ahead: float) -> float:
    """What is due before, to what will be done until then."""
    return math.log((ahead + 1) / (done + 1))
