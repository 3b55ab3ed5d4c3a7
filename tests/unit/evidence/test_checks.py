"""Checks of items: an untouched one passes, every flipped byte and moved attribute is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.evidence.domain.checks import (
    StoredItem,
    checked_segment,
    file_digest,
    item_problems,
    linked_dossiers,
)
from services.evidence.domain.head import Head
from services.evidence.domain.keys import stream_dossier
from services.evidence.domain.merkle import leaf_hash
from services.evidence.domain.segment import pack
from services.evidence.signing import Signer, is_signed
from tests.support.evidence_story import SHOP, START, Story

STORY = Story()
EVENTS = [STORY.opened(), STORY.shipped(), STORY.segment(), STORY.triaged()]
KINDS = ["ticket_event", "order_event", "stream_segment", "ticket_event"]
KEYS = ["shop-a/T-1", "shop-a/O-1", stream_dossier(SHOP, "S-1", "SKU-1"), "shop-a/T-1"]
BODIES = [event.to_json() for event in EVENTS]
(SEGMENT,), PLACES = pack(BODIES, 1 << 20)
ITEMS = [
    StoredItem(
        leaf_index=number,
        leaf_hash=leaf_hash(BODIES[number]),
        key=KEYS[number],
        ticket_id="T-1" if KINDS[number] == "ticket_event" else None,
        shop_id=SHOP,
        kind=KINDS[number],
        event_id=event.id,
        type=event.type,
        place=PLACES[number],
        archived_at=START,
    )
    for number, event in enumerate(EVENTS)
]
SIGNER = Signer(b"s" * 32)
HEAD = Head(UUID(int=7), 4, b"r" * 32, START)
SIGNED = SIGNER.sign(HEAD)


@pytest.mark.parametrize("item", ITEMS)
def test_an_untouched_item_is_well(item: StoredItem) -> None:
    segment = checked_segment(SEGMENT.digest, SEGMENT.content)
    assert segment.problems == ()
    assert item_problems(item, segment) == []


@given(st.integers(0, len(SEGMENT.content) - 1), st.integers(1, 255))
def test_every_changed_byte_of_a_segment_is_found(at: int, change: int) -> None:
    content = bytearray(SEGMENT.content)
    content[at] ^= change
    segment = checked_segment(SEGMENT.digest, bytes(content))
    assert all("segment altered" in item_problems(item, segment) for item in ITEMS)


@given(st.integers(0, len(SEGMENT.content) - 1))
def test_a_torn_segment_is_found(length: int) -> None:
    segment = checked_segment(SEGMENT.digest, SEGMENT.content[:length])
    assert all(item_problems(item, segment) for item in ITEMS)


@given(st.sampled_from(ITEMS), st.integers(0, 31), st.integers(1, 255))
def test_every_changed_byte_of_a_leaf_is_found(item: StoredItem, at: int, change: int) -> None:
    leaf = bytearray(item.leaf_hash)
    leaf[at] ^= change
    segment = checked_segment(SEGMENT.digest, SEGMENT.content)
    assert item_problems(replace(item, leaf_hash=bytes(leaf)), segment) == [
        "record and leaf differ"
    ]


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"event_id": UUID(int=1)}, "another event id than its record"),
        ({"type": "aftercare.tickets.CallMade"}, "another type than its record"),
        ({"shop_id": "shop-b"}, "another shop than its record"),
        ({"ticket_id": "T-9"}, "another ticket than its record"),
        ({"key": "shop-a/T-9"}, "another dossier than its record"),
        ({"kind": "file"}, "another type than its record"),
    ],
)
def test_an_attribute_that_the_record_denies_is_found(
    item: StoredItem, change: dict[str, object], problem: str
) -> None:
    segment = checked_segment(SEGMENT.digest, SEGMENT.content)
    assert problem in item_problems(replace(item, **change), segment)  # type: ignore[arg-type]


@given(st.integers(-5, 5000), st.integers(-5, 5000))
def test_a_moved_place_is_found(start: int, length: int) -> None:
    place = replace(PLACES[0], start=start, length=length)
    if (start, length) == (PLACES[0].start, PLACES[0].length):
        return
    segment = checked_segment(SEGMENT.digest, SEGMENT.content)
    assert "no record at its place" in item_problems(replace(ITEMS[0], place=place), segment)


def test_a_signature_covers_all_of_a_head() -> None:
    assert is_signed(SIGNED, SIGNER.public_key)
    for change in (
        {"log": UUID(int=8)},
        {"size": 5},
        {"root": b"s" * 32},
        {"signed_at": START + timedelta(microseconds=1)},
    ):
        forged = replace(SIGNED, head=replace(HEAD, **change))
        assert not is_signed(forged, SIGNER.public_key)
    other = Signer(b"t" * 32)
    assert not is_signed(other.sign(HEAD), SIGNER.public_key)
    assert not is_signed(replace(other.sign(HEAD), key_id=SIGNER.key_id), SIGNER.public_key)


@given(st.integers(0, 63), st.integers(1, 255))
def test_every_changed_byte_of_a_signature_is_found(at: int, change: int) -> None:
    signature = bytearray(SIGNED.signature)
    signature[at] ^= change
    assert not is_signed(replace(SIGNED, signature=bytes(signature)), SIGNER.public_key)


def test_dossiers_that_the_records_name() -> None:
    must, may = linked_dossiers("T-1", BODIES)
    general, of_sku = stream_dossier(SHOP, "S-1", None), stream_dossier(SHOP, "S-1", "SKU-1")
    assert must == {"shop-a/O-1", general}
    assert may == must | {of_sku}
    assert linked_dossiers("T-2", BODIES) == (set(), set())
    cluster = Story().suspected("T-2", "T-3").to_json()
    assert linked_dossiers("T-2", [cluster]) == ({"shop-a/C-1"}, {"shop-a/C-1"})
    assert linked_dossiers("T-1", [cluster]) == (set(), set())
    assert linked_dossiers("T-1", [b"", b"[]", b"{}"]) == (set(), set())
    _, from_order = linked_dossiers("T-1", [Story().placed().to_json()])
    assert from_order == {general, of_sku}


@pytest.mark.parametrize("record", [b"", b"{}", b'{"size_bytes":1}', b'{"sha256":"zz"}'])
def test_a_record_that_names_no_file(record: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        file_digest(record)
