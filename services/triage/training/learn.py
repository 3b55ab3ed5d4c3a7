"""Fits linear weights by gradient, so that every machine gets the same bytes.

Only additions, products, quotients and roots, in a fixed order: no BLAS, no `exp` of the machine
(a table of rounded values instead), no dice (the order of examples is a hash).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.triage.model.heads import CHOICES

Floats = NDArray[np.float64]
STEP, BATCH = 0.6, 32
SHRINK = 2e-5
WEIGHED_STEPS, PULL = 300, 0.003
_FINE = 256
_DEEPEST = 24
_EXP = np.array([round(math.exp(-i / _FINE) * 2**30) / 2**30 for i in range(_FINE * _DEEPEST + 1)])
"""exp(-x) for x in steps of 1/256, rounded: what libraries disagree on is gone."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of examples, sparse: columns and values of each, one after the other."""

    columns: NDArray[np.int64]
    values: Floats
    starts: NDArray[np.int64]
    """Where each row begins, and where the last one ends. No row is empty."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    def rows(self, chosen: Sequence[int]) -> Matrix:
        """Some of the rows, in that order."""
        parts = [np.arange(self.starts[i], self.starts[i + 1]) for i in chosen]
        taken = np.concatenate(parts)
        starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
        return Matrix(self.columns[taken], self.values[taken], starts)


def matrix(rows: Sequence[dict[int, float]]) -> Matrix:
    """From column → value by row."""
    columns = [column for row in rows for column in row]
    values = [value for row in rows for value in row.values()]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return Matrix(np.array(columns, dtype=np.int64), np.array(values), starts.astype(np.int64))


def sums(weights: Floats, bias: Floats, of: Matrix) -> Floats:
    """What the columns of `weights` say of each row."""
    heavy = weights[of.columns] * of.values[:, None]
    told: Floats = np.add.reduceat(heavy, of.starts[:-1], axis=0) + bias
    return told


def likely(z: Floats, heads: dict[str, slice]) -> Floats:
    """Probabilities from sums: those of a choice add up to one, others stand alone."""
    told = 1.0 / (1.0 + np.where(z < 0, 1.0 / _shrunk(-z), _shrunk(z)))
    for group in CHOICES:
        if group not in heads:
            continue
        part = z[:, heads[group]]
        most = part[:, 0]
        for column in range(1, part.shape[1]):
            most = np.maximum(most, part[:, column])
        grown = _shrunk(most[:, None] - part)
        whole = grown[:, 0]
        for column in range(1, part.shape[1]):
            whole = whole + grown[:, column]
        told[:, heads[group]] = grown / whole[:, None]
    return told


def _shrunk(x: Floats) -> Floats:
    """exp(-x) for x of at least 0; never 0."""
    steps = np.minimum(np.maximum(x, 0.0) * _FINE, len(_EXP) - 1.0)
    told: Floats = np.maximum(_EXP[steps.astype(np.int64)], 2.0**-30)
    return told


def fitted(
    of: Matrix, wanted: Floats, words: int, heads: dict[str, slice], epochs: int
) -> tuple[Floats, Floats]:
    """Weights (a row a word) and biases that lead to what is wanted of each row: the mean of what
    they are after each of the later epochs, which sways less with the order of the examples."""
    weights = np.zeros((words, wanted.shape[1]))
    seen = np.full(weights.shape, 1e-2)
    bias = np.zeros(wanted.shape[1])
    added, added_bias = np.zeros(weights.shape), np.zeros(bias.shape)
    first = epochs * 3 // 8
    for epoch in range(epochs):
        order = sorted(range(len(of)), key=lambda row: _dice(epoch, row))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            part = of.rows(chosen)
            wrong = likely(sums(weights, bias, part), heads) - wanted[chosen]
            places, slopes = _slopes(part, wrong)
            slopes += SHRINK * weights[places]
            seen[places] += slopes * slopes
            weights[places] -= STEP * slopes / np.sqrt(seen[places])
            bias -= 0.05 * np.add.reduce(wrong, axis=0) / len(chosen)
        if epoch >= first:
            added += weights
            added_bias += bias
    return added / (epochs - first), added_bias / (epochs - first)


def weighed(said: Floats, wanted: Floats, heads: dict[str, slice]) -> tuple[Floats, Floats]:
    """The same for few columns that all speak in every row: `said`, a row an example."""
    count = len(said)
    middle = np.add.reduce(said, axis=0) / count
    spread = np.sqrt(np.add.reduce((said - middle) ** 2, axis=0) / count) + 1e-6
    even = (said - middle) / spread
    weights, drift = np.zeros((said.shape[1], wanted.shape[1])), 0.0
    bias, bias_drift = np.zeros(wanted.shape[1]), 0.0
    for _ in range(WEIGHED_STEPS):
        z = np.add.reduce(even.T[:, :, None] * weights[:, None, :], axis=0) + bias
        wrong = (likely(z, heads) - wanted) / count
        slopes = np.add.reduce(even[:, :, None] * wrong[:, None, :], axis=0) + PULL * weights
        drift = 0.9 * drift + slopes
        bias_drift = 0.9 * bias_drift + np.add.reduce(wrong, axis=0)
        weights = weights - 0.2 * drift
        bias = bias - 0.2 * bias_drift
    weights = weights / spread[:, None]
    return weights, bias - np.add.reduce(weights * middle[:, None], axis=0)


def _slopes(part: Matrix, wrong: Floats) -> tuple[NDArray[np.int64], Floats]:
    """For each word that occurs, what it did wrong."""
    lengths = part.starts[1:] - part.starts[:-1]
    rows = np.repeat(np.arange(len(part)), lengths)
    order = np.argsort(part.columns, kind="stable")
    columns = part.columns[order]
    first = np.concatenate([[0], np.flatnonzero(columns[1:] != columns[:-1]) + 1])
    heavy = wrong[rows[order]] * part.values[order][:, None]
    return columns[first], np.add.reduceat(heavy, first, axis=0)


def _dice(epoch: int, row: int) -> bytes:
    return hashlib.blake2b(f"{epoch}.{row}".encode(), digest_size=8).digest()
