"""Old messages stay readable: nothing new is required of a version that is already out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.catalog import schema_of
from schemas.registry import EVENTS
from tests.support.golden import GOLDEN

SNAPSHOT = GOLDEN / "required_fields.json"
RULE = (
    "A version that is out may only gain optional fields (schemas/README.md, Compatibility): "
    "messages without the new field are stored and must stay readable. Give the field a default, "
    "or publish a new event type."
)
KEEP = (
    "A required field of a version that is out stays required: readers of yesterday's code rely "
    "on it. Publish a new event type instead."
)


def required_fields(schema: dict[str, Any]) -> list[str]:
    """Paths of all required fields of an event's schema, through values and lists."""
    return sorted(set(_paths(schema, schema["$defs"], "")))


def _paths(node: Any, defs: dict[str, Any], path: str) -> Iterator[str]:
    if "$ref" in node:
        node = defs[node["$ref"].removeprefix("#/$defs/")]
    for part in node.get("anyOf", ()):
        yield from _paths(part, defs, path)
    if "items" in node:
        yield from _paths(node["items"], defs, f"{path}[]")
    for name in node.get("required", ()):
        yield f"{path}.{name}".removeprefix(".")
    for name, part in node.get("properties", {}).items():
        yield from _paths(part, defs, f"{path}.{name}".removeprefix("."))


def broken_rules(before: dict[str, list[str]], now: dict[str, list[str]]) -> list[str]:
    """One line per event and rule broken; empty when `now` is compatible with `before`."""
    lines = []
    for name, fields in before.items():
        if name not in now:
            lines.append(f"{name} is gone. Messages of every past version must stay readable.")
            continue
        new, lost = sorted({*now[name]} - {*fields}), sorted({*fields} - {*now[name]})
        lines += [f"{name} now requires {', '.join(new)}. {RULE}"] if new else []
        lines += [f"{name} no longer requires {', '.join(lost)}. {KEEP}"] if lost else []
    return lines


def _before() -> dict[str, list[str]]:
    fields: dict[str, list[str]] = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    return fields


def _now() -> dict[str, list[str]]:
    return {event.type_name(): required_fields(schema_of(event)) for event in EVENTS}


def test_no_version_that_is_out_requires_more_or_less_than_it_did() -> None:
    broken = broken_rules(_before(), _now())
    assert not broken, "\n".join(broken)


def test_every_event_is_in_the_snapshot() -> None:
    missing = {name: fields for name, fields in _now().items() if name not in _before()}
    assert not missing, f"add to {SNAPSHOT.name}:\n{json.dumps(missing, indent=2)}"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"a": ["id", "x"]}, "a now requires x. A version that is out may only gain optional"),
        ({"a": []}, "a no longer requires id."),
        ({}, "a is gone."),
    ],
)
def test_the_message_says_which_rule_is_broken(now: dict[str, list[str]], words: str) -> None:
    (line,) = broken_rules({"a": ["id"]}, now)
    assert line.startswith(words)


def test_required_fields_are_found_inside_values_and_lists() -> None:
    fields = _before()["aftercare.tickets.TicketOpened"]
    assert {"id", "data", "data.text", "data.order.lines[].paid_fen", "data.contact.phone.box",
            "data.attachments[].sha256", "data.order.gift.occasion"} <= {*fields}  # fmt: skip
    assert "data.order" not in fields
