"""What intake is told over HTTP, after the edge took personal data out. Made by `reception`.

A command is no event: it is never published and stays inside this service.
"""

from __future__ import annotations

import json
from functools import cached_property
from hashlib import blake2b
from typing import ClassVar, Literal

from pydantic import Field

from schemas.envelope import Payload
from schemas.tickets import Attachment, HumanRoute, Milestone, WaitCause
from schemas.values import (
    Channel,
    Contact,
    Count,
    Fen,
    Flag,
    FreeText,
    Instant,
    Language,
    Level,
    ProblemClass,
    Ref,
    Sealed,
)

_NOT_CONTENT = {"attempt", "sealed_for", "original", "contact"}
"""Differs between two sendings of the same: random ids, and boxes with their random nonces."""


class Command(Payload):
    """Base of all commands."""

    TOPIC: ClassVar[str] = "commands"
    SUBJECT: ClassVar[str] = "ticket_id"

    ticket_id: Ref = Field(description="Ticket that it is about, or that it would open.")

    @cached_property
    def content(self) -> bytes:
        """As `content_of`."""
        return content_of(self)

    @cached_property
    def digest(self) -> str:
        """A short fingerprint of the content; texts are masked by then: it tells nothing
        personal."""
        return blake2b(self.content, digest_size=16).hexdigest()


class OpenTicket(Command):
    """A complaint came in."""

    attempt: Ref = Field(
        description="Random id of this request. It comes back in the answer of the request that "
        "had the effect, and so tells it from its repeats."
    )

    external_id: Ref = Field(description="The complaint's id in the system it came from.")
    origin: Ref = Field(description="System it came from.")
    channel: Channel = Field(description="Platform or shop front.")
    watched: Flag = Field(default=False, description="The sender says that it is watched first.")
    opened_at: Instant | None = Field(default=None, description="When; none: as it comes in.")
    text: FreeText = Field(max_length=20_000, description="What the customer wrote, masked.")
    original: Sealed | None = Field(default=None, description="The unmasked text, sealed.")
    language: Language | None = Field(default=None, description="Language; none: the order's.")
    customer_id: Ref | None = Field(default=None, description="Customer; none: the order's.")
    contact: Contact = Field(default=Contact(), description="Sealed contact data.")
    order_id: Ref | None = Field(default=None, description="Order it is about.")
    line_id: Ref | None = Field(default=None, description="Order line it is about.")
    opened_goods: Flag | None = Field(default=None, description="The goods were opened or used.")
    attachments: tuple[Attachment, ...] = Field(
        default=(), max_length=50, description="Files sent along."
    )
    sealed_for: Ref | None = Field(
        default=None, description="Person whose key sealed the boxes; none without boxes."
    )


class AddMessage(Command):
    """The customer wrote again."""

    message_id: Ref = Field(description="Message, unique within the ticket.")
    text: FreeText = Field(max_length=20_000, description="What was written, masked.")
    original: Sealed | None = Field(default=None, description="The unmasked text, sealed.")
    attachments: tuple[Attachment, ...] = Field(
        default=(), max_length=50, description="Files sent along."
    )
    sent_at: Instant | None = Field(default=None, description="When; none: as it comes in.")


class RecordReply(Command):
    """Somebody or the bot answered."""

    message_id: Ref = Field(description="Message, unique within the ticket.")
    agent_id: Ref = Field(description="Who answered.")
    human: Flag = Field(description="False when a machine wrote it.")
    visibility: Literal["customer", "internal"] = Field(description="Who may see it.")
    text: FreeText = Field(max_length=20_000, description="Text, masked.")
    original: Sealed | None = Field(default=None, description="The unmasked text, sealed.")
    milestones: tuple[Milestone, ...] = Field(
        default=(), max_length=10, description="Steps that it completes."
    )
    sent_at: Instant | None = Field(default=None, description="When; none: as it comes in.")


class RecordCall(Command):
    """An agent called the customer."""

    call_id: Ref = Field(description="Call record in the telephone system.")
    agent_id: Ref = Field(description="Who called.")
    started_at: Instant = Field(description="When the call began.")
    duration_s: Count = Field(description="Length, seconds.")
    answered: Flag = Field(description="The customer picked up.")


class BeginWait(Command):
    """Work waits for somebody else."""

    cause: WaitCause = Field(description="Whom or what it waits for.")
    agent_id: Ref = Field(description="Who says so.")
    since: Instant | None = Field(default=None, description="From when; none: now.")


class Classify(Command):
    """A person says what a ticket is and how urgent."""

    agent_id: Ref = Field(description="Who decided.")
    problem_class: ProblemClass | None = Field(default=None, description="Main class.")
    subtype: Ref | None = Field(default=None, description="Sub-type within the class.")
    level: Level | None = Field(default=None, description="Urgency level.")
    route: HumanRoute | None = Field(default=None, description="Who is to work on it.")


class EndWait(Command):
    """The wait is over."""

    agent_id: Ref = Field(description="Who says so.")
    resumed_at: Instant | None = Field(default=None, description="When; none: now.")


class RecordPromise(Command):
    """Somebody promised the customer something by a date."""

    promise_id: Ref = Field(description="Promise, unique within the ticket.")
    agent_id: Ref = Field(description="Who promised.")
    what: FreeText = Field(max_length=500, description="What was promised, masked.")
    made_at: Instant | None = Field(default=None, description="When; none: as it comes in.")
    due_at: Instant = Field(description="By when.")


class SetPlatformDeadline(Command):
    """The selling platform set its own deadline, or moved it."""

    notice_id: Ref = Field(description="The platform's notice, unique within the ticket.")
    due_at: Instant = Field(description="The platform's deadline.")
    told_at: Instant | None = Field(default=None, description="When; none: as it comes in.")
    silence_costs_fen: Fen | None = Field(default=None, description="What silence costs.")


class MergeTicket(Command):
    """A ticket goes on in another one."""

    into: Ref = Field(description="The other one.")
    agent_id: Ref = Field(description="Who merged them.")


def content_of(payload: Payload) -> bytes:
    """What makes two sendings the same: everything but boxes and the id of the request.

    Options that were not used are left out, so that a later version with more of them agrees.
    """
    body = payload.model_dump(mode="json", exclude=_NOT_CONTENT, exclude_defaults=True)
    return json.dumps([payload.type_name(), body], sort_keys=True).encode()
