"""What a shop may want otherwise about decisions and refunds, as validated values."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.resolution import Outcome
from schemas.values import Fen
from services.resolution.domain.settlement import Initiator

Need = Literal["none", "optional", "required"]


class Part(BaseModel):
    """Base of all parts: immutable, and a typing error is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OutcomeMoney(Part):
    """Which money an outcome moves."""

    refund: Need = Field(description="Money back for what was paid.")
    compensation: Need = Field(description="Money on top.")


class Said(Part):
    """A text in both languages."""

    zh: str = Field(min_length=1, max_length=2_000, description="Chinese.")
    en: str = Field(min_length=1, max_length=2_000, description="English.")


class OrderSystemRefund(Part):
    """What a refund does that the order system made by itself."""

    resolves_tickets: bool = Field(description="It ends open tickets on what it refunds.")
    initiators: tuple[Initiator, ...] = Field(description="Whose refunds do.")
    from_percent: int = Field(
        ge=0, le=100, description="Refunded share of what was paid that ends them, per cent."
    )
    reason: Said = Field(description="Told to the customer.")


class ResolutionRules(BaseModel):
    """The whole policy of resolution."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcomes: dict[Outcome, OutcomeMoney] = Field(description="Money by outcome.")
    compensation_most_fen: Fen = Field(
        description="Highest compensation of one decision, fen: stops typing errors."
    )
    order_system_refund: OrderSystemRefund = Field(description="Refunds nobody here decided.")

    @model_validator(mode="after")
    def _knows_every_outcome(self) -> ResolutionRules:
        missing = set(get_args(Outcome)) - self.outcomes.keys()
        if missing:
            raise ValueError(f"outcomes without money rule: {', '.join(sorted(missing))}")
        return self
