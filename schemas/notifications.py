"""Events of the notifier (topic `notifications`, key = ticket id or order id)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from schemas.envelope import Payload
from schemas.values import Count, Instant, Label, Language, Ordinal, Ref

Carrier = Literal["aliyun_sms", "wecom", "dingtalk", "feishu", "call_task"]
CareStep = Literal["after_shipping", "expected_delivery_day", "week_after_receipt"]


class NotificationEvent(Payload):
    """Base of the delivery events. One notification = (subject, rule, recipient, step)."""

    TOPIC: ClassVar[str] = "notifications"
    SUBJECT: ClassVar[str] = "about"

    about: Ref = Field(description="Ticket id or order id; also the Kafka key.")
    notification_id: Ref = Field(description="Notification; the provider gets it as our id.")
    rule: Ref = Field(description="Rule of the policy that asked for it.")
    recipient: Ref = Field(description="customer, or a staff group of the policy.")
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
