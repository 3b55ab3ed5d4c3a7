"""A notification as it is planned: who is told what, through which channels. Pure data, made by
the rules of tickets and of care, stored by `store`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

from schemas.envelope import Envelope
from schemas.notifications import NotificationFailed
from schemas.rules import TimerFired
from schemas.values import Language, Sealed
from services.notifier.domain.escalation_policy import PERSON, TO_PEOPLE
from services.notifier.domain.policy import CUSTOMER, NotifierRules

NAMESPACE = UUID("0d9d2c0e-4f0b-5d53-8f0e-6b1f2f6a7c11")
URGENT, USUAL, CARE = 0, 1, 2
"""Order in which a channel takes what waits."""
NO_PHONE = "local.no_phone"

Params = Mapping[str, str | int]


class Phone(BaseModel):
    """A sealed phone number and the person whose key opens it."""

    model_config = ConfigDict(frozen=True)

    person: str
    sealed: Sealed


@dataclass(frozen=True, slots=True)
class Origin:
    """The event that a notification answers: it is traced back to it."""

    shop_id: str
    correlation: UUID
    cause: UUID
    traceparent: str | None

    @classmethod
    def of(cls, event: Envelope[Any], traces: Mapping[UUID, str]) -> Origin:
        """From the event in hand. A timer's cause is the event that armed it."""
        armed_by = event.causationid if isinstance(event.data, TimerFired) else None
        cause = armed_by or event.id
        return cls(event.shopid, event.correlationid, cause, traces.get(event.id))


@dataclass(frozen=True, slots=True)
class Way:
    """To whom, in which language, through which channels."""

    recipient: str
    channels: tuple[str, ...]
    provider: str
    language: Language
    phone: Phone | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification. `params` hold facts, never personal data: the phone stays sealed."""

    origin: Origin
    about: str
    rule: str
    way: Way
    template: str
    priority: int
    params: Params
    policy_version: str
    planned_at: datetime
    step: int = 1

    @property
    def id(self) -> UUID:
        """The same for the same subject, rule, recipient and step, whoever plans it."""
        return notification_id(
            self.origin.shop_id, self.about, self.rule, self.way.recipient, self.step
        )

    def failure(self) -> NotificationFailed:
        """The event of a notice that fails at once."""
        return NotificationFailed.model_validate(
            {
                "about": self.about,
                "notification_id": str(self.id),
                "rule": self.rule,
                "recipient": self.way.recipient,
                "step": self.step,
                "provider": self.way.provider,
                "language": self.way.language,
                "code": self.way.failed,
                "reason": "there is no phone number",
                "tries": 0,
                "failed_at": self.planned_at,
            }
        )


def notification_id(shop_id: str, about: str, rule: str, recipient: str, step: int) -> UUID:
    """Id of a notification, also our id at the provider on every try."""
    return uuid5(NAMESPACE, "\x1f".join((shop_id, about, rule, recipient, str(step))))


def to_customer(policy: NotifierRules, language: Language, phone: Phone | None) -> Way:
    """The way to the customer; without a phone there is none."""
    channels = policy.customer_channels
    provider = policy.channels[channels[0]].provider
    failed = NO_PHONE if phone is None else ""
    return Way(CUSTOMER, channels, provider, language, phone, failed)


def to_group(policy: NotifierRules, name: str) -> Way:
    """The way to a staff group."""
    group = policy.groups[name]
    provider = policy.channels[group.channels[0]].provider
    return Way(name, group.channels, provider, group.language)


def to_person(policy: NotifierRules, name: str) -> Way:
    """The way to one person of the escalation."""
    person = policy.escalation.people[name]
    provider = policy.channels[person.ways[0].channel].provider
    lanes = tuple(TO_PEOPLE + way.channel for way in person.ways)
    return Way(PERSON + name, lanes, provider, person.language)


def shortened(text: str, length: int) -> str:
    """The text, cut to at most `length` characters."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
