"""A case of bad input: its row in the list of bad input (B1 to B15), what is sent, and what must
become of it. The corpora are made of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Row = Literal[
    "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "B10", "B11", "B12", "B13", "B14", "B15"
]
Packing = Literal["none", "gzip", "snappy", "lz4", "zstd"]
JSON = "application/json"
CLOUD_EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
FILE = "application/octet-stream"
TAKEN = ""
"""In place of a reason: it is accepted and does no harm."""


@dataclass(frozen=True, slots=True)
class Signing:
    """How a request is signed; by default as it should be."""

    late_s: int = 0
    """The time stamp lies so far back; negative: ahead."""
    secret: bytes | None = None
    body: bytes | None = None
    """What is signed instead of the body."""
    without: str = ""
    """Name of a header that is left out."""
    twice: str = ""
    """Name of a header that is sent twice."""
    instead: Mapping[str, bytes] = field(default_factory=dict)
    """Headers with other values."""


@dataclass(frozen=True, slots=True)
class Request:
    """Bad input over HTTP. `{ticket}`, `{closed}` and `{report}` in the path are an open ticket,
    one that was resolved, and the secret of the providers' reports."""

    row: Row
    says: str
    status: int
    code: str
    """Of the problem document; TAKEN when there is none."""
    body: bytes
    path: str = "/v1/tickets"
    service: str = "intake"
    media_type: str | None = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    signing: Signing = Signing()
    message_id: str | None = None
    first: Request | None = None
    """What is sent before, and taken."""

    def __str__(self) -> str:
        return f"{self.row} {self.says}"


@dataclass(frozen=True, slots=True)
class Record:
    """Bad input on Kafka. `reasons`: of the dead letters of the desks that read the topic, one for
    all of them, or by desk (those not named take it)."""

    row: Row
    says: str
    reasons: str | Mapping[str, str]
    value: bytes | None
    topic: str = "orders"
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    odd_header_name: bytes = b""
    """A header name that is no text; no client for Python would write it."""
    packing: Packing = "none"
    first: Record | None = None
    """What is sent before, and taken."""

    def __str__(self) -> str:
        return f"{self.row} {self.says}"

    def reason(self, desk: str) -> str:
        """Of the dead letter of a desk; TAKEN when it writes none."""
        return self.reasons if isinstance(self.reasons, str) else self.reasons.get(desk, TAKEN)


@dataclass(frozen=True, slots=True)
class Absent:
    """A kind of bad input that nothing here could take, and why."""

    row: Row
    says: str
    because: str

    def __str__(self) -> str:
        return f"{self.row} {self.says}"


def raw(value: Any) -> bytes:
    """JSON as a sender would write it; lone surrogates stay escaped."""
    return json.dumps(value).encode()
