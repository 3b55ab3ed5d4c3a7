"""The same photo and the same wording: who does it is found, who only sounds alike is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.clusters.marks import Marks, Pattern, alike, marks_of
from services.triage.domain.clusters.wording import bands, distance, letters_of, wording_of
from tests.simulation.clusters.streams import extortion, ordinary_wordings
from tests.unit.triage.clusters.sightings import RULES, sighting

PHOTO = "ab" * 32
SAME = RULES.same


def told(*seen: object) -> list[tuple[int, Pattern]]:
    """Patterns, each with the number of the ticket that showed it."""
    marks = Marks()
    return [(n, each) for n, one in enumerate(seen, 1) for each in alike(marks, one, SAME)]  # type: ignore[arg-type]


def test_the_third_order_with_a_photo_shows_the_pattern() -> None:
    found = told(*(sighting(n, photos=(PHOTO,)) for n in range(3)))
    ((number, pattern),) = found
    assert (number, pattern.kind, pattern.content) == (3, "same_photo", PHOTO)
    assert pattern.ticket_ids == ("T-0", "T-1", "T-2")


def test_one_customer_may_send_a_photo_as_often_as_they_like() -> None:
    assert told(*(sighting(n, photos=(PHOTO,), customer_id="C") for n in range(9))) == []


def test_several_tickets_about_one_order_are_one() -> None:
    assert told(*(sighting(n, photos=(PHOTO,), order_id="O") for n in range(9))) == []


def test_an_attack_of_twelve_orders_is_found_by_the_third() -> None:
    found = told(*extortion(12))
    assert found[0][0] == 3
    assert {pattern.kind for _, pattern in found} == {"same_wording"}


def test_ordinary_tickets_show_no_pattern() -> None:
    assert told(*ordinary_wordings(5_000)) == []


@given(
    st.text(alphabet="漏水退款投诉曝光赔偿客服快递商品质量差评abcdefgh", min_size=60, max_size=200)
)
def test_numbers_spaces_and_signs_change_nothing(text: str) -> None:
    spaced = "，".join(text[at : at + 7] for at in range(0, len(text), 7)) + "订单 12345"
    assert wording_of(letters_of(spaced.replace("订单", ""))) == wording_of(letters_of(text))


def by_hand(letters: str) -> str:
    """A wording piece by piece: what the long number must come to."""
    text = letters.encode("utf-16-le")
    pieces = {int.from_bytes(text[at : at + 8], "little") for at in range(0, len(text) - 7, 2)}
    votes = [0] * 64
    for piece in pieces:
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
            piece = (piece ^ piece >> 33) * factor % 2**64
        piece ^= piece >> 33
        votes = [count + (piece >> bit & 1) for bit, count in enumerate(votes)]
    return f"{sum(1 << bit for bit, count in enumerate(votes) if 2 * count > len(pieces)):016x}"


@given(st.text(alphabet="漏水退款投诉曝光赔偿客服快递商品质量差评abc𠀀", min_size=4, max_size=400))
def test_a_wording_is_the_majority_of_its_pieces(letters: str) -> None:
    assert wording_of(letters) == by_hand(letters)


@pytest.mark.parametrize("length", [4, 5, 8, 9, 60, 254, 257, 258, 259, 1_000])
def test_a_wording_of_any_length_is_right(length: int) -> None:
    letters = "".join(map(chr, range(0x4E00, 0x4E00 + length)))
    assert wording_of(letters) == by_hand(letters)


def test_a_wording_stays_as_it_was_stored() -> None:
    assert (
        wording_of(letters_of("杯子底部漏水，赔我五百块，不赔就曝光！ＡＢ 12"))
        == "69cd3600f75e45e5"
    )


@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63), max_size=3))
def test_wordings_that_are_close_share_a_band(value: int, flipped: set[int]) -> None:
    one, other = f"{value:016x}", f"{value ^ sum(1 << bit for bit in flipped):016x}"
    assert distance(one, other) == len(flipped)
    assert set(bands(one)) & set(bands(other))


def test_marks_hold_no_text() -> None:
    seen = sighting(1, photos=(PHOTO,), wording="0123456789abcdef")
    assert [mark.mark for mark in marks_of(seen)] == [
        f"photo:{PHOTO}", "wording:00123", "wording:14567", "wording:289ab", "wording:3cdef",
    ]  # fmt: skip
    assert all(mark.at - seen.at == timedelta(0) for mark in marks_of(seen))
