"""The CloudEvents 1.0 envelope around every payload, and the strict reader of record values.

Used by the runtime to read and write records; services see it as `Message` fields.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from jiter import from_json
from pydantic import BaseModel, ConfigDict, Field

from schemas.values import Flag, Instant, Ordinal, Ref, Value

TYPE_PREFIX = "aftercare."
CONTENT_TYPE = "application/cloudevents+json"


class Payload(Value):
    """Base of every event's data. `TOPIC` is its owner's topic, `SUBJECT` names the key field."""

    TOPIC: ClassVar[str] = ""
    SUBJECT: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1

    @classmethod
    def type_name(cls) -> str:
        """CloudEvents type, e.g. `aftercare.tickets.TicketOpened`."""
        return f"{TYPE_PREFIX}{cls.TOPIC}.{cls.__name__}"

    @property
    def subject(self) -> str:
        """Ticket id or order id: the Kafka key, so order is kept per subject."""
        return str(getattr(self, self.SUBJECT))


P = TypeVar("P", bound=Payload)


class Envelope(BaseModel, Generic[P]):
    """One event as one self-contained JSON value (CloudEvents structured mode)."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    specversion: Literal["1.0"] = Field(default="1.0", description="CloudEvents version.")
    id: UUID = Field(
        description="UUIDv7 from the producer, or UUIDv5 of cause and purpose when derived."
    )
    source: Ref = Field(description="Publishing system, e.g. aftercare/triage or a shop's system.")
    type: str = Field(max_length=128, description="Prefix, topic and payload class.")
    time: Instant = Field(description="When it happened (business time, UTC).")
    subject: Ref = Field(description="Ticket id or order id; equals the Kafka key.")
    datacontenttype: Literal["application/json"] = Field(
        default="application/json", description="Media type of data."
    )
    shopid: Ref = Field(description="Shop that the event belongs to.")
    correlationid: UUID = Field(description="Id of the first event of this chain.")
    causationid: UUID | None = Field(
        default=None, description="Id of the event that led to this one; none for origins."
    )
    schemaversion: Ordinal = Field(default=1, description="Version of the payload's schema.")
    autoorigin: Flag = Field(
        default=False,
        description="True when a machine wrote it: such messages are never answered by a machine.",
    )
    data: P = Field(description="The payload.")

    def to_json(self) -> bytes:
        """The record value: UTF-8 JSON, absent options left out."""
        return self.model_dump_json(exclude_none=True).encode()


class UnreadableEventError(ValueError):
    """The bytes are no event of this contract. `reason` is a short code, the text says more.

    Neither quotes what the record holds: both end in logs and dead letters.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def parse_object(raw: bytes) -> dict[str, Any]:
    """Read a record value as one JSON object, more strictly than the standard library.

    Two readers of the same bytes must never see different things, so repeated keys, NaN and
    Infinity are refused. Raises UnreadableEventError with reason `empty`, `not_json`,
    `duplicate_key`, `too_deep` or `not_object`.
    """
    if not raw:
        raise UnreadableEventError("empty", "the record has no value")
    value = _read(raw)
    if not isinstance(value, dict):
        raise UnreadableEventError("not_object", type(value).__name__)
    return value


def _read(raw: bytes) -> Any:
    """Two readers: a quick one that every record meets, and one that judges what it refuses: lone
    surrogates and deep nesting are JSON all the same, and the quick one's words may quote data."""
    with suppress(ValueError):
        return from_json(raw, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")
    try:
        return _DECODER.decode(raw.decode())
    except _RepeatedKeyError as error:
        raise UnreadableEventError("duplicate_key", "an object names a key twice") from error
    except RecursionError as error:
        raise UnreadableEventError("too_deep", "nested too deeply") from error
    except ValueError as error:
        # The error carries the whole text along, so it must not be chained into a traceback.
        raise UnreadableEventError("not_json", type(error).__name__) from None


def type_of(value: Mapping[str, Any]) -> str:
    """The type attribute of a parsed record. Raises UnreadableEventError, reason `no_type`."""
    name = value.get("type")
    if not isinstance(name, str):
        raise UnreadableEventError("no_type", "attribute type is missing or no string")
    return name


class _RepeatedKeyError(ValueError):
    """An object of the JSON text names a key twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _RepeatedKeyError
    return value


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number)
