"""Signs tree heads with Ed25519 and checks the signatures. Used by the head keeper and `verify`."""

from __future__ import annotations

from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.evidence.domain.head import Head, SignedHead


class Signer:
    """Holds the private key of one process."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()
        self.key_id = key_id(self.public_key)

    def sign(self, head: Head) -> SignedHead:
        """The same head always gets the same signature."""
        return SignedHead(head, self.key_id, self._key.sign(head.text()))


def key_id(public_key: bytes) -> str:
    """Short name of a public key: the beginning of its SHA-256, hex."""
    return sha256(public_key).hexdigest()[:16]


def is_signed(signed: SignedHead, public_key: bytes) -> bool:
    """Whether the signature was made over this head with that key's private half."""
    if signed.key_id != key_id(public_key):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(public_key)
        key.verify(signed.signature, signed.head.text())
    except (InvalidSignature, ValueError):
        return False
    return True
