"""The model's file: what is written is read back, and nothing else is taken for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.triage.domain.features import LABELS
from services.triage.model.file import MAGIC, SHIPPED, ModelError, ModelFile, load
from services.triage.model.heads import heads_of
from tests.unit.triage.complaints import triager
from tests.unit.triage.models import tiny


def stored(folder: Path, raw: bytes) -> Path:
    """A file with these bytes."""
    path = folder / "some.model"
    path.write_bytes(raw)
    return path


def same(one: ModelFile, other: ModelFile) -> bool:
    """Whether two models say the same of any text."""
    plain = np.zeros((0, 0), dtype=np.int8)
    return (
        np.array_equal(one.weights, other.weights)
        and one.weights.shape == other.weights.shape
        and replace(one, weights=plain).to_bytes == replace(other, weights=plain).to_bytes
    ) if one.weights.size else False


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    model = tiny({"漏电": {"safety": 100}, " leaks": {"safety": -128}, "@asks": {"asks": 127}})
    back = load(stored(tmp_path, model.to_bytes))
    assert back.to_bytes == model.to_bytes
    assert (back.vocabulary, back.subtypes) == (model.vocabulary, model.subtypes)
    assert (back.scale, back.bias, back.sharpness) == (model.scale, model.bias, model.sharpness)
    assert back.weights.dtype == np.int8
    assert np.array_equal(back.weights, model.weights)
