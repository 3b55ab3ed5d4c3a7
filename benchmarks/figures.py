"""What a benchmark finds: figures with unit, spread and target. Made by the benchmarks, shown by
`benchmarks.table`, written by `benchmarks.results`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should reach: at least, or at most, `bound` (in the figure's unit)."""

    bound: float
    at_least: bool

    def reached(self, value: float) -> bool:
        """Whether the value is on the right side; nothing measured never is."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:,g}"


def at_least(bound: float) -> Target:
    """The more the better, this at least."""
    return Target(bound, at_least=True)


def at_most(bound: float) -> Target:
    """The less the better, this at most."""
    return Target(bound, at_least=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `low` and `high` are the extremes over the rounds."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    rounds: int = 1
    target: Target | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """None without a target."""
        return None if self.target is None else self.target.reached(self.value)


def figure(
    name: str,
    unit: str,
    values: Sequence[float],
    target: Target | None = None,
    note: str = "",
) -> Figure:
    """Median and extremes of the rounds; not a number when no round gave a value."""
    found = [value for value in values if not math.isnan(value)]
    if not found:
        return Figure(name, math.nan, unit, math.nan, math.nan, 0, target, note)
    return Figure(name, median(found), unit, min(found), max(found), len(found), target, note)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of the values do not pass."""
    if not values:
        return math.nan
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


@dataclass(slots=True)
class Report:
    """One benchmark's outcome. `verified`: the invariants held on what it produced; None: it
    produced nothing that `aftercare verify` could read, `notes` say why."""

    bench: str
    figures: list[Figure] = field(default_factory=list)
    conditions: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    verified: bool | None = None
    took_s: float = 0.0

    def add(
        self,
        name: str,
        unit: str,
        values: Sequence[float],
        target: Target | None = None,
        note: str = "",
    ) -> Figure:
        """Put in one figure from its rounds."""
        made = figure(name, unit, values, target, note)
        self.figures.append(made)
        return made


Tell = Callable[[str], None]
"""Shows what a benchmark is doing right now, one short line."""
