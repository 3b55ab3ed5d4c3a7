"""What `classify` answers by the default policy and the shipped model, without a process."""

from __future__ import annotations

import io
import json
from typing import Any

from services.triage.classify import POLICIES, answering_by, classify
from tests.unit.triage.complaints import NOW

ANSWERING = answering_by(POLICIES, NOW)


def answered(*lines: object) -> list[dict[str, Any]]:
    """What is answered to these lines: bytes as they are, the rest as JSON."""
    source = b"\n".join(
        line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode()
        for line in lines
    )
    target = io.BytesIO()
    classify(io.BytesIO(source), target, ANSWERING)
    return [json.loads(line) for line in target.getvalue().splitlines()]


def answer(text: str, **fields: Any) -> dict[str, Any]:
    """The answer to one good message."""
    (found,) = answered({"id": "m", "text": text, **fields})
    assert "error" not in found, found
    return found


def error(line: object) -> dict[str, Any]:
    """The answer to one line that is no message."""
    (found,) = answered(line)
    assert list(found) == ["id", "error"]
    return found
