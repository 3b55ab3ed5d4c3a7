"""Segments: the records of one batch in one object, named by its SHA-256.

`store` packs them, `checks` reads them. Layout: a first line, then for each record its length
(4 bytes, big-endian) and its bytes, so that a segment can be read without the database.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

MAGIC = b"aftercare evidence segment 1\n"
_LENGTH = struct.Struct(">I")


class BrokenSegmentError(ValueError):
    """The bytes are no segment."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies: the segment's digest, first byte and number of bytes."""

    digest: bytes
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Segment:
    """An object to be written; `digest` is its name in the object store."""

    digest: bytes
    content: bytes


def pack(records: Sequence[bytes], max_bytes: int) -> tuple[list[Segment], list[Place]]:
    """Segments of at most `max_bytes` (a larger record fills one alone), and each record's place.

    The same records make the same segments.
    """
    segments: list[Segment] = []
    places: list[Place] = []
    waiting: list[bytes] = []
    size = len(MAGIC)
    for record in records:
        needed = _LENGTH.size + len(record)
        if waiting and size + needed > max_bytes:
            segments.append(_close(waiting, places))
            waiting, size = [], len(MAGIC)
        waiting.append(record)
        size += needed
    if waiting:
        segments.append(_close(waiting, places))
    return segments, places


def _close(records: Sequence[bytes], places: list[Place]) -> Segment:
    parts = [MAGIC]
    spans = []
    at = len(MAGIC)
    for record in records:
        parts += (_LENGTH.pack(len(record)), record)
        spans.append((at + _LENGTH.size, len(record)))
        at += _LENGTH.size + len(record)
    content = b"".join(parts)
    digest = sha256(content).digest()
    places.extend(Place(digest, start, length) for start, length in spans)
    return Segment(digest, content)


def spans(content: bytes) -> list[tuple[int, int]]:
    """First byte and length of every record. Raises BrokenSegmentError."""
    if not content.startswith(MAGIC):
        raise BrokenSegmentError("the first line is missing")
    found = []
    at = len(MAGIC)
    while at < len(content):
        if at + _LENGTH.size > len(content):
            raise BrokenSegmentError("a length is cut off")
        (length,) = _LENGTH.unpack_from(content, at)
        at += _LENGTH.size
        if at + length > len(content):
            raise BrokenSegmentError("a record is cut off")
        found.append((at, length))
        at += length
    return found
