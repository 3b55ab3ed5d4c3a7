"""Lets records through whose header names are not UTF-8; `polls` puts it in front of aiokafka.

aiokafka raises on such a name in the middle of a poll: what other partitions had in it is lost,
and the same happens again at once, for ever. Strangers may name headers as they like.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy


def tolerate() -> None:
    """From now on every consumer of this process reads such records. Again is harmless."""
    fetcher.MemoryRecords = Records


class Records:
    """What a fetch brought of one partition, as aiokafka's MemoryRecords."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._quick: Any = MemoryRecords(raw)

    def size_in_bytes(self) -> int:
        """Bytes fetched."""
        return len(self._raw)

    def has_next(self) -> bool:
        """Whether a whole batch is left."""
        return bool(self._quick.has_next())

    def next_batch(self) -> Any:
        """The next batch; None after the last."""
        batch = self._quick.next_batch()
        return _Batch(batch, self._raw) if isinstance(batch, DefaultRecordBatch) else batch


class _Batch:
    """A batch read quickly, and from the record on that can't be read so, by hand."""

    def __init__(self, quick: Any, raw: bytes) -> None:
        self._quick = quick
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._quick, name)

    def __next__(self) -> Any:
        """The first record of a control batch, which has no headers."""
        return next(self._quick)

    def __iter__(self) -> Iterator[Any]:
        read = 0
        try:
            for record in self._quick:
                read += 1
                yield record
        except (UnicodeDecodeError, CorruptRecordException):
            yield from islice(_by_hand(self._raw, self._quick.base_offset), read, None)


def _by_hand(raw: bytes, base_offset: int) -> Iterator[Any]:
    """The records of the batch that begins there. Raises CorruptRecordException as aiokafka does
    when more is wrong with it than names."""
    batches: Any = _MemoryRecordsPy(raw)
    while batches.has_next():
        piece = batches._next_slice
        if batches.next_batch().base_offset == base_offset:
            batch: Any = _DefaultRecordBatchPy(piece)
            batch._maybe_uncompress()
            batch._buffer = _Spelled(batch._buffer)
            yield from batch


class _Spelled(bytearray):
    """Bytes whose slices spell out what is not UTF-8 instead of failing at it."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Spelled(found) if isinstance(place, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)
