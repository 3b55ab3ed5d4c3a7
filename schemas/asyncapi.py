"""The AsyncAPI 3.0 document of all topics and services. Pure; `cli/docs.py` writes it."""

from __future__ import annotations

from typing import Any

from schemas.catalog import schema_of
from schemas.envelope import CONTENT_TYPE, Payload
from schemas.flows import CONSUMES, consumers_of, events_on, published_by
from schemas.registry import EVENTS
from schemas.topics import SERVICES, TOPICS, Topic

CONTRACT_VERSION = "1.0.0"
"""Rises in the middle with every new event type or optional field, at the end with wording."""

KAFKA_BINDING = "0.5.0"
PUBLISHERS = ("upstream", *SERVICES)
HEADERS: dict[str, Any] = {
    "type": "object",
    "required": ["content-type"],
    "properties": {
        "content-type": {"type": "string", "const": CONTENT_TYPE, "description": "Media type."},
        "ce_type": {
            "type": "string",
            "description": "The attribute type once more; agrees with the body where it is given.",
        },
        "ce_id": {"type": "string", "format": "uuid", "description": "The attribute id once more."},
        "traceparent": {
            "type": "string",
            "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
            "description": "W3C trace context of the publishing span; absent begins a new trace.",
        },
    },
}


def document() -> dict[str, Any]:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "aftercare",
            "version": CONTRACT_VERSION,
            "description": "Everything that aftercare's services tell each other. A record is one "
            "CloudEvents 1.0 event in structured mode; its key is the attribute subject, so the "
            "order is kept per ticket or order, and promised only within one topic.",
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"kafka": _server()},
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": _operations(),
        "components": {
            "messages": {event.__name__: _message(event) for event in EVENTS},
            "schemas": _schemas(),
        },
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "The cluster that all services share.",
        "variables": {
            "bootstrap": {
                "default": "127.0.0.1:9092",
                "description": "AFTERCARE_KAFKA_BOOTSTRAP, a list of host:port.",
            }
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    listeners = ", ".join(consumers_of(topic)) or "nobody; people read it through the command"
    return {
        "address": topic.name,
        "description": f"Published by {topic.owner}. Consumed by {listeners}.",
        "messages": {
            event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}
            for event in events_on(topic)
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": topic.retention_h * 3_600_000,
                },
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operations() -> dict[str, Any]:
    sends = {
        f"{publisher}.send.{topic.name}": _operation(publisher, "send", topic)
        for publisher in PUBLISHERS
        for topic in published_by(publisher)
    }
    receives = {
        f"{service}.receive.{topic.name}": _operation(service, "receive", topic)
        for service in SERVICES
        for topic in TOPICS
        if topic.name in CONSUMES[service]
    }
    return sends | receives


def _operation(who: str, action: str, topic: Topic) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": action,
        "summary": f"{who} {'publishes to' if action == 'send' else 'consumes'} {topic.name}",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "messages": [
            {"$ref": f"#/channels/{topic.name}/messages/{event.__name__}"}
            for event in events_on(topic)
        ],
        "tags": [{"name": who}],
    }
    if action == "receive":
        group = {"type": "string", "pattern": f"^{who}\\.", "description": "Service and desk."}
        operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": KAFKA_BINDING}}
    return operation


def _message(event: type[Payload]) -> dict[str, Any]:
    key = {"type": "string", "description": f"Equals subject and data.{event.SUBJECT}."}
    return {
        "name": event.type_name(),
        "title": event.__name__,
        "summary": event.__doc__,
        "contentType": CONTENT_TYPE,
        "correlationId": {
            "location": "$message.payload#/correlationid",
            "description": "Id of the first event of the chain.",
        },
        "headers": HEADERS,
        "payload": {"$ref": f"#/components/schemas/{event.__name__}.v{event.VERSION}"},
        "bindings": {"kafka": {"key": key, "bindingVersion": KAFKA_BINDING}},
    }


def _schemas() -> dict[str, Any]:
    """Envelopes as `<Type>.v<n>`, payloads and values under their own names, sorted."""
    found: dict[str, Any] = {}
    for event in EVENTS:
        schema = schema_of(event)
        envelope = {name: schema[name] for name in ("title", "type", "properties", "required")}
        parts = {f"{event.__name__}.v{event.VERSION}": envelope} | schema["$defs"]
        for name, part in parts.items():
            moved = _moved(part)
            if found.setdefault(name, moved) != moved:
                raise ValueError(f"two different schemas are called {name}")
    return dict(sorted(found.items()))


def _moved(node: Any) -> Any:
    """References as this document needs them: what stands beside one would be ignored."""
    if isinstance(node, list):
        return [_moved(part) for part in node]
    if not isinstance(node, dict):
        return node
    moved = {name: _moved(part) for name, part in node.items()}
    target = moved.get("$ref")
    if not isinstance(target, str):
        return moved
    moved["$ref"] = target.replace("#/$defs/", "#/components/schemas/")
    if len(moved) == 1:
        return moved
    return {"allOf": [{"$ref": moved.pop("$ref")}]} | moved
