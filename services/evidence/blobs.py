"""The content-addressed object store: an object's path is its SHA-256.

Intake puts uploaded files there under the same paths; evidence adds segments and reads both.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from services.evidence.domain.dossier import Outcome

READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Look:
    """What is known about an object after reading it all."""

    outcome: Outcome
    size_bytes: int = 0


def path_of(digest: bytes) -> str:
    """`sha256/<first two hex digits>/<the rest>`."""
    name = digest.hex()
    return f"sha256/{name[:2]}/{name[2:]}"


class Blobs:
    """Puts and reads objects. Failures of the store are OSErrors: try again later."""

    def __init__(self, place: str) -> None:
        """`place` is a folder (made when absent) or a URL that obstore understands."""
        self._root: Path | None = None
        self._store: ObjectStore
        if "://" in place:
            self._store = from_url(place)
        else:
            self._root = Path(place).expanduser().resolve()
            self._store = LocalStore(prefix=self._root, mkdir=True)

    async def put(self, digest: bytes, content: bytes) -> None:
        """Store an object durably under its digest. A second call changes nothing."""
        path = path_of(digest)
        with _failures():
            try:
                await obstore.put_async(self._store, path, content, mode="create")
            except AlreadyExistsError:
                # What a crash left behind unsynced may be torn: it is replaced, not trusted.
                if sha256(await self._read(path)).digest() != digest:
                    await obstore.put_async(self._store, path, content)
        if self._root is not None:
            await asyncio.to_thread(_sync, self._root, path)

    async def read(self, digest: bytes) -> bytes:
        """All bytes of an object, unchecked. Raises FileNotFoundError."""
        with _failures():
            return await self._read(path_of(digest))

    async def look(self, digest: bytes, max_bytes: int) -> Look:
        """Read an object to the end and compare it with its name; larger ones are not read."""
        return await asyncio.to_thread(self._look, digest, max_bytes)

    async def _read(self, path: str) -> bytes:
        found = await obstore.get_async(self._store, path)
        return bytes(await found.bytes_async())

    def _look(self, digest: bytes, max_bytes: int) -> Look:
        try:
            with _failures():
                found = obstore.get(self._store, path_of(digest))
                if found.meta["size"] > max_bytes:
                    return Look("too_large", found.meta["size"])
                hashed, size = sha256(), 0
                for part in found.stream(min_chunk_size=READ_BYTES):
                    hashed.update(part)
                    size += len(part)
        except FileNotFoundError:
            return Look("missing")
        return Look("found" if hashed.digest() == digest else "altered", size)


@contextmanager
def _failures() -> Iterator[None]:
    """Make the store's own exceptions what everybody else calls a failing disk or network."""
    try:
        yield
    except BaseError as error:
        raise OSError(f"object store: {type(error).__name__}") from error


def _sync(root: Path, path: str) -> None:
    """Bring a new file, and its name in the folders above it, to the disk."""
    place = root / path
    for part in (place, *place.parents[:3]):
        opened = os.open(part, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
