"""The evidence log computed anew from its leaves (RFC 6962), apart from the service's own code.

Called by `evidence` and `read_archive`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EMPTY = sha256(b"").digest()


def leaf_hash(record: bytes) -> bytes:
    """Hash of a record as a leaf."""
    return sha256(b"\x00" + record).digest()


def roots_at(leaves: Sequence[bytes], sizes: Iterable[int]) -> dict[int, bytes]:
    """The root of the first `size` leaves for every size that there are leaves for."""
    wanted = sorted({size for size in sizes if 0 <= size <= len(leaves)}, reverse=True)
    roots: dict[int, bytes] = {}
    peaks: list[bytes] = []
    for grown in range(len(leaves) + 1):
        while wanted and wanted[-1] == grown:
            roots[wanted.pop()] = root_of(peaks)
        if not wanted:
            break
        node, carry = leaves[grown], grown
        while carry & 1:
            node = sha256(b"\x01" + peaks.pop() + node).digest()
            carry >>= 1
        peaks.append(node)
    return roots


def root_of(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees that lie side by side, largest first."""
    if not peaks:
        return EMPTY
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = sha256(b"\x01" + peak + root).digest()
    return root


def head_text(log: str, size: int, root: bytes, signed_at: datetime) -> bytes:
    """What the signature of a head covers."""
    at = signed_at.astimezone(UTC).isoformat(timespec="microseconds")
    lines = ("aftercare evidence head 1", log, str(size), root.hex(), at)
    return "".join(f"{line}\n" for line in lines).encode()


def is_signed(text: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether the signature over the text was made with that key's private half (Ed25519)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
