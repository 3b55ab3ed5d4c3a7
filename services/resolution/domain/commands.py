"""What an agent decides, as it comes over HTTP and as the desk gets it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.envelope import Payload
from schemas.resolution import Outcome
from schemas.values import Fen, FreeText, Ref


class LineRefund(BaseModel):
    """Money back for one order line."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    line_id: Ref = Field(description="Order line.")
    refund_fen: Fen = Field(gt=0, description="Amount, fen.")


class ResolutionRequest(BaseModel):
    """A closing decision. Money is whole fen; a refund is given per line or as one amount."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    outcome: Outcome = Field(description="What was decided.")
    agent_id: Ref = Field(description="Who decided, an opaque reference.")
    refund_fen: Fen = Field(
        default=0,
        description="Money back, fen: for the ticket's line, or for the whole order when the "
        "ticket is about no single line.",
    )
    refund_lines: tuple[LineRefund, ...] = Field(
        default=(), max_length=200, description="Money back per order line; instead of refund_fen."
    )
    compensation_fen: Fen = Field(default=0, description="Paid on top, fen.")
    reason: FreeText = Field(
        default="", max_length=2_000, description="Why, for the customer; is masked."
    )

    @model_validator(mode="after")
    def _says_the_refund_once(self) -> ResolutionRequest:
        if self.refund_lines and self.refund_fen:
            raise ValueError("give refund_lines or refund_fen, not both")
        lines = [part.line_id for part in self.refund_lines]
        if len(lines) != len(set(lines)):
            raise ValueError("refund_lines names a line twice")
        return self


class ResolveTicket(Payload):
    """An agent's decision about one ticket. Never on Kafka."""

    TOPIC: ClassVar[str] = "commands"
    SUBJECT: ClassVar[str] = "ticket_id"

    ticket_id: Ref = Field(description="Ticket.")
    decision: ResolutionRequest = Field(description="The decision, personal data masked.")


class ResolutionAnswer(BaseModel):
    """The ticket is resolved; what the order system is told to pay."""

    ticket_id: Ref = Field(description="Ticket.")
    outcome: Outcome = Field(description="As decided.")
    resolved_at: str = Field(description="When (UTC, ISO 8601).")
    refund_fen: Fen = Field(description="Money back, fen.")
    refund_lines: tuple[LineRefund, ...] = Field(description="The same by order line; sums to it.")
    compensation_fen: Fen = Field(description="Paid on top, fen.")
    action_id: Ref | None = Field(
        description="Money action that the order system carries out; none when no money moves."
    )
    left_fen: Fen | None = Field(
        description="What can still be refunded on the order, fen; none without an order."
    )
