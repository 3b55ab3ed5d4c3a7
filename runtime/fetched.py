"""Lets records through whose header names are not UTF-8, and holds back what unpacks without end;
`polls` puts it in front of aiokafka.

aiokafka raises on such a name in the middle of a poll: what other partitions had in it is lost,
and the same happens again at once, for ever. And it unpacks whatever it gets: a process ends for
want of memory, and so does the next one. Strangers may write to Kafka as they like.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import (
    DefaultRecord,
    DefaultRecordBatch,
    _DefaultRecordBatchPy,
)
from aiokafka.record.memory_records import MemoryRecords

from runtime.unpacking import MOST_BYTES, unpacked

_LENGTH_AT = 8
"""In a batch, behind its first offset; four bytes that count all behind them."""


def tolerate() -> None:
    """From now on every consumer of this process reads such records. Again is harmless."""
    fetcher.MemoryRecords = Records


class Records:
    """What a fetch brought of one partition, as aiokafka's MemoryRecords."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._quick: Any = MemoryRecords(raw)
        self._read = 0
        self.unpacked_bytes = 0

    def size_in_bytes(self) -> int:
        """Bytes fetched."""
        return len(self._raw)

    def has_next(self) -> bool:
        """Whether a whole batch is left. Behind much that was unpacked there is none: what comes
        next is fetched anew when that is done with."""
        return self.unpacked_bytes < MOST_BYTES and bool(self._quick.has_next())

    def next_batch(self) -> Any:
        """The next batch; None after the last."""
        batch = self._quick.next_batch()
        if batch is None:
            return None
        at, length_at = self._read, self._read + _LENGTH_AT
        self._read = length_at + 4 + int.from_bytes(self._raw[length_at : length_at + 4], "big")
        if not isinstance(batch, DefaultRecordBatch):
            return batch
        return _Batch(batch, memoryview(self._raw)[at : self._read], self)


class _Batch:
    """A batch read quickly, and from the record on that can't be read so, by hand."""

    def __init__(self, quick: Any, raw: memoryview, fetch: Records) -> None:
        self._quick = quick
        self._raw = raw
        self._fetch = fetch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._quick, name)

    def __next__(self) -> Any:
        """The first record of a control batch, which has no headers."""
        return next(self._quick)

    def __iter__(self) -> Iterator[Any]:
        quick, raw = self._quick, self._raw
        if quick.compression_type:
            plain = unpacked(raw)
            if plain is None:  # one record that nobody can read either: it becomes a dead letter
                yield DefaultRecord(quick.base_offset, quick.max_timestamp, 0, None, bytes(raw), [])
                return
            quick, raw = DefaultRecordBatch(plain), memoryview(plain)
            self._fetch.unpacked_bytes += len(plain)
        read = 0
        try:
            for record in quick:
                read += 1
                yield record
        except (UnicodeDecodeError, CorruptRecordException):
            yield from islice(_by_hand(raw), read, None)


def _by_hand(raw: memoryview) -> Any:
    """The records of a batch that is not packed. Raises CorruptRecordException as aiokafka does
    when more is wrong with it than names."""
    batch: Any = _DefaultRecordBatchPy(raw)
    batch._buffer = _Spelled(raw)
    return batch


class _Spelled(bytearray):
    """Bytes whose slices spell out what is not UTF-8 instead of failing at it."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Spelled(found) if isinstance(place, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)
