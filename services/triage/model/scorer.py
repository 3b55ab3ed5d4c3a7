"""Reads features with a trained model: two sums of whole numbers, then probabilities.

Built once when a service or the command starts.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from services.triage.domain.opinion import SUREST, Opinion
from services.triage.model.file import ModelFile
from services.triage.model.heads import CHOICES, CLASSES, EMOTIONS, FLAGS, THREATS, heads_of

PIECE = 2.0
"""What all pieces of a text weigh together, whatever its length (by its root)."""
FEWEST = 16
"""Of a shorter text each piece weighs no more than of one with so many."""
SIGN = 0.12
"""What a step of strength of a sign weighs."""
SHOWN, LOUD = 3, 10
"""So many pieces are named at most; each weighs at least so much, of 127."""
_READABLE = re.compile(r"[\u4e00-\u9fff]{2,}|[a-z0-9' ]{3,}")
DEEPEST = 30.0
N = TypeVar("N", bound=str)


class LinearScorer:
    """See `domain.opinion.Scorer`."""

    def __init__(self, model: ModelFile) -> None:
        self.version = hashlib.sha256(model.to_bytes).hexdigest()[:12]
        self._row = {word: row for row, word in enumerate(model.vocabulary)}
        self._weights = model.weights.astype(np.int32)
        self._scale = np.array(model.scale)
        self._bias = np.array(model.bias)
        self._heads = heads_of(model.subtypes)
        self._subtypes = model.subtypes
        self._sharp = np.ones(len(model.scale))
        for group, thousandths in model.sharpness.items():
            self._sharp[self._heads[group]] = thousandths / 1000

    def opinion(self, pieces: Sequence[str], signs: Mapping[str, int]) -> Opinion:
        """See the port."""
        z, heads = self._sums(pieces, signs), self._heads
        return Opinion(
            classes=_one_of(CLASSES, z[heads["classes"]]),
            about=_each(CLASSES, z[heads["about"]]),
            subtypes=dict(zip(self._subtypes, z[heads["subtypes"]], strict=True)),
            emotions=_one_of(EMOTIONS, z[heads["emotions"]]),
            threats=_each(THREATS, z[heads["threats"]]),
            **{flag: _likely(z[heads[flag].start]) for flag in FLAGS},
        )

    def spoke(self, pieces: Sequence[str], head: str) -> tuple[str, ...]:
        """See the port. A piece within another one that was named says nothing new."""
        column, rivals = self._column(head)
        known = [
            (row, piece.strip())
            for piece in pieces
            if (row := self._row.get(piece)) is not None and _READABLE.fullmatch(piece.strip())
        ]
        if not known:
            return ()
        weights = self._weights.take([row for row, _ in known], axis=0)
        points = weights[:, column]
        if rivals is not None:
            points = points - weights[:, rivals].max(axis=1)
        said = [
            (-many, -len(word), word)
            for many, (_, word) in zip(points.tolist(), known, strict=True)
            if many >= LOUD
        ]
        named: list[str] = []
        for _, _, word in sorted(said):
            if len(named) < SHOWN and not any(word in it or it in word for it in named):
                named.append(word)
        return tuple(named)

    def _column(self, head: str) -> tuple[int, NDArray[np.intp] | None]:
        group, _, name = head.partition(".")
        columns = self._heads[group]
        if not name:
            return columns.start, None
        names = {"classes": CLASSES, "emotions": EMOTIONS, "threats": THREATS}[group]
        column = columns.start + names.index(name)
        if group not in CHOICES:
            return column, None
        others = [c for c in range(columns.start, columns.stop) if c != column]
        return column, np.array(others)

    def _sums(self, pieces: Sequence[str], signs: Mapping[str, int]) -> list[float]:
        row, weights = self._row, self._weights
        rows = [row[piece] for piece in pieces if piece in row]
        known = [(row[sign], strength) for sign, strength in signs.items() if sign in row]
        z = self._bias
        if rows:
            each = self._scale * weight_of(len(pieces))
            z = z + weights.take(rows, axis=0).sum(axis=0) * each
        if known:
            places, strengths = zip(*known, strict=True)
            heavy = weights.take(places, axis=0) * np.array(strengths, dtype=np.int32)[:, None]
            z = z + heavy.sum(axis=0) * (self._scale * SIGN)
        told: list[float] = (z * self._sharp).tolist()
        return told


def weight_of(pieces: int) -> float:
    """What each piece weighs. Pieces that the model does not know count too: of a text that it
    hardly knows it says little."""
    return PIECE / math.sqrt(max(pieces, FEWEST))


def _likely(z: float) -> float:
    return min(SUREST, 1.0 / (1.0 + math.exp(-max(-DEEPEST, z))))


def _each(names: Sequence[N], z: Sequence[float]) -> dict[N, float]:
    return {name: _likely(value) for name, value in zip(names, z, strict=True)}


def _one_of(names: Sequence[N], z: Sequence[float]) -> dict[N, float]:
    most = max(z)
    odds = [math.exp(value - most) for value in z]
    whole = sum(odds)
    return {name: min(SUREST, each / whole) for name, each in zip(names, odds, strict=True)}
