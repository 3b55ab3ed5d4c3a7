"""A wording as 64 bits: texts that differ in few places differ in few bits (simhash).

Called for texts long enough to mean something; see `sighting`.
"""

from __future__ import annotations

import unicodedata
from hashlib import blake2b

BITS = 64
BANDS = 4
"""Two wordings that differ in at most three bits are the same in one of four bands."""
_PIECE = 4
_BYTES = BITS // 8
_BIT = tuple(bytes(byte >> bit & 1 for byte in range(256)) for bit in range(8))
"""For each bit of a byte the table that tells whether it is set."""


def letters_of(text: str) -> str:
    """What makes a wording: letters alone. Numbers change from order to order."""
    normal = unicodedata.normalize("NFKC", text).lower()
    return "".join(filter(str.isalpha, normal))


def wording_of(letters: str) -> str:
    """64 bits as 16 hex characters, the same for the same letters everywhere."""
    pieces = {letters[at : at + _PIECE] for at in range(max(1, len(letters) - _PIECE + 1))}
    digests = b"".join([blake2b(piece.encode(), digest_size=_BYTES).digest() for piece in pieces])
    half, value = len(pieces) / 2, 0
    for place in range(_BYTES):
        column = digests[place::_BYTES]
        for bit, table in enumerate(_BIT):
            if column.translate(table).count(1) > half:
                value |= 1 << (8 * place + bit)
    return f"{value:016x}"


def distance(one: str, other: str) -> int:
    """Bits in which two wordings differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def bands(wording: str) -> tuple[str, ...]:
    """Its bands with their place: wordings that are close share one."""
    width = BITS // BANDS // 4
    return tuple(f"{place}{wording[place * width : (place + 1) * width]}" for place in range(BANDS))
