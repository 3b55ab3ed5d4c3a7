"""Standard Webhooks signatures: HMAC-SHA256 over id, timestamp and the raw body.

Edges verify with `verify`; the simulator and outgoing calls sign with `sign`. Pure: the current
time comes in.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from hashlib import sha256

SHOP_HEADER = "aftercare-shop"
"""Names the shop whose secret signed."""
TOLERANCE_S = 300
PREFIX = "whsec_"
SMALLEST_SECRET = 32


class SignatureError(Exception):
    """The request is not authentic. `code` says why, for the caller and the metrics."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def read_secret(text: str) -> bytes:
    """The bytes of a secret written as `whsec_<base64>`. Raises ValueError."""
    if not text.startswith(PREFIX):
        raise ValueError(f"a secret starts with {PREFIX}")
    secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    if len(secret) < SMALLEST_SECRET:
        raise ValueError(f"a secret has at least {SMALLEST_SECRET} bytes")
    return secret


def sign(secret: bytes, message_id: str, timestamp_s: int, body: bytes) -> str:
    """The value of the `webhook-signature` header."""
    signed = b".".join((message_id.encode(), str(timestamp_s).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, sha256)).decode()


def verify(
    secrets: Sequence[bytes],
    headers: Sequence[tuple[str, str]],
    body: bytes,
    now_s: int,
) -> str:
    """Check a request and return its message id. Raises SignatureError.

    `headers` are (lower-case name, value) pairs; a header that comes twice is refused.
    """
    message_id = _single(headers, "webhook-id")
    stamp = _single(headers, "webhook-timestamp")
    given = _single(headers, "webhook-signature")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise SignatureError("bad_timestamp", "webhook-timestamp must be seconds since 1970")
    age = now_s - int(stamp)
    if age > TOLERANCE_S:
        raise SignatureError("stale_timestamp", f"webhook-timestamp is {age} s old")
    if age < -TOLERANCE_S:
        raise SignatureError("future_timestamp", f"webhook-timestamp is {-age} s ahead")
    if not 1 <= len(message_id) <= 128 or not message_id.isascii() or not message_id.isprintable():
        raise SignatureError("bad_id", "webhook-id must be 1 to 128 printable ASCII characters")
    offered = [part.encode("utf-8", "replace") for part in given.split(" ")]
    for secret in secrets:
        wanted = sign(secret, message_id, int(stamp), body).encode()
        if any(hmac.compare_digest(wanted, part) for part in offered):
            return message_id
    raise SignatureError("wrong_signature", "no signature fits the body")


def _single(headers: Sequence[tuple[str, str]], name: str) -> str:
    values = [value for header, value in headers if header == name]
    if not values:
        raise SignatureError("missing_header", f"header {name} is missing")
    if len(values) > 1:
        raise SignatureError("doubled_header", f"header {name} occurs twice")
    return values[0]
