"""Reads plain JSON of an order system by a mapping from the policy; no code per system.

`cloudevents` calls `translate` for bodies that are no CloudEvents. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from schemas.orders import OrderEvent
from schemas.registry import EVENTS

ORDER_EVENTS = {event.__name__: event for event in EVENTS if event.TOPIC == OrderEvent.TOPIC}
"""What upstream may tell us, by short name."""
_YUAN = re.compile(r"^\d{1,9}(\.\d{1,2})?$")
_EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_S = 7_258_118_400
"""The year 2200: beyond it a number of seconds is no time."""
Form = Literal["as_is", "text", "unix_s", "unix_ms", "local_time", "yuan"]


class UnmappedError(ValueError):
    """The body does not fit the mapping. The text names fields, never values."""


class FieldRule(BaseModel):
    """Where a field comes from and how it is written there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(default="", description="Place in the body, keys joined by dots.")
    value: str | int | bool | None = Field(default=None, description="The same for all, no path.")
    form: Form = Field(
        default="as_is",
        description="as_is; text: a number as text; unix_s, unix_ms: time since 1970; "
        "local_time: date and time without zone, see zone; yuan: decimal text, becomes fen.",
    )
    zone: str = Field(default="Asia/Shanghai", description="Zone of a local_time (IANA name).")
    words: dict[str, str] = Field(
        default_factory=dict, description="Their words for ours; a word not listed is refused."
    )
    each: dict[str, FieldRule] = Field(
        default_factory=dict, description="For a list: the fields of each item."
    )

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        ZoneInfo(zone)
        return zone

    @model_validator(mode="after")
    def _one_origin(self) -> FieldRule:
        if bool(self.path) == (self.value is not None):
            raise ValueError("a field has either a path or a value")
        return self


class EventMapping(BaseModel):
    """How one of their types becomes one of our events."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event: str = Field(description="Our event, e.g. ParcelScanned.")
    fields: dict[str, FieldRule] = Field(
        min_length=1, description="Our field (dots go inside) and where it comes from."
    )

    @field_validator("event")
    @classmethod
    def _ours(cls, event: str) -> str:
        if event not in ORDER_EVENTS:
            raise ValueError(f"one of {', '.join(ORDER_EVENTS)} is expected")
        return event


class SourceMapping(BaseModel):
    """How one system's bodies are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id_path: str = Field(
        min_length=1, description="Their id of the notice, the same when repeated."
    )
    type_path: str = Field(min_length=1, description="Their type.")
    types: dict[str, EventMapping] = Field(min_length=1, description="Their types and our events.")


def translate(source: SourceMapping, body: Any) -> tuple[str, str, dict[str, Any]]:
    """The notice's id, our event's short name and its data. Raises UnmappedError."""
    number, kind = _at(body, source.id_path), _at(body, source.type_path)
    if isinstance(number, int) and not isinstance(number, bool):
        number = str(number)
    if not isinstance(number, str) or not number:
        raise UnmappedError(f"{source.id_path}: the notice's id is missing")
    mapping = source.types.get(kind) if isinstance(kind, str) else None
    if mapping is None:
        raise UnmappedError(f"{source.type_path}: no event is set up for this type")
    return number, mapping.event, _filled(mapping.fields, body)


def _filled(rules: Mapping[str, FieldRule], body: Any) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, rule in rules.items():
        found = _read(rule, body)
        if found is None:
            continue
        *outer, last = name.split(".")
        inner = data
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = found
    return data


def _read(rule: FieldRule, body: Any) -> Any:
    """What the rule finds; None when there is nothing."""
    if not rule.path:
        return rule.value
    found = _at(body, rule.path)
    if found is None:
        return None
    if rule.each:
        if not isinstance(found, list):
            raise UnmappedError(f"{rule.path}: a list is expected")
        return [_filled(rule.each, item) for item in found]
    if rule.words:
        if not isinstance(found, str) or found not in rule.words:
            raise UnmappedError(f"{rule.path}: this word has no meaning set up")
        return rule.words[found]
    try:
        return _formed(rule, found)
    except ValueError as error:
        raise UnmappedError(f"{rule.path}: {error}") from None


def _at(body: Any, path: str) -> Any:
    """The value at a dotted path, None where any part of it is missing."""
    for part in path.split("."):
        if not isinstance(body, dict):
            return None
        body = body.get(part)
    return body


def _formed(rule: FieldRule, found: Any) -> Any:
    match rule.form:
        case "text":
            if isinstance(found, bool) or not isinstance(found, int | str):
                raise ValueError("a number or text is expected")
            return str(found)
        case "unix_s" | "unix_ms":
            return _since_1970(found, 1 if rule.form == "unix_s" else 1000)
        case "local_time":
            return _local_time(found, ZoneInfo(rule.zone))
        case "yuan":
            if not isinstance(found, str) or not _YUAN.match(found):
                raise ValueError("yuan are written as text with at most two decimals")
            return int(Decimal(found) * 100)
    return found


def _since_1970(found: Any, per_s: int) -> datetime:
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= _LAST_S * per_s:
        raise ValueError("whole numbers since 1970 are expected")
    return _EPOCH_AT + timedelta(milliseconds=found * 1000 // per_s)


def _local_time(found: Any, zone: ZoneInfo) -> datetime:
    if not isinstance(found, str):
        raise ValueError("date and time are expected as text")
    try:
        at = datetime.fromisoformat(found)
    except ValueError:
        raise ValueError("this is no date and time") from None
    if at.tzinfo is not None or not 2000 <= at.year <= 2199:
        raise ValueError("a date and time without zone, 2000 to 2199, is expected")
    return at.replace(tzinfo=zone)
