"""Uploaded files: looked at, hashed, kept under their hash. Called by `http`.

The bytes lie in the object store at `sha256/<first two>/<rest>`, where evidence reads them; the
table tells which shop brought a file, so that no shop can name another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from runtime.database import Database
from runtime.gate import BusyError
from schemas.rules import RefusedError
from schemas.tickets import Attachment
from services.intake.store import queries


@dataclass(frozen=True, slots=True)
class Kept:
    """An uploaded file; `fresh` when the shop had not brought it before."""

    file: Attachment
    fresh: bool


def object_path(digest: str) -> str:
    """Where the bytes with that SHA-256 lie."""
    return f"sha256/{digest[:2]}/{digest[2:]}"


def sniffed(body: bytes) -> str | None:
    """Media type by the first bytes; None for what is not taken."""
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    if body.startswith(b"%PDF-"):
        return "application/pdf"
    return None


def open_store(place: str) -> Any:
    """The object store at a directory (made if needed) or URL."""
    if "://" in place:
        return from_url(place)
    return LocalStore(Path(place).absolute(), mkdir=True)


class Files:
    """Takes files in."""

    def __init__(self, database: Database, store: Any) -> None:
        self._database = database
        self._store = store

    async def keep(self, shop: str, body: bytes) -> Kept:
        """Store a file; again is harmless. Raises RefusedError 415, BusyError."""
        media_type = sniffed(body)
        if media_type is None:
            raise RefusedError("wrong_file_type", "JPEG, PNG, WebP and PDF are taken", status=415)
        digest = sha256(body).hexdigest()
        file = Attachment(sha256=digest, media_type=media_type, size_bytes=len(body))
        try:
            await obstore.put_async(self._store, object_path(digest), body)
        except (BaseError, OSError) as error:
            raise BusyError("the object store does not answer") from error
        async with self._database.single() as tx:
            noted = await tx.execute(queries.note_file, shop, digest, media_type, len(body))
        return Kept(file, noted == 1)


async def known_files(
    database: Database, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Attachment]:
    """Files by shop and hash; those that the shop never brought are absent."""
    if not wanted:
        return {}
    shops, hashes = [shop for shop, _ in wanted], [digest for _, digest in wanted]
    async with database.single() as tx:
        rows = await tx.fetch(queries.files_of, shops, hashes)
    return {
        (row["shop_id"], row["sha256"]): Attachment(
            sha256=row["sha256"], media_type=row["media_type"], size_bytes=row["size_bytes"]
        )
        for row in rows
    }
