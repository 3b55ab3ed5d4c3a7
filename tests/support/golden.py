"""The golden messages: what was once published and must stay readable. Used by all tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from schemas.catalog import file_name
from schemas.envelope import Payload

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
FORMS = ("full", "minimal")
"""Each file holds a message with every field and one with the required fields only."""


def golden(event: type[Payload], form: str) -> dict[str, Any]:
    """A golden message of today's version of an event; a fresh copy at each call."""
    documents = json.loads((GOLDEN / file_name(event)).read_text(encoding="utf-8"))
    message: dict[str, Any] = documents[form]
    return message


def record(document: Any) -> bytes:
    """A record value: JSON in UTF-8."""
    return json.dumps(document, ensure_ascii=False).encode()
