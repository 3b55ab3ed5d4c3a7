"""Signed tree heads: what is signed, as text. Pure; `signing` makes and checks the signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Head:
    """The log at one size."""

    log: UUID
    size: int
    root: bytes
    signed_at: datetime

    def text(self) -> bytes:
        """What the signature covers: five lines, each ended by a newline."""
        at = self.signed_at.astimezone(UTC).isoformat(timespec="microseconds")
        lines = ("aftercare evidence head 1", str(self.log), str(self.size), self.root.hex(), at)
        return "".join(f"{line}\n" for line in lines).encode()


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head with its Ed25519 signature; `key_id` names the key."""

    head: Head
    key_id: str
    signature: bytes
