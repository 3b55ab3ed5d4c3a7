"""Events of triage (topic `triage`, key = ticket id)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from schemas.envelope import Payload
from schemas.values import (
    Channel,
    Contact,
    Day,
    Demand,
    Flag,
    Instant,
    Label,
    Language,
    Level,
    PerMille,
    ProblemClass,
    Ref,
    Value,
)

Emotion = Literal["calm", "annoyed", "angry"]
Threat = Literal["none", "regulator", "platform", "court", "exposure"]
Nature = Literal["quality", "service", "subjective"]
Route = Literal[
    "bot", "urgent_group", "regular_group", "second_line", "supervisor_legal", "human_triage"
]
RetriageCause = Literal["message", "order", "reopening", "person", "second_opinion", "policy"]


class Reason(Value):
    """One readable ground for a decision."""

    rule: Ref = Field(description="Rule of the policy that spoke.")
    zh: Label = Field(description="The ground in Chinese.")
    en: Label = Field(description="The ground in English.")


class Confidence(Value):
    """How sure each answer is, in thousandths: 1000 is certain. None where nobody can say."""

    problem_class: PerMille | None = Field(default=None, description="The main class.")
    level: PerMille | None = Field(default=None, description="The level.")
    safety: PerMille | None = Field(default=None, description="Danger, or that there is none.")
    threat: PerMille | None = Field(default=None, description="A threat, or that there is none.")
    emotion: PerMille | None = Field(default=None, description="How the customer sounds.")


class Occasion(Value):
    """A day that the customer needs it for."""

    name: Label | None = Field(
        default=None, description="What it is for, e.g. birthday; none when only the day is known."
    )
    on: Day | None = Field(
        default=None, description="The day, as the customer's calendar has it; none when unknown."
    )


class TriageEvent(Payload):
    """Base of both: everything that is decided about a ticket, with the grounds."""

    TOPIC: ClassVar[str] = "triage"
    SUBJECT: ClassVar[str] = "ticket_id"

    ticket_id: Ref = Field(description="Ticket; also the Kafka key.")
    problem_class: ProblemClass = Field(description="Main class.")
    also: tuple[ProblemClass, ...] = Field(default=(), max_length=5, description="Further classes.")
    subtype: Ref = Field(description="Sub-type within the class.")
    nature: Nature = Field(description="Quality, service or subjective.")
    level: Level = Field(description="Urgency level.")
    emotion: Emotion = Field(description="How the customer sounds.")
    demands: tuple[Demand, ...] = Field(
        default=(), max_length=20, description="What the customer asks for."
    )
    safety: Flag = Field(description="Somebody's safety may be at risk.")
    threat: Threat = Field(description="Kind of threat, or none.")
    route: Route = Field(description="Who works on it.")
    priority: int = Field(
        ge=0,
        le=1000,
        strict=True,
        description="Place within the level: higher goes first; no unit.",
    )
    reasons: tuple[Reason, ...] = Field(min_length=1, max_length=50, description="Why.")
    policy_version: Ref = Field(description="Triage policy that decided.")
    triaged_at: Instant = Field(description="When (UTC).")
    opened_at: Instant = Field(description="When the customer complained (UTC), carried along.")
    channel: Channel = Field(description="Carried along from the ticket.")
    language: Language = Field(default="zh", description="Carried along from the ticket.")
    customer_id: Ref | None = Field(default=None, description="Carried along from the ticket.")
    contact: Contact = Field(default=Contact(), description="Sealed, carried along.")
    order_id: Ref | None = Field(default=None, description="Carried along from the ticket.")
    line_id: Ref | None = Field(default=None, description="Carried along from the ticket.")
    model_version: Ref | None = Field(
        default=None, description="Trained model that read along; none when words alone decided."
    )
    confidence: Confidence | None = Field(default=None, description="How sure it is.")
    occasion: Occasion | None = Field(default=None, description="The day that it is needed for.")
    read_language: Language | None = Field(
        default=None, description="Language that the text is written in; none when unclear."
    )


class Triaged(TriageEvent):
    """Class, level and route of a ticket, with the grounds."""

    VERSION: ClassVar[int] = 2


class Retriaged(TriageEvent):
    """Class, level or route of a ticket as decided anew; all answers, also those that stay."""

    cause: RetriageCause = Field(description="What changed the picture.")
    was_level: Level = Field(description="Level before.")
    was_class: ProblemClass = Field(description="Main class before.")
    was_route: Route = Field(description="Route before.")
    agent_id: Ref | None = Field(
        default=None, description="Who decided, an opaque reference; none for a machine."
    )
