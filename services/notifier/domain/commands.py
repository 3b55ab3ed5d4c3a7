"""What the sender tells the rules of `delivery` (results of tries, answers to questions, reports)
and people those of `ladders`. Never on Kafka. All seconds are real ones.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from schemas.envelope import Payload
from schemas.values import Ref


class DeliveryCommand(Payload):
    """Base. The key is the notification."""

    TOPIC: ClassVar[str] = "commands"
    SUBJECT: ClassVar[str] = "notification_id"

    notification_id: str = Field(description="Notification.")


class SendSettled(DeliveryCommand):
    """A try came to a result. `held`: it was not made, the provider's breaker is open."""

    number: int = Field(description="Which try, from 1.")
    result: Literal["accepted", "rejected", "unknown", "held"] = Field(description="What came.")
    provider_message_id: str | None = Field(default=None, description="The provider's id.")
    code: str = Field(default="", description="Error code of the provider, or our own.")
    reason: str = Field(default="", description="What was wrong, without personal data.")
    retryable: bool = Field(default=False, description="The same may pass later.")
    of_provider: bool = Field(default=False, description="It would meet others there, too.")
    retry_after_s: float | None = Field(default=None, description="Not before that.")


class LeaseEnded(DeliveryCommand):
    """A try was begun and nothing was heard of it: its process died or hangs."""

    number: int = Field(description="Which try, from 1.")


class Overtaken(DeliveryCommand):
    """Just before it was to be sent it turned out that nobody needs to be told any more."""


class ReceiptGiven(DeliveryCommand):
    """What a provider says became of a message, asked (with `age_s`) or by itself."""

    receipt: Literal["delivered", "failed", "pending", "not_found", "unanswered"] = Field(
        description="What it says."
    )
    asked: bool = Field(description="We asked; otherwise it reported by itself.")
    age_s: float = Field(default=0.0, description="Since the last try; only when asked.")
    code: str = Field(default="", description="The carrier's error code.")
    provider_message_id: str = Field(default="", description="The provider's id; '' if untold.")
    reported_at: datetime | None = Field(default=None, description="The provider's time.")
    retry_after_s: float | None = Field(default=None, description="Ask again not before that.")


class AcknowledgeEscalation(Payload):
    """Somebody takes care of what an escalation is about. The key is the ticket."""

    TOPIC: ClassVar[str] = "commands"
    SUBJECT: ClassVar[str] = "ticket_id"

    ticket_id: str = Field(description="Ticket.")
    escalation_id: str = Field(description="Ladder.")
    by: Ref = Field(description="Who, an opaque reference.")
