"""Unpacks a compressed batch of records, up to a limit. Called by `fetched`.

A broker limits only what is packed, and 8 KB of that can be 256 MB.
"""

from __future__ import annotations

import gzip
import io
import mmap
import zlib

import cramjam
from aiokafka.codec import snappy_decode
from aiokafka.record.default_records import DefaultRecordBase as Format

MOST_BYTES = 16 * 1024 * 1024
"""Unpacked: many times what producers put into one batch."""
HEAD_BYTES = Format.HEADER_STRUCT.size
CODEC_AT = Format.ATTRIBUTES_OFFSET + 1
_BROKEN = (OSError, EOFError, zlib.error, cramjam.DecompressionError)


def unpacked(batch: memoryview) -> bytes | None:
    """A compressed batch as it would be without; None when it is larger than that, or broken."""
    head, packed = bytearray(batch[:HEAD_BYTES]), batch[HEAD_BYTES:].tobytes()
    codec = head[CODEC_AT] & Format.CODEC_MASK
    head[CODEC_AT] &= ~Format.CODEC_MASK
    try:
        records = _records(codec, packed)
    except _BROKEN:
        return None
    return bytes(head) + records if len(records) <= MOST_BYTES else None


def _records(codec: int, packed: bytes) -> bytes:
    if codec == Format.CODEC_GZIP:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            return file.read(MOST_BYTES + 1)
    if codec == Format.CODEC_SNAPPY:
        return bytes(snappy_decode(packed))  # 22 times as much at most
    lz4 = codec == Format.CODEC_LZ4
    unpack_into = cramjam.lz4.decompress_into if lz4 else cramjam.zstd.decompress_into
    with mmap.mmap(-1, MOST_BYTES) as room:  # memory only where something is written
        return room[: unpack_into(packed, room)]
