"""What was once published can still be read, and says the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.catalog import file_name
from schemas.envelope import Payload
from schemas.registry import BY_TYPE, EVENTS, read_event
from tests.support.golden import FORMS, GOLDEN, golden, record

events = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
forms = pytest.mark.parametrize("form", FORMS)


def test_every_event_has_golden_messages() -> None:
    missing = [event.__name__ for event in EVENTS if not (GOLDEN / file_name(event)).exists()]
    assert not missing, f"write tests/golden/<Type>.v<n>.json, full and minimal, for {missing}"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.v*.json")), ids=lambda path: path.stem)
@forms
def test_messages_of_every_past_version_are_read(path: Any, form: str) -> None:
    message = json.loads(path.read_text(encoding="utf-8"))[form]
    event = read_event(record(message))
    assert type(event.data) is BY_TYPE[message["type"]]
    assert type(event.data).__name__ == path.name.split(".")[0]


@events
def test_a_full_message_comes_back_as_it_was(event: type[Payload]) -> None:
    message = golden(event, "full")
    assert json.loads(read_event(record(message)).to_json()) == message


@events
def test_a_full_message_has_every_field(event: type[Payload]) -> None:
    message = golden(event, "full")
    assert message["data"].keys() == event.model_fields.keys()


@events
def test_a_minimal_message_has_the_required_fields_only(event: type[Payload]) -> None:
    required = {name for name, field in event.model_fields.items() if field.is_required()}
    assert golden(event, "minimal")["data"].keys() == required


@events
@forms
def test_fields_of_later_versions_are_ignored(event: type[Payload], form: str) -> None:
    message = golden(event, form)
    plain = read_event(record(message))
    later = _with_news(message) | {"schemaversion": message.get("schemaversion", 1)}
    assert read_event(record(later)) == plain


def _with_news(node: Any) -> Any:
    """The same with an unknown field in every object."""
    if isinstance(node, list):
        return [_with_news(part) for part in node]
    if not isinstance(node, dict):
        return node
    return {name: _with_news(part) for name, part in node.items()} | {"brandnew": {"deep": [1]}}


@events
def test_a_later_version_is_read_like_todays(event: type[Payload]) -> None:
    message = golden(event, "full") | {"schemaversion": 9}
    assert read_event(record(message)).data == read_event(record(golden(event, "full"))).data
