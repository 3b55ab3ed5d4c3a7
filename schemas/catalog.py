"""The JSON Schema (2020-12) of every event with its envelope. Pure; `cli/docs.py` writes it."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from schemas.envelope import Payload
from schemas.registry import ENVELOPES, EVENTS


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that only repeat a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def file_name(event: type[Payload]) -> str:
    """Name of an event's file in the catalog and among the golden messages."""
    return f"{event.__name__}.v{event.VERSION}.json"


def schema_id(event: type[Payload]) -> str:
    """Name of a schema: stable, and no address."""
    return f"aftercare:schemas:{event.type_name()}:v{event.VERSION}"


def schema_of(event: type[Payload]) -> dict[str, Any]:
    """What a reader of this event accepts: the envelope with `data` of that type.

    JSON Schema can't say that `subject` equals the payload's key, that paid shares sum up, or
    that 1.0 is no whole number here; `read_event` checks these as well.
    """
    schema = ENVELOPES[event.type_name()].model_json_schema(schema_generator=_Untitled)
    properties = dict(schema["properties"])
    properties["type"] = properties["type"] | {"const": event.type_name()}
    properties["subject"] = properties["subject"] | {
        "description": f"Equals data.{event.SUBJECT} and the Kafka key."
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id(event),
        "title": event.__name__,
        "description": event.__doc__,
        "type": "object",
        "properties": properties,
        "required": schema["required"],
        "$defs": schema["$defs"],
    }


def catalog() -> dict[str, dict[str, Any]]:
    """All schemas by file name, in the order of the registry."""
    return {file_name(event): schema_of(event) for event in EVENTS}
