"""Makes the object store refuse what it is given, or keep the first half of it. Part of the puppet
of evidence."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Literal

from chaos.puppet import hooks
from chaos.puppet.listening import Answer, Say

BLOBS = "services.evidence.blobs"
Way = Literal["", "refused", "torn"]


class Store:
    """What the store does with writes now; "": what it should."""

    def __init__(self) -> None:
        self._way: Way = ""
        self._failed = 0

    def hook(self) -> None:
        """Put it over the service's way to its objects."""
        hooks.put(f"{BLOBS}:Blobs.put", self._around)

    def fail(self, _: Say, way: Way) -> Answer:
        """Fail that way from now on; how many writes failed so far."""
        self._way = way
        return {"failed_writes": self._failed}

    def _around(self, put: Callable[..., Any]) -> Callable[..., Any]:
        async def spoiled(blobs: Any, digest: bytes, content: bytes) -> None:
            if not self._way:
                await self._counted(put, blobs, digest, content)
                return
            self._failed += 1
            if self._way == "torn":
                _tear(blobs, digest, content)
            raise OSError("object store: 503")

        return spoiled

    async def _counted(self, put: Callable[..., Any], *given: Any) -> None:
        """As it really is; the store may refuse by itself, on a full disk."""
        try:
            await put(*given)
        except OSError:
            self._failed += 1
            raise


def _tear(blobs: Any, digest: bytes, content: bytes) -> None:
    """What a crash of the store leaves behind; what is there already stays."""
    place = blobs._root / import_module(BLOBS).path_of(digest)
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content[: len(content) // 2])
