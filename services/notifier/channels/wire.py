"""An HTTP request and its answer as plain values, so that channels stay pure around the I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request ready to be written. `url` is percent-encoded already and may hold a secret."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status of 200 to 299 or 400 to 499 with a JSON object in the body."""

    status: int
    fields: Mapping[str, object] = field(repr=False)
    retry_after_s: float | None = None

    def text(self, name: str) -> str:
        """A field as text: numbers become their digits, everything else but a string ''."""
        value = self.fields.get(name)
        if isinstance(value, str):
            return value
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""

    def whole(self, name: str) -> int | None:
        """A field as a whole number, also when it is sent as text; None if it is neither."""
        digits = self.text(name)
        return int(digits) if digits.lstrip("-").isdecimal() and len(digits) < 20 else None


def json_request(
    url: str, payload: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> HttpRequest:
    """A POST with `payload` as JSON in UTF-8."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    # Lone surrogates can't be written as UTF-8; a message must not stop the line for them.
    encoded = body.encode("utf-8", errors="replace")
    return HttpRequest(
        url=url,
        headers={"Content-Type": "application/json; charset=utf-8", **(headers or {})},
        body=encoded,
    )


def json_object(body: bytes) -> dict[str, object]:
    """The JSON object in `body`. Raises ValueError for anything else, however deep or odd."""
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def host_of(base_url: str) -> str:
    """Host and port of a base URL, as the Host header names them."""
    return urlsplit(base_url).netloc


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
