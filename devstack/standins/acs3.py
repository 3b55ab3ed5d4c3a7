"""Checks signature V3 (ACS3-HMAC-SHA256) the way Aliyun's gateway does: rebuilt from the
request alone. Used by the SMS stand-in."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

WINDOW_S = 900.0
_AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=(?P<key_id>[^,\s]+), ?"
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_ALWAYS_SIGNED = frozenset(
    {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce"}
    | {"x-acs-version"}
)


class Gateway:
    """Checks one account's requests and remembers their nonces for the length of the window."""

    def __init__(self, key_id: str, secret: str) -> None:
        self._key_id = key_id
        self._secret = secret
        self._nonces: set[str] = set()
        self._nonce_order: deque[tuple[float, str]] = deque()

    def refusal(
        self,
        *,
        method: str,
        path: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
        now_s: float,
    ) -> tuple[int, str] | None:
        """HTTP status and code of the refusal; None if the request is genuine and new."""
        found = _AUTHORIZATION.fullmatch(headers.get("Authorization", ""))
        if found is None:
            return 400, "IncompleteSignature"
        names = found["names"].split(";")
        if not _ALWAYS_SIGNED.issubset(names):
            return 400, "IncompleteSignature"
        if found["key_id"] != self._key_id:
            return 404, "InvalidAccessKeyId.NotFound"
        if not _is_fresh(headers.get("x-acs-date", ""), now_s):
            return 400, "InvalidTimeStamp.Expired"
        body_hash = hashlib.sha256(body).hexdigest()
        lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in sorted(names))
        canonical = "\n".join(
            (method, path, _canonical(params), lines, ";".join(sorted(names)), body_hash)
        )
        expected = self._signature(canonical)
        if headers.get("x-acs-content-sha256") != body_hash or not hmac.compare_digest(
            expected, found["signature"]
        ):
            return 400, "SignatureDoesNotMatch"
        if not self._is_new(headers["x-acs-signature-nonce"], now_s):
            return 400, "SignatureNonceUsed"
        return None

    def _signature(self, canonical: str) -> str:
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"ACS3-HMAC-SHA256\n{digest}"
        return hmac.new(self._secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def _is_new(self, nonce: str, now_s: float) -> bool:
        while self._nonce_order and self._nonce_order[0][0] < now_s - 2 * WINDOW_S:
            self._nonces.discard(self._nonce_order.popleft()[1])
        if not nonce or nonce in self._nonces:
            return False
        self._nonces.add(nonce)
        self._nonce_order.append((now_s, nonce))
        return True


def _canonical(params: Mapping[str, str]) -> str:
    pairs = sorted(params.items())
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)


def _is_fresh(date: str, now_s: float) -> bool:
    try:
        at = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(at.timestamp() - now_s) <= WINDOW_S
