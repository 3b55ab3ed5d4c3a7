"""The policy's section `clusters`: when complaints about one thing are more than chance explains.

Read with the triage policy; `count` and `marks` work from it.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Part(BaseModel):
    """Base of its parts: immutable, and a typing error is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SameRules(Part):
    """When the same photo or the same wording on several orders is suspect."""

    orders: int = Field(ge=2, le=1000, description="On so many orders.")
    customers: int = Field(ge=1, le=1000, description="Of so many customers at least.")
    days: int = Field(ge=1, le=60, description="Within so many days.")
    characters: int = Field(
        ge=20, le=1000, description="Letters and digits of a wording; shorter ones say nothing."
    )
    distance: int = Field(ge=0, le=3, description="Bits of 64 in which wordings may differ.")

    @model_validator(mode="after")
    def _of_no_more_customers_than_orders(self) -> SameRules:
        if self.customers > self.orders:
            raise ValueError("customers can't be more than orders")
        return self


class ClusterRules(Part):
    """The sequential test and what it compares with. Shares and weights count tickets."""

    look_s: float = Field(ge=0.1, le=3600, description="Real seconds between two looks.")
    false_alarm_every_tickets: int = Field(
        ge=100, le=10_000_000, description="Tickets of a shop to a false alarm, on average or more."
    )
    factors: tuple[float, ...] = Field(
        min_length=1, max_length=6, description="How many times as many complaints are looked for."
    )
    unlike: float = Field(ge=1, le=10, description="Odds by which things differ without any fault.")
    least_share: float = Field(gt=0, lt=0.5, description="No share is expected to be smaller.")
    most_share: float = Field(
        gt=0, lt=1, description="What more of all tickets carry is compared with nothing."
    )
    at_least: int = Field(ge=2, le=50, description="Complaints in a cluster.")
    learn_tickets: int = Field(ge=0, description="Tickets of a shop before the first alarm.")
    recent_tickets: int = Field(ge=10, description="Tickets until the recent shares count half.")
    lasting_tickets: int = Field(ge=10, description="Likewise, the lasting shares.")
    own_weight: float = Field(
        gt=0, description="Tickets of its own that weigh as much as what others are like."
    )
    quiet_h: int = Field(ge=1, le=720, description="Quiet for so long, a cluster is over; hours.")
    forget_days: int = Field(ge=1, le=365, description="A name quiet for so long is dropped.")
    same: SameRules = Field(description="Same photo, same wording.")

    @model_validator(mode="after")
    def _makes_sense(self) -> ClusterRules:
        if self.factors[0] <= 1 or list(self.factors) != sorted(set(self.factors)):
            raise ValueError("factors must be above 1 and rise")
        if self.lasting_tickets < self.recent_tickets:
            raise ValueError("lasting_tickets must not be below recent_tickets")
        if self.forget_days * 24 < self.quiet_h:
            raise ValueError("forget_days must not end before quiet_h")
        return self
