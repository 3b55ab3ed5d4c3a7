"""A wording as 64 bits: texts that differ in few places differ in few bits (simhash).

Called for texts long enough to mean something; see `sighting`. Pieces of four letters are worked
on all at once, as lanes of one long number: one by one they would cost several times as much.
"""

from __future__ import annotations

import re
import unicodedata
from struct import pack, unpack_from

BITS = 64
BANDS = 4
"""Two wordings that differ in at most three bits are the same in one of four bands."""
_PIECE = 4
_UNIT = 2
"""Bytes of a letter in UTF-16: a piece fills a lane."""
_BYTES = BITS // 8
_LANE = (1 << BITS) - 1
_MIX = (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)
"""Spread a difference of one bit over all bits of a lane (the finish of MurmurHash3)."""
_SHIFT = 33
_FEW = 6
_NO_LETTERS = re.compile(r"[\W\d_]+")
_SIGNS = re.compile(r"[^\w\u0300-\u036f]+")
"""Signs alone, no accents. Without wide ones a Chinese text is normal as it is."""


def letters_of(text: str) -> str:
    """What makes a wording: letters alone. Numbers change from order to order."""
    normal = unicodedata.normalize("NFKC", _SIGNS.sub("", text))
    return _NO_LETTERS.sub("", normal).lower()


def wording_of(letters: str) -> str:
    """64 bits as 16 hex characters, the same for the same letters everywhere."""
    pieces = _pieces(letters)
    count = len(pieces)
    lanes = int.from_bytes(pack(f"<{count}Q", *pieces), "little")
    mask = _repeated(b"\xff" * _BYTES + b"\x00" * _BYTES, (count + 1) // 2)
    mixed = _mixed(lanes & mask, mask) | _mixed(lanes >> BITS & mask, mask) << BITS
    return f"{_majority(mixed, count):016x}"


def _pieces(letters: str) -> set[int]:
    """Each four letters in a row, once, as 64 bits."""
    text = letters.encode("utf-16-le").ljust(_BYTES, b"\x00")
    units = len(text) // _UNIT
    found: set[int] = set()
    for first in range(min(_PIECE, units - _PIECE + 1)):
        found.update(unpack_from(f"<{(units - first) // _PIECE}Q", text, first * _UNIT))
    return found


def _mixed(lanes: int, mask: int) -> int:
    """Every other lane hashed; those in between are room for the products."""
    for factor in _MIX:
        lanes = ((lanes ^ (lanes >> _SHIFT & mask)) * factor) & mask
    return lanes ^ (lanes >> _SHIFT & mask)


def _majority(lanes: int, count: int) -> int:
    """The bits that more than half of the lanes have. Bits that are `width` apart are counted
    together, each in a field of that width."""
    width = 8 if count < 0xFF else 16
    field = b"\x01".ljust(width // 8, b"\x00")
    ones, one = _repeated(field, count * BITS // width), _repeated(field, BITS // width)
    short, value = one * ((1 << (width - 1)) - 1 - count // 2), 0
    halves = _halves(count)
    for bit in range(width):
        counts = lanes >> bit & ones
        for half, mask in halves:
            counts = (counts >> half) + (counts & mask)
        # The rest by 2⁶⁴ - 1 is the sum of the lanes that are left, as nine's rest is of digits.
        value |= (counts % _LANE + short >> (width - 1) & one) << bit
    return value


def _halves(count: int) -> list[tuple[int, int]]:
    """How to lay lanes on each other until few are left."""
    found = []
    while count > _FEW:
        count = (count + 1) // 2
        found.append((count * BITS, (1 << count * BITS) - 1))
    return found


def _repeated(part: bytes, times: int) -> int:
    return int.from_bytes(part * times, "little")


def distance(one: str, other: str) -> int:
    """Bits in which two wordings differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def bands(wording: str) -> tuple[str, ...]:
    """Its bands with their place: wordings that are close share one."""
    width = BITS // BANDS // 4
    return tuple(f"{place}{wording[place * width : (place + 1) * width]}" for place in range(BANDS))
