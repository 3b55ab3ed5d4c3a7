"""The generated documents are current, complete and say what the contract says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker

from cli import docs
from schemas.asyncapi import PUBLISHERS, document
from schemas.catalog import catalog, file_name
from schemas.envelope import Payload
from schemas.flows import CONSUMES, consumers_of, events_on, published_by
from schemas.message_map import message_map
from schemas.registry import EVENTS
from schemas.topics import SERVICES, TOPICS, topic_names
from tests.support.golden import FORMS, golden

events = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
ASYNCAPI = document()
CATALOG = catalog()


def resolve(ref: str) -> Any:
    """What a reference within the AsyncAPI document points at."""
    node: Any = ASYNCAPI
    for part in ref.removeprefix("#/").split("/"):
        node = node[part]
    return node


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """All objects inside a JSON value."""
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node:
        if isinstance(part, dict | list):
            yield from objects(part)


def test_the_generated_files_are_current() -> None:
    changed = docs.stale(docs.ROOT, docs.texts())
    assert not changed, f"out of date: {', '.join(changed)}; run `{docs.COMMAND}`"


def test_building_twice_gives_the_same_text() -> None:
    assert docs.texts() == docs.texts()


@events
@pytest.mark.parametrize("form", FORMS)
def test_golden_messages_fit_their_schema(event: type[Payload], form: str) -> None:
    check = Draft202012Validator(CATALOG[file_name(event)], format_checker=FormatChecker())
    assert not list(check.iter_errors(golden(event, form)))


@events
def test_a_schema_is_valid_and_knows_its_own_type_only(event: type[Payload]) -> None:
    schema = CATALOG[file_name(event)]
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"aftercare:schemas:{event.type_name()}:v{event.VERSION}"
    other = golden(event, "full") | {"type": "aftercare.tickets.TicketEaten"}
    assert not Draft202012Validator(schema).is_valid(other)


def test_no_schema_closes_an_object() -> None:
    assert not [part for part in objects(ASYNCAPI) if "additionalProperties" in part]


def test_channels_are_the_topics() -> None:
    channels = ASYNCAPI["channels"]
    assert tuple(channels) == topic_names()
    for topic in TOPICS:
        channel = channels[topic.name]
        kafka = channel["bindings"]["kafka"]
        assert channel["address"] == kafka["topic"] == topic.name
        assert kafka["partitions"] == topic.partitions
        assert kafka["topicConfiguration"]["retention.ms"] == topic.retention_h * 3_600_000
        assert channel["messages"].keys() == {event.__name__ for event in events_on(topic)}
        assert channel["messages"], topic


def test_operations_are_the_flows() -> None:
    sends = {f"{who}.send.{topic.name}" for who in PUBLISHERS for topic in published_by(who)}
    receives = {f"{who}.receive.{name}" for who, names in CONSUMES.items() for name in names}
    assert ASYNCAPI["operations"].keys() == sends | receives
    for name, operation in ASYNCAPI["operations"].items():
        who, action, topic = name.split(".", 2)
        assert operation["action"] == action
        assert operation["channel"]["$ref"] == f"#/channels/{topic}"
        assert operation["tags"] == [{"name": who}]
        listed = {ref["$ref"] for ref in operation["messages"]}
        assert listed == {
            f"#/channels/{topic}/messages/{m}" for m in resolve(f"#/channels/{topic}")["messages"]
        }


def test_every_reference_resolves() -> None:
    refs = [part["$ref"] for part in objects(ASYNCAPI) if isinstance(part.get("$ref"), str)]
    assert len(refs) > 100
    for ref in refs:
        assert ref.startswith("#/"), ref
        assert isinstance(resolve(ref), dict), ref


def test_nothing_stands_beside_a_reference() -> None:
    assert not [part for part in objects(ASYNCAPI) if "$ref" in part and len(part) > 1]


@events
def test_a_message_describes_headers_key_and_payload(event: type[Payload]) -> None:
    message = ASYNCAPI["components"]["messages"][event.__name__]
    assert message["name"] == event.type_name()
    assert message["headers"]["properties"].keys() == {
        "content-type", "ce_type", "ce_id", "traceparent"}  # fmt: skip
    assert event.SUBJECT in message["bindings"]["kafka"]["key"]["description"]
    trace = message["headers"]["properties"]["traceparent"]["pattern"]
    assert re.fullmatch(trace, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    check = Draft7Validator({**message["payload"], "components": ASYNCAPI["components"]})
    assert not list(check.iter_errors(golden(event, "full")))
    assert not check.is_valid(golden(event, "full") | {"data": {}})


def test_names_may_be_used_as_component_keys() -> None:
    for kind in ("messages", "schemas"):
        for name in ASYNCAPI["components"][kind]:
            assert re.fullmatch(r"[\w.-]+", name)


def test_every_topic_has_one_known_publisher_and_no_service_listens_to_itself() -> None:
    assert len(set(topic_names())) == len(TOPICS)
    assert {topic.owner for topic in TOPICS} == set(PUBLISHERS)
    assert CONSUMES.keys() == set(SERVICES)
    for topic in TOPICS:
        assert topic.owner not in consumers_of(topic)
    assert {name for names in CONSUMES.values() for name in names} <= set(topic_names())


def test_every_event_travels_on_a_topic() -> None:
    assert {event for topic in TOPICS for event in events_on(topic)} == set(EVENTS)


def test_the_map_names_every_topic_event_and_service() -> None:
    text = message_map()
    for name in (*topic_names(), *SERVICES, *(event.__name__ for event in EVENTS)):
        assert name in text
    for service, names in CONSUMES.items():
        for name in names:
            assert f"    t_{name.replace('.', '_')} --> {service}\n" in text


def test_the_documents_hold_no_address_but_this_machine() -> None:
    text = json.dumps(ASYNCAPI)
    assert "://" not in text
    assert ASYNCAPI["servers"]["kafka"]["variables"]["bootstrap"]["default"] == "127.0.0.1:9092"
