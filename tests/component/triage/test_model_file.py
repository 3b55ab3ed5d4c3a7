"""The model's file, with each bit of words and weights flipped."""

from __future__ import annotations

from pathlib import Path

from tests.unit.triage.test_model_file import BODY, RAW, taken_for_another


def test_a_flipped_bit_of_words_or_weights_is_noticed(tmp_path: Path) -> None:
    assert taken_for_another(tmp_path, range(BODY, len(RAW)), range(8)) == []
