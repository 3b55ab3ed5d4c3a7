"""A header name that is no text costs nothing: neither its record nor those around it."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from runtime.fetched import Records, tolerate
from runtime.unpacking import MOST_BYTES

ODD = b"n\xff\xfee"


def batch(names: list[str], odd_at: int | None = None) -> bytearray:
    """A batch of a record for each header name; the name at one place is spoiled afterwards."""
    made = BatchBuilder(16_384, 0)
    for number, name in enumerate(names):
        made.append(timestamp=7, key=b"k%d" % number, value=b"v", headers=[(name, b"x")])
    written = bytearray(made._build())
    if odd_at is not None:
        at = written.index(names[odd_at].encode())
        written[at : at + len(ODD)] = ODD
    return written


def read(raw: bytes) -> list[tuple[Any, ...]]:
    """All records of a fetch."""
    records, found = Records(raw), []
    assert records.size_in_bytes() == len(raw)
    while records.has_next():
        made = records.next_batch()
        found += [(r.offset, r.timestamp, r.key, r.value, r.headers) for r in made]
    assert records.next_batch() is None
    return found


def test_the_library_raises_and_we_do_not() -> None:
    raw = bytes(batch(["aaaa", "bbbb", "cccc"], odd_at=1))
    with pytest.raises(UnicodeDecodeError):
        list(MemoryRecords(raw).next_batch())
    assert read(raw) == [
        (0, 7, b"k0", b"v", [("aaaa", b"x")]),
        (1, 7, b"k1", b"v", [("n\\xff\\xfee", b"x")]),
        (2, 7, b"k2", b"v", [("cccc", b"x")]),
    ]


def test_several_batches_of_one_fetch() -> None:
    odd, good = batch(["aaaa", "bbbb"], odd_at=0), batch(["cccc"])
    good[0:8] = (2).to_bytes(8, "big")
    names = [record[4][0][0] for record in read(bytes(odd + good))]
    assert names == ["n\\xff\\xfee", "bbbb", "cccc"]


CODECS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


def packed(codec: int, value: bytes, offset: int = 0) -> bytes:
    """A compressed batch of one record."""
    made = BatchBuilder(16_384, codec)
    made.append(timestamp=7, key=b"k", value=value, headers=[("name", b"x")])
    return offset.to_bytes(8, "big") + bytes(made._build())[8:]


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_what_is_compressed_is_read_as_well(codec: int) -> None:
    raw = packed(codec, b"v" * 5_000) + packed(codec, b"w", offset=1)
    assert [(at, value) for at, _, _, value, _ in read(raw)] == [(0, b"v" * 5_000), (1, b"w")]


@pytest.mark.parametrize("codec", [1, 3, 4], ids=["gzip", "lz4", "zstd"])
def test_what_unpacks_without_end_stays_packed_and_the_next_is_read(codec: int) -> None:
    bomb = packed(codec, b" " * (MOST_BYTES + 1))
    found = read(bomb + packed(codec, b"after", offset=1))
    assert [(at, key, value) for at, _, key, value, _ in found] == [
        (0, None, bomb),
        (1, b"k", b"after"),
    ]


def test_much_that_is_unpacked_ends_a_fetch() -> None:
    raw = b"".join(packed(4, b" " * (MOST_BYTES // 3), offset=at) for at in range(5))
    records, found = Records(raw), []
    while records.has_next():
        found += [record.offset for record in records.next_batch()]
    assert found == [0, 1, 2]


def test_what_is_really_corrupt_stays_so() -> None:
    raw = batch(["aaaa", "bbbb"], odd_at=0)
    raw[-1:] = b""
    raw[8:12] = (len(raw) - 12).to_bytes(4, "big")
    with pytest.raises(CorruptRecordException):
        read(bytes(raw))


def test_it_takes_the_place_of_the_library_s_own() -> None:
    tolerate()
    assert fetcher.MemoryRecords is Records
