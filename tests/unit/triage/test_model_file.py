"""The model's file: what is written is read back, and nothing else is taken for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from services.triage.domain.features import LABELS
from services.triage.model.file import MAGIC, SHIPPED, ModelError, load
from services.triage.model.heads import heads_of
from tests.unit.triage.complaints import triager
from tests.unit.triage.models import tiny

MODEL = tiny(
    {"漏电": {"safety": 100}, " leaks": {"safety": -128}, "@asks": {"asks": 127}},
    bias={"safety": -1.5, "gift": 0.25},
    sharpness={"classes": 900},
)
RAW = MODEL.to_bytes
BODY = RAW.index(b"\n", len(MAGIC)) + 1
"""Where the vocabulary begins."""


def stored(folder: Path, raw: bytes) -> Path:
    """A file with these bytes."""
    path = folder / "some.model"
    path.write_bytes(raw)
    return path


def taken_for_another(folder: Path, places: range, bits: Iterable[int]) -> list[tuple[int, int]]:
    """Places and bits of the small model that can be flipped without anybody noticing."""
    unnoticed = []
    for place in places:
        for bit in bits:
            flipped = bytearray(RAW)
            flipped[place] ^= 1 << bit
            try:
                model = load(stored(folder, bytes(flipped)))
            except ModelError:
                continue
            if model.to_bytes != RAW:
                unnoticed.append((place, bit))
    return unnoticed


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    back = load(stored(tmp_path, RAW))
    assert (back.vocabulary, back.subtypes) == (MODEL.vocabulary, MODEL.subtypes)
    assert (back.scale, back.bias, back.sharpness) == (MODEL.scale, MODEL.bias, MODEL.sharpness)
    assert back.weights.dtype == np.int8
    assert np.array_equal(back.weights, MODEL.weights)


def test_the_same_model_is_the_same_bytes(tmp_path: Path) -> None:
    assert MODEL.to_bytes == RAW
    assert load(stored(tmp_path, RAW)).to_bytes == RAW


def test_a_flipped_bit_of_the_description_is_noticed(tmp_path: Path) -> None:
    unnoticed = taken_for_another(tmp_path, range(BODY), (0, 5))
    assert [RAW[place - 9 : place + 3] for place, _ in unnoticed] == []


def test_a_part_of_a_model_is_none(tmp_path: Path) -> None:
    for length in range(len(RAW)):
        with pytest.raises(ModelError, match="make train"):
            load(stored(tmp_path, RAW[:length]))


@pytest.mark.parametrize("more", [b"\n", b"\x00", b"x" * 22, RAW])
def test_a_model_with_something_behind_it_is_none(tmp_path: Path, more: bytes) -> None:
    with pytest.raises(ModelError, match="make train"):
        load(stored(tmp_path, RAW + more))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        MAGIC.replace(b"2", b"1") + RAW[len(MAGIC) :],
        b"version https://example\noid sha256:00\nsize 5\n",
        MAGIC + b"[]\n",
        MAGIC + b"7\n",
        MAGIC + b"{}\n",
        MAGIC + b"null\n",
        MAGIC + b"\xff\n",
    ],
)
def test_something_else_is_no_model(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(ModelError, match="make train"):
        load(stored(tmp_path, raw))


def test_a_missing_model_says_what_writes_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.model: No such file.*`make train`"):
        load(tmp_path / "none.model")
    with pytest.raises(ModelError, match="`make train`"):
        load(tmp_path)


def test_the_shipped_model_fits_the_policy() -> None:
    model = load(SHIPPED)
    classes = triager().rules.classes
    assert list(model.subtypes) == [f"{name}.{sub}" for name in classes for sub in of(name)]
    columns = max(part.stop for part in heads_of(model.subtypes).values())
    assert model.weights.shape == (len(model.vocabulary), columns)
    assert len(model.scale) == len(model.bias) == columns
    assert model.sharpness.keys() == heads_of(model.subtypes).keys()
    assert len({*model.vocabulary}) == len(model.vocabulary)
    assert SHIPPED.stat().st_size <= 5_000_000


def test_the_shipped_model_knows_no_word_of_our_own_answers() -> None:
    words = [word for word in load(SHIPPED).vocabulary if word.startswith(" ")]
    assert words
    assert [word for word in words if LABELS & {part.strip("'") for part in word.split()}] == []


def of(problem_class: str) -> list[str]:
    """Sub-types of a class in the policy."""
    return next([*w.subtypes] for n, w in triager().rules.classes.items() if n == problem_class)
