"""Rates, backlogs and gaps from the times at which things happened. Pure; called by `course`.

All times are seconds since 1970, all lists of them ascending.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from statistics import linear_regression

STEP_S = 0.1
"""What waits, and what was done, is looked at so often."""
HOLD_S = 3.0
"""It is gone when it stays gone for so long."""

Sample = tuple[float, float]
"""A moment, and how much was waiting then."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time."""

    from_s: float
    to_s: float

    @property
    def length_s(self) -> float:
        """How long it is."""
        return self.to_s - self.from_s

    @property
    def looks_s(self) -> list[float]:
        """Moments all through it, STEP_S apart."""
        return [self.from_s + n * STEP_S for n in range(int(self.length_s / STEP_S) + 1)]

    def rate(self, times_s: Sequence[float]) -> float:
        """How often a second it happened within: the slope of the count. Its ends alone would tell
        whether the last batch came just before or just behind them."""
        looks_s = self.looks_s
        counts = [bisect_right(times_s, at_s) for at_s in looks_s]
        return linear_regression(looks_s, counts).slope

    def gap_s(self, times_s: Sequence[float]) -> float:
        """The longest time within in which it did not happen."""
        first, behind = bisect_left(times_s, self.from_s), bisect_left(times_s, self.to_s)
        marks = [self.from_s, *times_s[first:behind], self.to_s]
        return max(later - earlier for earlier, later in pairwise(marks))


def open_ones(span: Span, begun_s: Sequence[float], done_s: Sequence[float]) -> Iterator[Sample]:
    """How many were begun and not done, all through a span."""
    for at_s in span.looks_s:
        yield at_s, bisect_right(begun_s, at_s) - bisect_right(done_s, at_s)


def most_in(samples: Sequence[Sample], span: Span) -> float | None:
    """The most that was waiting within a span; looks that got no answer tell nothing, and None
    says that there was no other."""
    within = (many for at_s, many in samples if span.from_s <= at_s <= span.to_s)
    return max(filter(isfinite, within), default=None)


def gone_s(samples: Sequence[Sample], since_s: float, enough: float) -> float | None:
    """Seconds until no more than `enough` was waiting and it stayed so for HOLD_S, or to the last
    look; None when it never was."""
    calm_from_s: float | None = None
    for at_s, many in samples:
        if at_s < since_s:
            continue
        if many > enough:
            calm_from_s = None
        elif calm_from_s is None:
            calm_from_s = at_s
        elif at_s - calm_from_s >= HOLD_S:
            break
    return None if calm_from_s is None else calm_from_s - since_s


def window_behind(healed_s: float, gone: float | None, length_s: float, ended_s: float) -> Span:
    """The window to compare with: from when the backlog was gone, but while load still came."""
    from_s = ended_s - length_s if gone is None else min(healed_s + gone, ended_s - length_s)
    return Span(from_s, from_s + length_s)
