""".env.example names every variable that anything here reads, with its default."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import SecretStr

from tests.support.compose import ROOT, Compose
from tests.support.settings import PREFIX, all_settings

LINE = re.compile(r"^([A-Z_]+)=(.*)$", re.MULTILINE)
BY_PLACE = {"AFTERCARE_POLICY_DIR"}
"""Their default depends on where the reader stands."""


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    found = LINE.findall((ROOT / ".env.example").read_text(encoding="utf-8"))
    names = [name for name, _ in found]
    assert len(names) == len(set(names))
    return dict(found)


def fields() -> dict[str, list[Any]]:
    """Defaults by variable; none where it is required."""
    found: dict[str, list[Any]] = {}
    for kind in all_settings():
        for name, field in kind.model_fields.items():
            defaults = found.setdefault(PREFIX + name.upper(), [])
            if not field.is_required():
                defaults.append(field.default)
    return found


def test_names_all_and_only_what_is_read(compose: Compose, written: dict[str, str]) -> None:
    profiles = {"COMPOSE_PROFILES"} if "profiles:" in compose.text else set()
    assert set(written) == set(fields()) | set(compose.interpolated) | profiles


def test_gives_the_defaults(compose: Compose, written: dict[str, str]) -> None:
    wrong = []
    for name, defaults in fields().items():
        fits = any(same(written[name], default) for default in defaults or [None])
        if name not in BY_PLACE and not fits:
            wrong.append(f"{name}={written[name]}, the default is {defaults}")
    for name, default in compose.interpolated.items():
        if name not in fields() and written[name] != default:
            wrong.append(f"{name}={written[name]}, the default is {default}")
    assert wrong == []


def test_compose_has_the_defaults_of_the_settings(compose: Compose) -> None:
    known = fields()
    for name, default in compose.interpolated.items():
        if name in known:
            assert default is not None
            assert any(same(default, value) for value in known[name]), name


def shown(default: Any) -> str:
    """As it stands in the file."""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if default is None:
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def same(text: str, default: Any) -> bool:
    """Whether the text stands for the default."""
    if isinstance(default, float):
        return text != "" and float(text) == default
    return text == shown(default)
