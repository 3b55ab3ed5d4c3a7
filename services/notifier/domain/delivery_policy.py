"""How hard delivery is tried, in real time. Part of the notifier's policy; read by `delivery`
and by the sender.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.values import Count, Ordinal


class DeliveryPolicy(BaseModel):
    """Tries, waits and questions. All seconds are real ones: they concern providers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tries_max: Ordinal = Field(description="Calls to a provider before it counts as failed.")
    first_wait_s: Ordinal = Field(description="Wait after the first refusal, seconds; doubles.")
    longest_wait_s: Ordinal = Field(description="Longest wait between tries, seconds.")
    lease_s: Ordinal = Field(
        description="A try without any news for so long is unknown: its process has died, seconds."
    )
    ask_after_s: Ordinal = Field(
        description="An unknown try is asked after so long; doubles with each question, seconds."
    )
    trust_not_found_after_s: Ordinal = Field(
        description="A provider's `no such message` counts so long after the try, seconds."
    )
    give_up_asking_after_s: Ordinal = Field(
        description="An unknown try ends without verdict after so long, seconds."
    )
    receipt_after_s: Ordinal = Field(
        description="Without a delivery report for so long, the provider is asked, seconds."
    )
    receipts_asked_max: Count = Field(description="Questions for a delivery report at most.")
    repeats_max: Count = Field(
        description="Deliberate repeats where a provider can't be asked; each is marked as one."
    )

    urgent_waits_s: float = Field(
        default=1.0,
        ge=0,
        description="An urgent message waits at most so long for a robot's pace, seconds; then it "
        "goes to the group's next channel.",
    )

    breaker_failures: Ordinal = Field(
        description="Failed calls in a row after which a channel is left alone."
    )
    breaker_open_s: Ordinal = Field(
        description="For how long at first, seconds; doubles while it goes on failing."
    )
    breaker_open_max_s: Ordinal = Field(description="For how long at most, seconds.")

    @model_validator(mode="after")
    def _in_order(self) -> DeliveryPolicy:
        if self.first_wait_s > self.longest_wait_s:
            raise ValueError("first_wait_s must not exceed longest_wait_s")
        if self.breaker_open_s > self.breaker_open_max_s:
            raise ValueError("breaker_open_s must not exceed breaker_open_max_s")
        return self
