"""From the texts to a model: features, targets, fitting, how sure to be, whole numbers.

Called by `__main__`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from services.triage.domain.facts import Facts
from services.triage.domain.features import FOUND, amount, pieces
from services.triage.domain.reader import Reader
from services.triage.model.file import ModelFile
from services.triage.model.heads import (
    CHOICES,
    CLASSES,
    DEEPEST,
    EMOTIONS,
    THREATS,
    WEIGHED,
    heads_of,
    speaking,
)
from services.triage.model.scorer import SIGN, weight_of
from services.triage.training.compose import composed
from services.triage.training.learn import Floats, fitted, likely, matrix, sums, weighed
from services.triage.training.texts import Example

Tell = Callable[[str], None]
Look = Callable[[Sequence["Example"]], list["Seen"]]
"""What the model sees of some examples."""
EPOCHS = 8
LEAST_TEXTS = 3
"""A piece that fewer texts have is left out."""
LOUD_ENOUGH = 25
"""A piece that says less than this (of 127) for every answer is left out of the model: half of
them, without which it reads as well."""
FORGOTTEN = 0.4
"""Share of the policy's findings that each example is shown without: the model must not lean on
them, since they know our own texts better than others."""
SURE, ALSO = 0.95, 0.08
SHARPER = tuple(range(300, 1801, 50))
PRICE_FEN = 200_000


@dataclass(frozen=True, slots=True)
class Seen:
    """An example with its features."""

    example: Example
    pieces: list[str]
    size: int
    signs: dict[str, int]
    dear: bool
    """A price above the limit stands in it."""


def seen(examples: Sequence[Example], reader: Reader) -> list[Seen]:
    """What the model sees of each."""
    found = []
    for example in examples:
        heard = reader.heard(example.text, Facts())
        value_fen = heard.facts.value_fen or 0
        dear = value_fen > PRICE_FEN
        text = heard.text
        found.append(Seen(example, pieces(text), amount(text), heard.features, dear))
    return found


def trained(texts: Sequence[Example], look: Look, subtypes: Sequence[str], tell: Tell) -> ModelFile:
    """Fit on four fifths, learn from the fifth how sure to be and what the answers say about each
    other, then fit on all."""
    held = [one for one in texts if _is_held(one)]
    kept = [one for one in texts if not _is_held(one)]
    tell(f"{len(kept)} texts to learn from, {len(held)} to measure on")
    first = _fit(look(kept), look(composed(kept)), subtypes)
    measured = look([*held, *composed(held)])
    sharpness = _sharpness(first, measured)
    weighing = _weighing(first, measured)
    for line in told_of(first, look(held)):
        tell(line)
    tell(f"{len(texts)} texts, all of them")
    final = _fit(look(texts), look(composed(texts)), subtypes)
    return _whole(final, sharpness, weighing)


@dataclass(frozen=True, slots=True)
class _Fit:
    words: dict[str, int]
    subtypes: tuple[str, ...]
    weights: Floats
    bias: Floats

    @property
    def heads(self) -> dict[str, slice]:
        return dict(heads_of(self.subtypes))

    def sums(self, rows: Sequence[Seen]) -> Floats:
        return sums(self.weights, self.bias, matrix([_row(row, self.words, 0) for row in rows]))


def _fit(single: Sequence[Seen], pairs: Sequence[Seen], subtypes: Sequence[str]) -> _Fit:
    counted = Counter(word for row in single for word in (*row.pieces, *row.signs))
    rows = [*single, *pairs]
    words = sorted(word for word, count in counted.items() if count >= LEAST_TEXTS)
    places = {word: place for place, word in enumerate(words)}
    heads = dict(heads_of(subtypes))
    features = matrix([_row(row, places, FORGOTTEN) for row in rows])
    wanted = np.array([_wanted(row, subtypes, heads) for row in rows])
    weights, bias = fitted(features, wanted, len(words), heads, EPOCHS)
    return _Fit(places, tuple(subtypes), weights, bias)


def _row(row: Seen, places: dict[str, int], forgotten: float) -> dict[int, float]:
    known = [places[piece] for piece in row.pieces if piece in places]
    values = dict.fromkeys(known, weight_of(row.size))
    for sign, strength in row.signs.items():
        if sign in places and not (forgotten and _chance(row, sign) < forgotten):
            values[places[sign]] = strength * SIGN
    return values or {0: 0.0}


def _wanted(row: Seen, subtypes: Sequence[str], heads: dict[str, slice]) -> Floats:
    one = row.example
    wanted = np.zeros(max(part.stop for part in heads.values()))
    for group, names, right in (
        ("classes", CLASSES, one.problem_class),
        ("subtypes", subtypes, one.subtype),
        ("emotions", EMOTIONS, one.emotion),
    ):
        share = np.full(len(names), (1 - SURE) / len(names))
        share[list(names).index(right)] += SURE
        wanted[heads[group]] = share
    classes = wanted[heads["classes"]]
    for other in one.also:
        classes[CLASSES.index(other)] += ALSO
    wanted[heads["classes"]] = classes / classes.sum()
    about = (one.problem_class, *one.also)
    wanted[heads["about"]] = [float(name in about) for name in CLASSES]
    wanted[heads["threats"]] = [float(name == one.threat) for name in THREATS]
    wanted[heads["safety"]] = one.safety
    wanted[heads["disputed"]] = one.level == "L3"
    wanted[heads["gift"]] = one.level == "L1" and not one.safety and not row.dear
    wanted[heads["asks"]] = "explanation" in one.demands
    return wanted


def _sharpness(fit: _Fit, held: Sequence[Seen]) -> dict[str, int]:
    """By group: what makes the probabilities of texts that were not learned from most likely."""
    z = fit.sums(held)
    right = np.array([_wanted(row, fit.subtypes, fit.heads) for row in held])
    chosen = {}
    for group, part in fit.heads.items():
        costs = []
        for thousandths in SHARPER:
            told = likely(z * (thousandths / 1000), fit.heads)[:, part]
            costs.append(_cost(told, right[:, part], choice=group in CHOICES))
        chosen[group] = SHARPER[costs.index(min(costs))]
    return chosen


def _weighing(fit: _Fit, held: Sequence[Seen]) -> dict[str, tuple[tuple[float, ...], ...]]:
    """What the answers say about each other, see `ModelFile.weighing`."""
    speak = speaking(fit.heads)
    said = np.minimum(np.maximum(fit.sums(held)[:, speak], -DEEPEST), DEEPEST)
    right = np.array([_wanted(row, fit.subtypes, fit.heads) for row in held])
    right[:, fit.heads["classes"]] = _one_only(right[:, fit.heads["classes"]])
    wanted = np.concatenate([right[:, fit.heads[group]] for group in WEIGHED], axis=1)
    heads, at = {}, 0
    for group in WEIGHED:
        width = fit.heads[group].stop - fit.heads[group].start
        heads[group] = slice(at, at + width)
        at += width
    weights, bias = weighed(said, wanted, heads)
    rows = np.concatenate([weights, bias[None, :]]).T.round(4).tolist()
    return {group: tuple(map(tuple, rows[part])) for group, part in heads.items()}


def _one_only(right: Floats) -> Floats:
    """Targets that are not softened."""
    only: Floats = (right == right.max(axis=1, keepdims=True)).astype(float)
    return only


def _cost(told: Floats, right: Floats, *, choice: bool) -> float:
    """Squared distance to what is right: needs no logarithm of the machine."""
    if choice:
        right = _one_only(right)
    return float(np.add.reduce(((told - right) ** 2).ravel()))


def told_of(fit: _Fit, held: Sequence[Seen]) -> list[str]:
    """A line for each group: how often it is right about texts that it has not learned from."""
    told = likely(fit.sums(held), fit.heads)
    right = np.array([_wanted(row, fit.subtypes, fit.heads) for row in held])
    lines = []
    for group, part in fit.heads.items():
        if group in CHOICES:
            hits = told[:, part].argmax(axis=1) == right[:, part].argmax(axis=1)
            lines.append(f"{group}: {hits.mean():.3f} right")
        else:
            said, is_so = told[:, part] >= 0.5, right[:, part] >= 0.5
            both = (said & is_so).sum()
            lines.append(
                f"{group}: precision {both / max(1, said.sum()):.3f}, "
                f"recall {both / max(1, is_so.sum()):.3f} of {is_so.sum()}"
            )
    return lines


def _whole(
    fit: _Fit, sharpness: dict[str, int], weighing: dict[str, tuple[tuple[float, ...], ...]]
) -> ModelFile:
    """Weights as whole numbers; words that say nothing are left out."""
    scale = np.maximum(np.abs(fit.weights).max(axis=0), 1e-9) / 127
    weights = np.rint(fit.weights / scale).astype(np.int8)
    kept = [
        (word, place)
        for word, place in fit.words.items()
        if word.startswith(FOUND) or np.abs(weights[place].astype(int)).max() >= LOUD_ENOUGH
    ]
    return ModelFile(
        vocabulary=tuple(word for word, _ in kept),
        subtypes=fit.subtypes,
        weights=weights[[place for _, place in kept]],
        scale=tuple(float(each) for each in scale),
        bias=tuple(float(each) for each in fit.bias),
        sharpness=sharpness,
        weighing=weighing,
    )


def _is_held(one: Example) -> bool:
    return hashlib.blake2b(one.text.encode()).digest()[0] % 5 == 0


def _chance(row: Seen, sign: str) -> float:
    return hashlib.blake2b(f"{sign}\n{row.example.text}".encode()).digest()[0] / 256
