"""Segments: what is packed is found again, and every changed byte shows."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.evidence.domain.segment import MAGIC, BrokenSegmentError, pack, spans

RECORDS = st.lists(st.binary(max_size=400), min_size=1, max_size=30)


@given(RECORDS, st.integers(1, 2000))
def test_every_record_lies_at_its_place(records: list[bytes], max_bytes: int) -> None:
    segments, places = pack(records, max_bytes)
    contents = {segment.digest: segment.content for segment in segments}
    assert len(places) == len(records)
    for record, place in zip(records, places, strict=True):
        content = contents[place.digest]
        assert content[place.start : place.start + place.length] == record
        assert (place.start, place.length) in spans(content)
    assert sum(len(spans(content)) for content in contents.values()) >= len(set(records))


@given(RECORDS)
def test_the_name_is_the_hash_and_packing_again_is_the_same(records: list[bytes]) -> None:
    segments, places = pack(records, 1 << 20)
    assert [segment.digest for segment in segments] == [sha256(segments[0].content).digest()]
    assert pack(records, 1 << 20) == (segments, places)


def test_segments_keep_their_limit_but_never_split_a_record() -> None:
    segments, places = pack([b"a" * 50, b"b" * 50, b"c" * 500, b"d"], 150)
    assert [len(spans(segment.content)) for segment in segments] == [2, 1, 1]
    assert [len(segment.content) <= 150 for segment in segments] == [True, False, True]
    assert places[3].digest == segments[2].digest


def test_nothing_makes_no_segment() -> None:
    assert pack([], 1000) == ([], [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "first line"),
        (b"something else\n", "first line"),
        (MAGIC + b"\x00\x00", "length is cut"),
        (MAGIC + b"\x00\x00\x00\x05abc", "record is cut"),
    ],
)
def test_what_is_no_segment_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(BrokenSegmentError, match=words):
        spans(content)
