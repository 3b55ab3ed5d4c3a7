"""What was learned about breaches, and the probability of one. Made by `learning`, asked by
`outlook`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.sla.domain.forecast.course import Course
from services.sla.domain.forecast.logistic import chance_of, score
from services.sla.domain.forecast.moments import Place
from services.sla.domain.forecast.signs import Measured, groups, log_odds, signs


@dataclass(slots=True)
class Rate:
    """Breaches among clocks that were due within the horizon. Nothing known is one in ten."""

    clocks: int = 0
    breaches: int = 0

    def add(self, breached: bool) -> None:
        """One more."""
        self.clocks += 1
        self.breaches += breached

    @property
    def share(self) -> float:
        """Between 0 and 1, neither of them."""
        return (self.breaches + 0.5) / (self.clocks + 5.0)


@dataclass(slots=True)
class Model:
    """What was learned. `weights` by clock, and under the empty name of all; none where there was
    too little to learn from. `base` by clock and whether it paused. `spread`: how many times as
    far as by chance the breaches of a queue were off the expected number."""

    horizon_s: float
    weight: float
    measured: Measured
    base: dict[tuple[str, bool], Rate] = field(default_factory=dict)
    weights: dict[str, tuple[float, ...]] = field(default_factory=dict)
    spread: dict[str, float] = field(default_factory=dict)
    lessons: int = 0
    bounds: list[tuple[float, float]] = field(default_factory=list)
    trust: dict[str, float] = field(default_factory=dict)

    @property
    def learned(self) -> bool:
        """Whether there was enough history for more than base rates."""
        return bool(self.weights)

    def chance(self, course: Course, at_s: float, place: Place) -> float:
        """Of being breached within the horizon."""
        left_s = course.left_s(at_s)
        if not 0 < left_s <= self.horizon_s or course.end_s <= at_s:
            return 0.0
        pausing = course.due_s(at_s) == math.inf
        if not self.weights:
            return self.base_rate(course.clock, pausing=pausing)
        name = course.clock if course.clock in self.weights else ""
        values = self.within(signs(self.measured, course, at_s, place))
        base = log_odds(self.base_rate(course.clock))
        said = base + self.trust[name] * (score(self.weights[name], values) - base)
        running = chance_of(said)
        return running * self._goes_on(course, at_s, left_s) if pausing else running

    def base_rate(self, clock: str, *, pausing: bool = False) -> float:
        """Of clocks that were due within the horizon; where none was ever looked at then, of all
        of that name."""
        rate, outcomes = self.base.get((clock, pausing)), self.measured.outcomes.get(clock)
        if rate is not None:
            return rate.share
        return Rate().share if outcomes is None else outcomes.share

    def within(self, values: Sequence[float]) -> tuple[float, ...]:
        """Signs no farther out than they were seen."""
        return tuple(
            [min(max(v, low), high) for v, (low, high) in zip(values, self.bounds, strict=True)]
        )

    def _goes_on(self, course: Course, at_s: float, left_s: float) -> float:
        """The probability that a pause ends early enough for a breach within the horizon."""
        so_far = at_s - course.pause_s
        curve = self.measured.pauses.of(groups(course))
        return 1 - curve.still_open(so_far, so_far + self.horizon_s - left_s)
