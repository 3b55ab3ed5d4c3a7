"""What the HTTP interface answers with. Written by `http`, shown by `openapi`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from schemas.tickets import WaitCause
from schemas.values import Instant
from services.intake.domain.ticket import State, Ticket


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True)


class TicketAnswer(Answer):
    """A complaint was taken in."""

    ticket_id: str = Field(description="The ticket that it opened or joined.")
    created: bool = Field(description="This request opened it (status 201).")
    joined: bool = Field(description="It joined a ticket that was open about the same order line.")


class ConversationAnswer(Answer):
    """What was said or done about a ticket was taken in."""

    ticket_id: str = Field(description="The ticket.")
    state: State = Field(description="Its state afterwards.")
    waiting_for: WaitCause | None = Field(description="Whom it waits for; null: for nobody.")


class TicketState(ConversationAnswer):
    """A ticket as it is now."""

    origin: str = Field(description="System that the complaint came from.")
    external_id: str = Field(description="The complaint's id there.")
    order_id: str | None = Field(description="Order.")
    line_id: str | None = Field(description="Order line.")
    opened_at: Instant = Field(description="When the customer complained (UTC).")
    closed_at: Instant | None = Field(description="When it was resolved (UTC); null while open.")
    merged_into: str | None = Field(description="Ticket that it goes on in; null: in itself.")


class Problem(Answer):
    """A refusal (RFC 9457)."""

    type: str = Field(description="aftercare:problem:<code>.")
    title: str = Field(description="The code in words.")
    status: int = Field(description="HTTP status.")
    detail: str = Field(description="What to change; never quotes personal data.")
    code: str = Field(description="Stable code, e.g. wrong_signature.")


class BurstItem(Answer):
    """What became of one complaint of a burst: the ticket's fields, or the problem."""

    status: int = Field(description="What the complaint alone would have been answered with.")
    ticket_id: str | None = Field(default=None, description="The ticket that it opened or joined.")
    created: bool | None = Field(default=None, description="This request opened it (status 201).")
    joined: bool | None = Field(
        default=None, description="It joined a ticket that was open about the same order line."
    )
    problem: Problem | None = Field(default=None, description="Why it was not taken (status 4xx).")


class BurstAnswer(Answer):
    """A burst was taken in: every complaint is settled for good."""

    answers: tuple[BurstItem, ...] = Field(description="One for each complaint, in their order.")


class EventsAnswer(Answer):
    """Upstream events were taken in; they go out on the topic `orders`."""

    accepted: int = Field(description="Number of events, repeats included.")


def state_of(ticket: Ticket) -> TicketState:
    """What is told about a ticket."""
    return TicketState(
        ticket_id=ticket.ticket_id,
        state=ticket.state,
        waiting_for=ticket.wait_cause,
        origin=ticket.origin,
        external_id=ticket.external_id,
        order_id=ticket.order_id,
        line_id=ticket.line_id,
        opened_at=ticket.opened_at,
        closed_at=ticket.closed_at,
        merged_into=ticket.merged_into,
    )
