"""Handling times as measured: how often a clock ends at each age, of those that got so old.

Clocks that are still open, or were cut off, count for as long as they were seen. Made by
`learning`, asked by `signs`.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

LIKE_OTHERS = 20.0
"""A group leans on the wider one as if so many clocks of that had been its own."""
Group = tuple[str, ...]


class Stay(NamedTuple):
    """One clock: until which age it was seen, and whether it ended there. Ages have the unit of
    the curve's edges. `groups` go from the widest to the narrowest."""

    groups: Sequence[Group]
    reached: float
    ended: bool


class Curve:
    """Ends in an age's stretch, by time spent in it: a hazard that is constant in each stretch."""

    __slots__ = ("_edges", "_sums", "rates")

    def __init__(self, edges: Sequence[float], rates: Sequence[float]) -> None:
        self._edges = edges
        self.rates = tuple(rates)
        sums = [0.0]
        for number, rate in enumerate(self.rates):
            sums.append(sums[-1] + rate * (edges[number + 1] - edges[number]))
        self._sums = sums

    def still_open(self, age: float, until: float) -> float:
        """The probability that what is open at `age` is open at `until` too."""
        return math.exp(min(0.0, self._sum(age) - self._sum(until)))

    def _sum(self, age: float) -> float:
        edges = self._edges
        number = min(max(bisect_right(edges, age) - 1, 0), len(self.rates) - 1)
        inside = min(max(age, edges[0]), edges[-1]) - edges[number]
        return self._sums[number] + self.rates[number] * inside


class Curves:
    """Curves of groups within groups. A group that was never seen has that of the next wider."""

    def __init__(self, edges: Sequence[float], found: dict[Group, Curve]) -> None:
        self._found = found
        self._none = Curve(edges, [0.0] * (len(edges) - 1))

    def of(self, groups: Sequence[Group]) -> Curve:
        """`groups` from the widest to the narrowest."""
        for group in reversed(groups):
            curve = self._found.get(group)
            if curve is not None:
                return curve
        return self._none


def measure(stays: Iterable[Stay], edges: Sequence[float]) -> Curves:
    """The curves of all groups that occur. `edges` ascend from 0."""
    seen: dict[Group, _Seen] = {}
    wider: dict[Group, Group | None] = {}
    count = len(edges) - 1
    for groups, age, ended in stays:
        last = min(max(bisect_right(edges, age) - 1, 0), count - 1)
        spent = min(age, edges[-1]) - edges[last]
        above: Group | None = None
        for group in groups:
            held = seen.get(group)
            if held is None:
                held = seen[group] = _Seen([0] * count, [0] * count, [0.0] * count)
                wider[group] = above
            above = group
            held.stopped[last] += 1
            held.ended[last] += ended and age < edges[-1]
            held.spent[last] += spent
    found: dict[Group, Curve] = {}
    for group in sorted(seen, key=len):
        above = wider[group]
        found[group] = _curve(seen[group], edges, None if above is None else found[above])
    return Curves(edges, found)


class _Seen(NamedTuple):
    """By stretch: clocks seen last in it, those of them that ended, and the time these spent."""

    stopped: list[int]
    ended: list[int]
    spent: list[float]


def _curve(seen: _Seen, edges: Sequence[float], wider: Curve | None) -> Curve:
    rates: list[float] = []
    further = sum(seen.stopped)
    for number, ended in enumerate(seen.ended):
        width = edges[number + 1] - edges[number]
        further -= seen.stopped[number]
        spent = seen.spent[number] + further * width
        lent = 0.0 if wider is None else LIKE_OTHERS * width
        total = ended + (0.0 if wider is None else lent * wider.rates[number])
        rates.append(total / (spent + lent) if spent + lent > 0 else 0.0)
    return Curve(edges, rates)
