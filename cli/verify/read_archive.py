"""Reads the evidence log and looks into the object store. Called by `collect`."""

from __future__ import annotations

import json
from collections import OrderedDict
from hashlib import sha256
from pathlib import Path

from cli.verify.domain_facts import Archive, Head
from cli.verify.merkle import leaf_hash
from cli.verify.read_domains import queries
from cli.verify.read_stores import streamed
from runtime.database import Tx

HELD_SEGMENTS = 64
FILE = "file"


class Objects:
    """The content-addressed store in a folder: `sha256/<two hex digits>/<the rest>`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: OrderedDict[bytes, bytes | None] = OrderedDict()
        self.seen: dict[bytes, bytes | None] = {}
        """SHA-256 of each object that was read; None: it is not there."""

    def read(self, name: bytes) -> bytes | None:
        """The bytes of an object, None without it; the last few are kept at hand."""
        if name in self._held:
            self._held.move_to_end(name)
            return self._held[name]
        digits = name.hex()
        path = self._folder / "sha256" / digits[:2] / digits[2:]
        try:
            content: bytes | None = path.read_bytes()
        except FileNotFoundError:
            content = None
        self.seen[name] = None if content is None else sha256(content).digest()
        self._held[name] = content
        if len(self._held) > HELD_SEGMENTS:
            self._held.popitem(last=False)
        return content


async def read_archive(tx: Tx, folder: Path | None, sample: int) -> Archive:
    """The log, and the records behind its leaves: all of them, or about `sample` evenly spread.

    In the schema of evidence.
    """
    archive = Archive()
    for row in await tx.fetch(queries.log_state):
        archive.log, archive.size, archive.frontier = row
    archive.heads += [Head(*row) for row in await tx.fetch(queries.heads)]
    archive.keys.update(dict(await tx.fetch(queries.signing_keys)))
    archive.twice += [row[0] for row in await tx.fetch(queries.archived_twice)]
    objects = _opened(folder)
    if objects is None:
        archive.store_missing = f"no folder of objects: {folder or 'none was named'}"
    async for blocks in streamed(
        tx, queries.open_leaves, queries.next_leaves, queries.close_leaves
    ):
        for indexes, hashes in blocks:
            archive.indexes.extend(indexes)
            archive.hashes.extend(hashes)
    if objects is not None:
        await _look_at_records(tx, archive, objects, max(1, archive.size // max(sample, 1)))
        archive.objects += sorted(objects.seen.items())
    return archive


def _opened(folder: Path | None) -> Objects | None:
    return Objects(folder) if folder is not None and folder.is_dir() else None


async def _look_at_records(tx: Tx, archive: Archive, objects: Objects, stride: int) -> None:
    for index, segment, start, length, kind in await tx.fetch(queries.sampled_leaves, stride):
        record = _record(objects, segment, start, length)
        archive.records.append((index, None if record is None else leaf_hash(record)))
        if kind == FILE and record is not None:
            _look_at_file(objects, record)


def _record(objects: Objects, segment: bytes, start: int, length: int) -> bytes | None:
    content = objects.read(segment)
    if content is None or start + length > len(content):
        return None
    return content[start : start + length]


def _look_at_file(objects: Objects, record: bytes) -> None:
    """A file's leaf holds what describes it; the file itself is an object of its own."""
    try:
        name = bytes.fromhex(json.loads(record)["sha256"])
    except (ValueError, KeyError, TypeError):
        return  # the record is not what was logged: its leaf's hash tells
    objects.read(name)
