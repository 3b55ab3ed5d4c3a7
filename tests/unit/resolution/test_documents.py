"""The OpenAPI document that is checked in."""

from __future__ import annotations

import json
from pathlib import Path

from services.resolution.openapi import document


def test_the_checked_in_document_is_current() -> None:
    """Written anew by `python -m services.resolution.openapi`."""
    found = Path("docs/openapi/resolution.json").read_text(encoding="utf-8")
    assert found == json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def test_every_reference_leads_somewhere() -> None:
    told = document()
    text = json.dumps(told)
    for name in told["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text
    assert text.count("$ref") == text.count("#/components/schemas/")
