"""Events of resolution (topic `resolution`, key = ticket id)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from schemas.envelope import Payload
from schemas.values import Fen, FreeText, Instant, Ref

Outcome = Literal[
    "refund", "return_refund", "exchange", "reship", "repair", "compensation", "explanation",
    "rejected", "withdrawn",
]  # fmt: skip


class Resolved(Payload):
    """A ticket came to its end."""

    TOPIC: ClassVar[str] = "resolution"
    SUBJECT: ClassVar[str] = "ticket_id"

    ticket_id: Ref = Field(description="Ticket; also the Kafka key.")
    outcome: Outcome = Field(description="What was decided.")
    decided_by: Literal["agent", "order_system"] = Field(description="Who closed it.")
    agent_id: Ref | None = Field(default=None, description="Agent, an opaque reference.")
    order_id: Ref | None = Field(default=None, description="Order.")
    line_id: Ref | None = Field(default=None, description="Order line.")
    refund_fen: Fen = Field(default=0, description="Money that goes back to the customer, fen.")
    compensation_fen: Fen = Field(default=0, description="Paid on top, fen.")
    action_id: Ref | None = Field(
        default=None, description="Money action that carries it out; none when no money moves."
    )
    reason: FreeText = Field(
        default="", max_length=2_000, description="Why, for the customer; personal data masked."
    )
    resolved_at: Instant = Field(description="When (UTC).")
