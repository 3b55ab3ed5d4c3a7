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

from services.triage.domain.features import FOUND, STRENGTHS, amount
from services.triage.domain.opinion import SUREST, Opinion
from services.triage.model.file import ModelFile
from services.triage.model.heads import (
    CHOICES,
    CLASSES,
    DEEPEST,
    EMOTIONS,
    FLAGS,
    THREATS,
    WEIGHED,
    heads_of,
    speaking,
)
from services.triage.model.known import Known

PIECE = 2.0
"""What all pieces of a text weigh together, whatever its length (by its root)."""
FEWEST = 16
"""Of a shorter text each piece weighs no more than of one with so many."""
SIGN = 0.12
"""What a step of strength of a sign weighs."""
SHOWN, LOUD = 3, 10
"""So many pieces are named at most; each weighs at least so much, of 127."""
_READABLE = re.compile(r"[\u4e00-\u9fff]{2,}|[a-z0-9' ]{3,}")
_SCRAP = re.compile(
    r"[的了吗呢吧啊呀们个种么].*|.*[的不没我你他她这那是就也都还把被给和跟很在有一]"
)
"""A piece cut out of the middle of something: people can't read it."""
_LEAST = -30.0
N = TypeVar("N", bound=str)


class LinearScorer:
    """See `domain.opinion.Scorer`."""

    def __init__(self, model: ModelFile) -> None:
        self.version = hashlib.sha256(model.to_bytes).hexdigest()[:12]
        self._known = Known(model.vocabulary)
        self._words = self._known.words
        at = {word: row for row, word in enumerate(model.vocabulary)}
        self._weights = model.weights.take([at[word] for word in self._words], 0)
        self._sign_row, self._sign_weights = _by_strength(model)
        self._heads = heads_of(model.subtypes)
        self._subtypes = model.subtypes
        self._sharp = np.ones(len(model.scale))
        for group, thousandths in model.sharpness.items():
            self._sharp[self._heads[group]] = thousandths / 1000
        self._each = np.array(model.scale)
        self._each_sign = self._each * SIGN
        self._bias = np.array(model.bias)
        self._speaking = speaking(self._heads)
        weighing = np.array([row for group in WEIGHED for row in model.weighing[group]])
        self._shares, self._start = weighing[:, :-1], weighing[:, -1]
        self._leads: dict[str, NDArray[np.int16]] = {}
        self._scraps: NDArray[np.intp] | None = None
        self._read: tuple[str, list[int]] = ("", [])

    def opinion(self, text: str, signs: Mapping[str, int]) -> Opinion:
        """See the port."""
        sums, heads = self._sums(text, signs), self._heads
        weighed = self._weighed(sums)
        z: list[float] = (sums * self._sharp).tolist()
        return Opinion(
            classes=_one_of(CLASSES, weighed[: len(CLASSES)]),
            about=_each(CLASSES, z[heads["about"]]),
            subtypes=dict(zip(self._subtypes, z[heads["subtypes"]], strict=True)),
            emotions=_one_of(EMOTIONS, weighed[len(CLASSES) :]),
            threats=_each(THREATS, z[heads["threats"]]),
            **{flag: _likely(z[heads[flag].start]) for flag in FLAGS},
        )

    def spoke(self, text: str, head: str) -> tuple[str, ...]:
        """See the port. A piece within another one that was named says nothing new."""
        rows = self._rows(text)
        if not rows:
            return ()
        points = self._lead(head).take(rows).tolist()
        loud = [(many, row) for many, row in zip(points, rows, strict=True) if many >= LOUD]
        words = [(-many, self._words[row].strip()) for many, row in loud]
        said = [(many, -len(word), word) for many, word in words]
        named: list[str] = []
        for _, _, word in sorted(said):
            if len(named) < SHOWN and not any(word in it or it in word for it in named):
                named.append(word)
        return tuple(named)

    def _lead(self, head: str) -> NDArray[np.int16]:
        """By word, what it says for a head, or for one of several more than for its rivals."""
        known = self._leads.get(head)
        if known is None:
            known = self._leads[head] = self._lead_of(head)
        return known

    def _lead_of(self, head: str) -> NDArray[np.int16]:
        group, _, name = head.partition(".")
        columns = self._heads[group]
        names = {"classes": CLASSES, "emotions": EMOTIONS, "threats": THREATS}.get(group, ())
        column = columns.start + (names.index(name) if name else 0)
        own: NDArray[np.int16] = self._weights[:, column].astype(np.int16)
        if group in CHOICES:
            rivals = [c for c in range(columns.start, columns.stop) if c != column]
            own -= self._weights[:, rivals].max(axis=1)
        if self._scraps is None:
            readable = [_is_readable(word.strip()) for word in self._words]
            self._scraps = np.flatnonzero(np.logical_not(readable))
        own[self._scraps] = 0
        return own

    def _rows(self, text: str) -> list[int]:
        """Of the words that it knows. Those of the last text are at hand: `spoke` follows."""
        if self._read[0] is not text:
            self._read = (text, self._known.rows(text))
        return self._read[1]

    def _weighed(self, sums: NDArray[np.float64]) -> list[float]:
        heard = np.minimum(np.maximum(sums.take(self._speaking), -DEEPEST), DEEPEST)
        weighed: list[float] = (np.add.reduce(self._shares * heard, 1) + self._start).tolist()
        return weighed

    def _sums(self, text: str, signs: Mapping[str, int]) -> NDArray[np.float64]:
        z = self._bias
        if rows := self._rows(text):
            told = np.add.reduce(self._weights.take(rows, 0), 0, np.int32)
            z = z + told * (self._each * weight_of(amount(text)))
        heard = [row for row in map(self._sign_row.get, signs.items()) if row is not None]
        if heard:
            z = z + np.add.reduce(self._sign_weights.take(heard, 0), 0) * self._each_sign
        return z


def _by_strength(model: ModelFile) -> tuple[dict[tuple[str, int], int], NDArray[np.int32]]:
    """Signs with each strength that they may have: a row each."""
    found = [(word, row) for row, word in enumerate(model.vocabulary) if word.startswith(FOUND)]
    steps = range(1, STRENGTHS + 1)
    named = [(word, step) for word, _ in found for step in steps]
    weights = np.zeros((len(named) + 1, len(model.scale)), dtype=np.int32)
    for at, (_, row) in enumerate(found):
        for step in steps:
            weights[at * STRENGTHS + step - 1] = model.weights[row].astype(np.int32) * step
    return {name: at for at, name in enumerate(named)}, weights


def _is_readable(word: str) -> bool:
    return bool(_READABLE.fullmatch(word)) and not _SCRAP.fullmatch(word)


def weight_of(amount: int) -> float:
    """What each piece weighs. Pieces that the model does not know count too: of a text that it
    hardly knows it says little."""
    return PIECE / math.sqrt(max(amount, FEWEST))


def _likely(z: float) -> float:
    return min(SUREST, 1.0 / (1.0 + math.exp(-max(_LEAST, z))))


def _each(names: Sequence[N], z: Sequence[float]) -> dict[N, float]:
    return {name: _likely(value) for name, value in zip(names, z, strict=True)}


def _one_of(names: Sequence[N], z: Sequence[float]) -> dict[N, float]:
    most = max(z)
    odds = [math.exp(value - most) for value in z]
    whole = sum(odds)
    return {name: min(SUREST, each / whole) for name, each in zip(names, odds, strict=True)}
