"""Events of intake about tickets and their conversation (topic `tickets`, key = ticket id)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from schemas.envelope import Payload
from schemas.values import (
    Channel,
    Contact,
    Count,
    Fen,
    Flag,
    FreeText,
    Instant,
    Label,
    Language,
    Level,
    OrderSnapshot,
    Ordinal,
    ProblemClass,
    Ref,
    Sealed,
    Value,
)

WaitCause = Literal["customer", "carrier", "inspection"]
Milestone = Literal["reviewed", "flagged_for_review", "solution_offered"]
HumanRoute = Literal["urgent_group", "regular_group", "second_line", "supervisor_legal"]


class Attachment(Value):
    """A file that came with a message; the bytes are in the object store under their hash."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the bytes, hex.")
    media_type: Label = Field(description="Media type found by looking at the bytes.")
    size_bytes: Ordinal = Field(description="Size, bytes.")


class TicketEvent(Payload):
    """Base of all ticket events."""

    TOPIC: ClassVar[str] = "tickets"
    SUBJECT: ClassVar[str] = "ticket_id"

    ticket_id: Ref = Field(description="Ticket; also the Kafka key.")


class TicketOpened(TicketEvent):
    """A complaint became a ticket."""

    VERSION: ClassVar[int] = 2

    external_id: Ref = Field(description="The complaint's id in the system it came from.")
    origin: Ref = Field(description="System it came from; (shop, origin, external_id) is unique.")
    channel: Channel = Field(description="Platform or shop front it was made on.")
    watched: Flag = Field(
        default=False, description="Came through a channel that is watched first."
    )
    opened_at: Instant = Field(description="When the customer complained (UTC).")
    received_at: Instant = Field(description="When intake took it in (UTC).")
    text: FreeText = Field(
        max_length=20_000, description="What the customer wrote, personal data masked."
    )
    original: Sealed | None = Field(
        default=None, description="The unmasked text, sealed; absent when nothing was masked."
    )
    language: Language = Field(default="zh", description="Language of the conversation.")
    customer_id: Ref | None = Field(default=None, description="Customer, opaque reference.")
    contact: Contact = Field(default=Contact(), description="Sealed contact data.")
    order_id: Ref | None = Field(default=None, description="Order it is about.")
    line_id: Ref | None = Field(default=None, description="Order line it is about.")
    opened_goods: Flag | None = Field(
        default=None, description="The goods were opened or used; none when unknown."
    )
    attachments: tuple[Attachment, ...] = Field(
        default=(), max_length=50, description="Files sent along."
    )
    order: OrderSnapshot | None = Field(
        default=None, description="The order as known at that moment; none when unknown."
    )


class CustomerMessageReceived(TicketEvent):
    """The customer wrote again, or complained again about the same order line."""

    message_id: Ref = Field(description="Message, unique within the ticket.")
    text: FreeText = Field(max_length=20_000, description="What was written, personal data masked.")
    original: Sealed | None = Field(default=None, description="The unmasked text, sealed.")
    attachments: tuple[Attachment, ...] = Field(
        default=(), max_length=50, description="Files sent along."
    )
    sent_at: Instant = Field(description="When the customer sent it (UTC).")
    repeat_of: Ref | None = Field(
        default=None,
        description="External id of a further complaint about the same order line that joined "
        "this ticket.",
    )


class AgentReplied(TicketEvent):
    """Somebody, or the bot, answered; or left an internal note that completes a step."""

    message_id: Ref = Field(description="Message, unique within the ticket.")
    agent_id: Ref = Field(description="Who answered, an opaque reference; `bot` for the bot.")
    human: Flag = Field(description="False when a machine wrote it.")
    visibility: Literal["customer", "internal"] = Field(
        default="customer", description="Internal notes never meet a reply clock."
    )
    text: FreeText = Field(default="", max_length=20_000, description="Text, personal data masked.")
    original: Sealed | None = Field(default=None, description="The unmasked text, sealed.")
    milestones: tuple[Milestone, ...] = Field(
        default=(), max_length=10, description="Steps that this answer completes."
    )
    sent_at: Instant = Field(description="When it was sent (UTC).")


class CallMade(TicketEvent):
    """An agent called the customer."""

    call_id: Ref = Field(description="Call record in the telephone system.")
    agent_id: Ref = Field(description="Who called, an opaque reference.")
    started_at: Instant = Field(description="When the call began (UTC).")
    duration_s: Count = Field(description="Length of the call, seconds.")
    answered: Flag = Field(description="The customer picked up.")


class TicketWaiting(TicketEvent):
    """Work waits for somebody else; resolution clocks pause."""

    cause: WaitCause = Field(description="Whom or what it waits for.")
    agent_id: Ref = Field(description="Who said so, an opaque reference.")
    since: Instant = Field(description="Start of the wait (UTC).")


class TicketResumed(TicketEvent):
    """A wait is over."""

    agent_id: Ref | None = Field(default=None, description="Who said so; none when by itself.")
    resumed_at: Instant = Field(description="End of the wait (UTC).")


class TicketReopened(TicketEvent):
    """A resolved ticket came back to life."""

    order_id: Ref | None = Field(default=None, description="Order, carried along.")
    reason: Label = Field(description="Why.")
    reopened_at: Instant = Field(description="When (UTC).")


class TicketClassified(TicketEvent):
    """A person said what a ticket is and how urgent; what is not said stays as it was."""

    agent_id: Ref = Field(description="Who decided, an opaque reference.")
    problem_class: ProblemClass | None = Field(default=None, description="Main class.")
    subtype: Ref | None = Field(default=None, description="Sub-type within the class.")
    level: Level | None = Field(default=None, description="Urgency level.")
    route: HumanRoute | None = Field(default=None, description="Who is to work on it.")
    classified_at: Instant = Field(description="When (UTC).")


class OrderAttached(TicketEvent):
    """The order that a ticket named was told of after the ticket had been opened."""

    order: OrderSnapshot = Field(description="The order as known at that moment.")
    known_at: Instant = Field(description="When (UTC).")


class PromiseMade(TicketEvent):
    """Somebody promised the customer something by a date, and that date is a clock."""

    promise_id: Ref = Field(description="Promise, unique within the ticket.")
    agent_id: Ref = Field(description="Who promised, an opaque reference.")
    what: FreeText = Field(max_length=500, description="What was promised, personal data masked.")
    made_at: Instant = Field(description="When it was promised (UTC).")
    due_at: Instant = Field(description="By when (UTC).")


class PlatformDeadlineSet(TicketEvent):
    """The selling platform set its own deadline, or moved it; the one told last holds."""

    notice_id: Ref = Field(description="The platform's notice, unique within the ticket.")
    due_at: Instant = Field(description="The platform's deadline (UTC).")
    told_at: Instant = Field(description="When the platform said so (UTC).")
    silence_costs_fen: Fen | None = Field(
        default=None,
        description="What it costs to let the deadline pass in silence, fen; none: not told.",
    )


class TicketMerged(TicketEvent):
    """A ticket turned out to be about the same matter as another one and goes on there."""

    into: Ref = Field(description="Ticket that it goes on in.")
    agent_id: Ref = Field(description="Who merged them, an opaque reference.")
    order_id: Ref | None = Field(default=None, description="Order, carried along.")
    merged_at: Instant = Field(description="When (UTC).")
