"""The object store on a local folder: put twice, torn, missing, altered, too large, failing."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from services.evidence.blobs import Blobs, path_of

CONTENT = b"a clip of the pitch" * 1000
DIGEST = sha256(CONTENT).digest()


@pytest.fixture
def lying(tmp_path: Path) -> Path:
    """Where the object lies."""
    return tmp_path / "objects" / path_of(DIGEST)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(str(tmp_path / "objects"))


async def test_what_is_put_is_read(blobs: Blobs, lying: Path) -> None:
    await blobs.put(DIGEST, CONTENT)
    await blobs.put(DIGEST, CONTENT)
    assert await blobs.read(DIGEST) == CONTENT
    name = DIGEST.hex()
    assert lying.parts[-3:] == ("sha256", name[:2], name[2:])


async def test_a_torn_object_is_replaced(blobs: Blobs, lying: Path) -> None:
    await blobs.put(DIGEST, CONTENT)
    _write(lying, CONTENT[:100])
    await blobs.put(DIGEST, CONTENT)
    assert await blobs.read(DIGEST) == CONTENT


async def test_looking_tells_what_is_there(blobs: Blobs, lying: Path) -> None:
    look = await blobs.look(DIGEST, 1 << 20)
    assert (look.outcome, look.size_bytes) == ("missing", 0)
    await blobs.put(DIGEST, CONTENT)
    look = await blobs.look(DIGEST, 1 << 20)
    assert (look.outcome, look.size_bytes) == ("found", len(CONTENT))
    assert (await blobs.look(DIGEST, len(CONTENT))).outcome == "found"
    assert (await blobs.look(DIGEST, len(CONTENT) - 1)).outcome == "too_large"
    _write(lying, CONTENT.swapcase())
    assert (await blobs.look(DIGEST, 1 << 20)).outcome == "altered"
    _write(lying, b"")
    assert (await blobs.look(DIGEST, 1 << 20)).outcome == "altered"


async def test_an_empty_object_is_an_object(blobs: Blobs) -> None:
    digest = sha256(b"").digest()
    await blobs.put(digest, b"")
    assert (await blobs.look(digest, 10)).outcome == "found"


async def test_a_missing_object_is_a_missing_file(blobs: Blobs) -> None:
    with pytest.raises(FileNotFoundError):
        await blobs.read(DIGEST)


async def test_a_failing_store_is_a_failing_disk(tmp_path: Path) -> None:
    _write(tmp_path / "objects" / "sha256", b"no folder")
    blobs = Blobs(str(tmp_path / "objects"))
    with pytest.raises(OSError, match=r"object store|Not a directory"):
        await blobs.put(DIGEST, CONTENT)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
