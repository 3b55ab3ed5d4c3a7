"""Events of the notifier (topic `notifications`, key = ticket id or order id)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from schemas.envelope import Payload
from schemas.sla import ClockName
from schemas.values import Count, Instant, Label, Language, Level, Ordinal, Ref

Carrier = Literal["aliyun_sms", "wecom", "dingtalk", "feishu", "call_task"]
CareStep = Literal["after_shipping", "expected_delivery_day", "week_after_receipt"]
Role = Literal["assignee", "lead", "manager", "owner"]
EscalationEnd = Literal["met", "cancelled", "answered", "resolved"]


class NotificationEvent(Payload):
    """Base of the delivery events. One notification = (subject, rule, recipient, step)."""

    TOPIC: ClassVar[str] = "notifications"
    SUBJECT: ClassVar[str] = "about"

    about: Ref = Field(description="Ticket id or order id; also the Kafka key.")
    notification_id: Ref = Field(description="Notification; the provider gets it as our id.")
    rule: Ref = Field(description="Rule of the policy that asked for it.")
    recipient: Ref = Field(
        description="customer, a staff group of the policy, or person/ and one of its persons."
    )
    step: Ordinal = Field(description="Counts deliberate repeats, from 1.")
    provider: Carrier = Field(description="Provider used.")
    language: Language = Field(description="Language it was written in.")


class NotificationAccepted(NotificationEvent):
    """A provider took the message."""

    provider_message_id: Label | None = Field(default=None, description="The provider's id.")
    tries: Ordinal = Field(description="Tries it took.")
    accepted_at: Instant = Field(description="When (UTC).")


class NotificationDelivered(NotificationEvent):
    """The provider says that it arrived."""

    delivered_at: Instant = Field(description="When (UTC).")


class NotificationFailed(NotificationEvent):
    """It will not arrive this way any more."""

    code: Label = Field(description="The provider's error code, or our own.")
    reason: Label = Field(description="What went wrong, without personal data.")
    tries: Count = Field(description="Tries made.")
    failed_at: Instant = Field(description="When (UTC).")


class CareDue(Payload):
    """A step of the care chain came due and is being carried out."""

    TOPIC: ClassVar[str] = "notifications"
    SUBJECT: ClassVar[str] = "order_id"

    order_id: Ref = Field(description="Order; also the Kafka key.")
    care_step: CareStep = Field(description="Which step.")
    due_at: Instant = Field(description="When it came due (UTC).")
    means: Literal["message", "call_task"] = Field(description="How the customer is reached.")
    policy_version: Ref = Field(description="Care policy that decided.")


class EscalationEvent(Payload):
    """Base of the escalation's events. One ladder for each (ticket, clock, generation)."""

    TOPIC: ClassVar[str] = "notifications"
    SUBJECT: ClassVar[str] = "ticket_id"

    ticket_id: Ref = Field(description="Ticket; also the Kafka key.")
    escalation_id: Ref = Field(description="Ladder; by it people acknowledge.")
    clock: ClockName = Field(description="Clock that ran out or runs short.")
    generation: Ordinal = Field(description="Generation of the clock.")
    level: Level = Field(description="Level whose ladder it is.")
    step: Count = Field(description="Step told last, from 1; 0: nobody was told yet.")
    policy_version: Ref = Field(description="Policy of messages that decided.")


class EscalationRaised(EscalationEvent):
    """A step of the ladder was reached: its people are told."""

    role: Role = Field(description="Role of the step.")
    people: tuple[Ref, ...] = Field(
        min_length=1, max_length=50, description="Who is told, by their names in the policy."
    )
    cause: Literal["breached", "warned"] = Field(description="What began the ladder.")
    due_at: Instant = Field(description="Deadline of the clock (UTC).")
    raised_at: Instant = Field(description="When (UTC).")


class EscalationAcknowledged(EscalationEvent):
    """Somebody takes care of it: nobody further is told."""

    by: Ref = Field(description="Who, an opaque reference.")
    acknowledged_at: Instant = Field(description="When (UTC).")


class EscalationEnded(EscalationEvent):
    """The ladder ended without an acknowledgement; nobody further is told."""

    cause: EscalationEnd = Field(description="Why.")
    ended_at: Instant = Field(description="When (UTC).")
