"""Small models with known weights, and the default policy's reader without a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from services.triage.domain.reader import Reader
from services.triage.model.file import ModelFile
from services.triage.model.heads import CLASSES, EMOTIONS, THREATS, WEIGHED, heads_of, speaking
from tests.unit.triage.complaints import triager

SUBTYPES = ("usage.how_to", "logistics.lost")
NAMES: dict[str, Sequence[str]] = {
    "classes": CLASSES, "about": CLASSES, "subtypes": SUBTYPES, "emotions": EMOTIONS,
    "threats": THREATS,
}  # fmt: skip
SCALE = 0.01


def column_of(head: str) -> int:
    """Where the answer to `safety` or `classes.usage` stands."""
    group, _, name = head.partition(".")
    start: int = heads_of(SUBTYPES)[group].start
    return start + (NAMES[group].index(name) if name else 0)


def tiny(
    weights: Mapping[str, Mapping[str, int]],
    bias: Mapping[str, float] | None = None,
    scale: float = SCALE,
    sharpness: Mapping[str, int] | None = None,
    weighing: Mapping[str, tuple[tuple[float, ...], ...]] | None = None,
) -> ModelFile:
    """A model: weights by word and answer, the others are 0."""
    columns = max(part.stop for part in heads_of(SUBTYPES).values())
    table = np.zeros((len(weights), columns), dtype=np.int8)
    for row, by_head in enumerate(weights.values()):
        for head, weight in by_head.items():
            table[row, column_of(head)] = weight
    biases = [0.0] * columns
    for head, value in (bias or {}).items():
        biases[column_of(head)] = value
    return ModelFile(
        vocabulary=tuple(weights),
        subtypes=SUBTYPES,
        weights=table,
        scale=(scale,) * columns,
        bias=tuple(biases),
        sharpness=dict(sharpness or {}),
        weighing=dict(weighing or own_say()),
    )


def own_say() -> dict[str, tuple[tuple[float, ...], ...]]:
    """Each answer is what its own sum says."""
    heads = heads_of(SUBTYPES)
    speak = speaking(heads)
    return {
        group: tuple(
            (*(float(place == column) for place in speak), 0.0)
            for column in range(heads[group].start, heads[group].stop)
        )
        for group in WEIGHED
    }


@cache
def plain() -> Reader:
    """Reads by the default policy's words alone."""
    return Reader(triager().rules)
