"""Weighs signs into a probability (logistic regression), with weights that are drawn to given
ones and never below zero. Pure arithmetic; used by `learning`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

STEPS = 30
SMALL = 1e-3


def probability(weights: Sequence[float], signs: Sequence[float]) -> float:
    """Between 0 and 1."""
    return 1.0 / (1.0 + math.exp(-score(weights, signs)))


def chance_of(odds: float) -> float:
    """The probability of log odds."""
    return 1.0 / (1.0 + math.exp(-min(max(odds, -30.0), 30.0)))


def score(weights: Sequence[float], signs: Sequence[float]) -> float:
    """The same in log odds. `weights` begin with the one that counts always."""
    total = weights[0] + sum(w * x for w, x in zip(weights[1:], signs, strict=True))
    return min(max(total, -30.0), 30.0)


def fit(
    rows: Sequence[tuple[Sequence[float], bool]], towards: Sequence[float], pull: Sequence[float]
) -> tuple[float, ...]:
    """The most probable weights, each drawn to that in `towards` by its `pull` (as so much
    evidence). A sign never speaks against what it is a sign of: its weight is at least zero."""
    free = list(range(len(towards)))
    while True:
        weights = _newton(rows, towards, pull, free)
        wrong = [i for i in free if i > 0 and weights[i] < 0]
        if not wrong:
            return tuple(weights)
        free.remove(min(wrong, key=lambda i: weights[i]))


def _newton(
    rows: Sequence[tuple[Sequence[float], bool]],
    towards: Sequence[float],
    pull: Sequence[float],
    free: Sequence[int],
) -> list[float]:
    """Weights that are not free are zero."""
    weights = [w if i in free else 0.0 for i, w in enumerate(towards)]
    for _ in range(STEPS):
        slope, bend = _slope(rows, weights, towards, pull, free)
        step = solve(bend, slope)
        largest = max((abs(s) for s in step), default=0.0)
        shorter = min(1.0, 3.0 / largest) if largest > 0 else 0.0
        for place, i in enumerate(free):
            weights[i] += shorter * step[place]
        if largest < SMALL:
            break
    return weights


def _slope(
    rows: Sequence[tuple[Sequence[float], bool]],
    weights: Sequence[float],
    towards: Sequence[float],
    pull: Sequence[float],
    free: Sequence[int],
) -> tuple[list[float], list[list[float]]]:
    slope = [pull[i] * (towards[i] - weights[i]) for i in free]
    bend = [[pull[i] if i == j else 0.0 for j in free] for i in free]
    for signs, happened in rows:
        chance = probability(weights, signs)
        wrong, unsure = happened - chance, chance * (1.0 - chance)
        values = [1.0 if i == 0 else signs[i - 1] for i in free]
        for place, value in enumerate(values):
            slope[place] += wrong * value
            heavy, row = unsure * value, bend[place]
            for other in range(place + 1):
                row[other] += heavy * values[other]
    for place, row in enumerate(bend):
        for other in range(place):
            bend[other][place] = row[other]
    return slope, bend


def solve(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """The solution of a system with a positive definite matrix."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for i in range(size):
        for j in range(i + 1, size):
            factor = rows[j][i] / rows[i][i]
            rows[j] = [b - factor * a for a, b in zip(rows[i], rows[j], strict=True)]
    answer = [0.0] * size
    for i in reversed(range(size)):
        known = sum(rows[i][j] * answer[j] for j in range(i + 1, size))
        answer[i] = (rows[i][-1] - known) / rows[i][i]
    return answer
