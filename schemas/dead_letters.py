"""What a service puts on its own topic `dead-letters.<service>` when it gives a record up."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from schemas.envelope import Payload
from schemas.values import MAX_COUNT, MAX_POSITION, Count, FreeText, Instant, Ref, Sealed


class DeadLettered(Payload):
    """A record was given up; its bytes are kept sealed, since nobody knows what is in them."""

    TOPIC: ClassVar[str] = "dead-letters"
    SUBJECT: ClassVar[str] = "dead_letter_id"

    dead_letter_id: Ref = Field(description="Dead letter; also the Kafka key.")
    service: Ref = Field(description="Service that gave it up.")
    desk: Ref = Field(description="Desk of that service.")
    topic: Ref = Field(description="Topic it came from; `http` or `timer` when not from Kafka.")
    partition: int = Field(
        ge=-1,
        le=MAX_COUNT,
        strict=True,
        description="Partition it came from; -1 when not from Kafka.",
    )
    offset: int = Field(
        ge=-1,
        le=MAX_POSITION,
        strict=True,
        description="Offset it came from; -1 when not from Kafka.",
    )
    event_id: Ref | None = Field(default=None, description="Event id where it could be read.")
    reason: Ref = Field(description="Short code of the reason.")
    detail: FreeText = Field(
        default="", max_length=2_000, description="More, without personal data."
    )
    tries: Count = Field(description="Tries made.")
    raw: Sealed | None = Field(default=None, description="The record's value, sealed base64.")
    dead_at: Instant = Field(description="When (UTC).")
