"""The texts that the model is trained on, each compared with all others and read."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict

from services.triage.domain.facts import Facts
from services.triage.training.texts import examples
from tests.unit.triage.models import plain
from tests.unit.triage.test_training_texts import ALL

ALIKE = 0.8
"""Share of common pieces from which two texts are nearly one."""


def test_no_text_is_nearly_another() -> None:
    shapes = [_shape(one.text) for one in ALL]
    common = Counter(piece for shape in shapes for piece in shape)
    by_piece: dict[str, list[int]] = defaultdict(list)
    alike = []
    for place in sorted(range(len(ALL)), key=lambda number: len(shapes[number])):
        shape = shapes[place]
        # texts so alike share one of these rare pieces at least
        rare = sorted(shape, key=lambda piece: (common[piece], piece))
        rare = rare[: len(shape) - math.ceil(ALIKE * len(shape)) + 1]
        for other in {other for piece in rare for other in by_piece[piece]}:
            both = len(shape & shapes[other])
            if both >= ALIKE * (len(shape) + len(shapes[other]) - both):
                alike.append((ALL[other].text, ALL[place].text))
        for piece in rare:
            by_piece[piece].append(place)
    assert alike == []


def test_the_language_of_our_own_texts() -> None:
    wrong = [
        one.text
        for one in examples()[::3]
        if plain().read(one.text, Facts()).language != ("en" if one.english else "zh")
    ]
    assert len(wrong) <= 5, wrong


def _shape(text: str) -> set[str]:
    """Pieces of three letters; numbers are all the same."""
    told = "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())
    told = re.sub(r"\d+", "0", told)
    return {told[at : at + 3] for at in range(len(told) - 2)} or {told}
