"""Scores of answers against labels, from counts of (label, answer) pairs, with their intervals."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from random import Random
from statistics import fmean
from typing import Any

Pair = tuple[Any, Any]
Counts = Counter[Pair]
Score = Callable[[Counts], float]
BINS = 10
TAIL = 0.025


def precision(label: object) -> Score:
    """Share of the answers with that label that are right; no such answer: not a number."""
    return lambda counts: _share(
        counts[label, label], sum(n for (_, said), n in counts.items() if said == label)
    )


def recall(label: object) -> Score:
    """Share of the labelled ones that are found; none labelled: not a number."""
    return lambda counts: _share(
        counts[label, label], sum(n for (true, _), n in counts.items() if true == label)
    )


def f1(label: object) -> Score:
    """Harmonic mean of both; neither labelled nor answered: not a number."""
    return lambda counts: _share(
        2 * counts[label, label],
        sum(n * ((true == label) + (said == label)) for (true, said), n in counts.items()),
    )


def macro_f1(counts: Counts) -> float:
    """Mean F1 of all labels that occur, in labels or answers."""
    labels = {label for pair in counts for label in pair}
    return fmean(f1(label)(counts) for label in sorted(labels, key=str)) if labels else math.nan


def accuracy(counts: Counts) -> float:
    """Share of right answers."""
    return _share(sum(n for (true, said), n in counts.items() if true == said), counts.total())


def calibration_error(counts: Counts) -> float:
    """Expected calibration error of (confidence, right) pairs: ten bins of equal width."""
    bins: defaultdict[int, list[tuple[float, bool, int]]] = defaultdict(list)
    for (sure, right), count in counts.items():
        bins[min(int(sure * BINS), BINS - 1)].append((sure, right, count))
    gaps = (abs(sum((sure - right) * n for sure, right, n in found)) for found in bins.values())
    return _share(sum(gaps), counts.total())


def interval(pairs: Sequence[Pair], score: Score, rounds: int, seed: int) -> tuple[float, float]:
    """95 % bootstrap interval. Figures over the same messages see the same draws."""
    dice = Random(seed)
    drawn = (score(Counter(dice.choices(pairs, k=len(pairs)))) for _ in range(rounds))
    values = sorted(value for value in drawn if not math.isnan(value))
    if not values:
        return math.nan, math.nan
    cut = int(TAIL * len(values))
    return values[cut], values[-1 - cut]


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
