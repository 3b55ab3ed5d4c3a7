"""How loaded a queue is: what is due before a clock, and how fast work gets done at that hour of
the day. Made from the same history by `learning`, asked by `signs`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from copy import copy

HOUR_S, DAY_S = 3600.0, 86_400.0
DAY_H = 24
RECENT_S = 2 * HOUR_S
LIKE_ALWAYS = 4.0
"""The last hours are taken for chance as far as so many ends could be."""


class Pace:
    """Ends of clocks in one queue: by hour of the day on average, and lately."""

    def __init__(
        self, ends: Iterable[float], since_s: float, until_s: float, weight: float = 1.0
    ) -> None:
        """`ends` within [since_s, until_s) count. `weight`: each stands for so many."""
        self._weight = weight
        self._ends = sorted(end_s for end_s in ends if since_s <= end_s < until_s)
        self._since_s = since_s
        by_hour: list[dict[int, float]] = [{} for _ in range(DAY_H)]
        at_s = since_s
        while at_s < until_s:
            step_s = min(HOUR_S - at_s % HOUR_S, until_s - at_s)
            if step_s >= HOUR_S / 2:
                by_hour[_hour(at_s)][int(at_s // DAY_S)] = 0.0
            at_s += step_s
        for end_s in self._ends:
            days, day = by_hour[_hour(end_s)], int(end_s // DAY_S)
            if day in days:
                days[day] += 1
        seen_h = max((until_s - since_s) / HOUR_S, 1.0)
        mean = len(self._ends) / seen_h
        self._by_hour = [(sum(d.values()) + mean) / (len(d) + 1.0) for d in by_hour]
        self._at_most = [
            _upper(days.values(), usual) for days, usual in zip(by_hour, self._by_hour, strict=True)
        ]

    def with_ends(self, ends: Iterable[float]) -> Pace:
        """The same usual pace with other last hours."""
        other = copy(self)
        other._ends = sorted(ends)
        return other

    def lately(self, at_s: float) -> float:
        """How much faster than usual work went in the hours before: 1 is as usual."""
        begin_s = max(at_s - RECENT_S, self._since_s)
        done = bisect_left(self._ends, at_s) - bisect_left(self._ends, begin_s)
        usual = self.usual(begin_s, at_s) / self._weight
        return (done + LIKE_ALWAYS) / (usual + LIKE_ALWAYS)

    def at_this_speed(self, from_s: float, to_s: float) -> float:
        """Ends between the two if work goes on as it does: for an hour as in the hour before,
        then as is usual at that time of the day, as much faster as lately."""
        soon_s = min(to_s, from_s + HOUR_S)
        begin_s = max(from_s - HOUR_S, self._since_s)
        done = bisect_left(self._ends, from_s) - bisect_left(self._ends, begin_s)
        first = done * self._weight * (soon_s - from_s) / HOUR_S
        return first + self.usual(soon_s, to_s) * self.lately(from_s)

    def usual(self, from_s: float, to_s: float) -> float:
        """Ends that are usual between the two."""
        return self._between(self._by_hour, from_s, to_s)

    def at_most(self, from_s: float, to_s: float) -> float:
        """Ends between the two on busy days: what the queue can do if it has to."""
        return self._between(self._at_most, from_s, to_s)

    def _between(self, by_hour: Sequence[float], from_s: float, to_s: float) -> float:
        total = 0.0
        while from_s < to_s:
            step_s = min(HOUR_S - from_s % HOUR_S, to_s - from_s)
            total += by_hour[_hour(from_s)] * step_s / HOUR_S
            from_s += step_s
        return total * self._weight


class Line:
    """The open clocks of one queue at one moment, by deadline."""

    def __init__(self, dues: Iterable[float], weight: float = 1.0) -> None:
        """`weight`: so many clocks stand for one that is given."""
        self._dues: Sequence[float] = sorted(dues)
        self._weight = weight

    def ahead(self, due_s: float) -> float:
        """Clocks due before."""
        return bisect_left(self._dues, due_s) * self._weight

    @property
    def size(self) -> float:
        """All of them."""
        return len(self._dues) * self._weight


def _upper(counts: Iterable[float], at_least: float) -> float:
    """The mean of the busiest fifth of days."""
    ranked = sorted(counts, reverse=True)
    busiest = ranked[: max(1, len(ranked) // 5)]
    return max(sum(busiest) / len(busiest), at_least) if busiest else at_least


def _hour(at_s: float) -> int:
    return int(at_s // HOUR_S) % DAY_H
