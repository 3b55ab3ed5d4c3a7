"""Signature V3 (ACS3-HMAC-SHA256) of Aliyun's RPC interfaces, as pure functions.
Called by aliyun_sms."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.notifier.channels.wire import HttpRequest, host_of

ALGORITHM = "ACS3-HMAC-SHA256"
FORM = "application/x-www-form-urlencoded"
_ODD = re.compile(rb"[^A-Za-z0-9._~-]+")


@dataclass(frozen=True, slots=True)
class AccessKey:
    """The account's key pair; the secret never leaves this process."""

    key_id: str
    secret: str = field(repr=False)


def signed_request(
    *,
    action: str,
    version: str,
    params: Mapping[str, str],
    base_url: str,
    key: AccessKey,
    now: datetime,
    nonce: str,
    form: bytes = b"",
) -> HttpRequest:
    """A signed POST of `params` in the query and of `form` (written already) in the body, as the
    interface description places them.

    The provider takes it within 15 minutes of `now` and refuses a `nonce` that it has seen.
    """
    query = canonical_query(params)
    headers = {
        "host": host_of(base_url),
        "x-acs-action": action,
        "x-acs-content-sha256": hashlib.sha256(form).hexdigest(),
        "x-acs-date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    if form:
        headers["content-type"] = FORM
    headers["Authorization"] = authorization("POST", "/", query, headers, key)
    headers["Accept"] = "application/json"
    return HttpRequest(url=f"{base_url.rstrip('/')}/?{query}", headers=headers, body=form)


def authorization(
    method: str, path: str, query: str, headers: Mapping[str, str], key: AccessKey
) -> str:
    """The Authorization header over everything in `headers`, whose names are lower-case."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    body_hash = headers["x-acs-content-sha256"]
    canonical = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{body_hash}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    signature = hmac.new(key.secret.encode(), f"{ALGORITHM}\n{digest}".encode(), hashlib.sha256)
    return (
        f"{ALGORITHM} Credential={key.key_id},SignedHeaders={names},"
        f"Signature={signature.hexdigest()}"
    )


def canonical_query(params: Mapping[str, str]) -> str:
    """Sorted by name, percent-encoded as RFC 3986 says (a space is %20, a tilde stays)."""
    return "&".join(f"{_encoded(name)}={_encoded(params[name])}" for name in sorted(params))


def form_of(fields: Mapping[str, str]) -> bytes:
    """The fields as the body of a form."""
    return canonical_query(fields).encode()


def _encoded(text: str) -> str:
    return _ODD.sub(_escaped, text.encode(errors="replace")).decode()


def _escaped(odd: re.Match[bytes]) -> bytes:
    # Run by run: most of a message is Chinese, and byte by byte costs more than its signature.
    return b"%" + odd.group().hex("%").upper().encode()
