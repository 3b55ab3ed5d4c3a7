"""The part of the triage policy about second opinions: when to ask, what it may cost, how long to
wait. Part of `rules`, used by `second_opinion` and by those who ask."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

AROUND = 1500
"""Characters of a call besides the text, at most: the task and the answer."""


class AskingRules(BaseModel):
    """Used only where an endpoint is set up; without one nobody is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ask_below: float = Field(
        gt=0, le=1, description="Confidence in the class below which an unclear ticket is asked."
    )
    take_from: float = Field(
        ge=0.5, le=1, description="How sure an answer must say it is to be taken."
    )
    least_characters: int = Field(ge=1, le=1000, description="Of a shorter text nobody is asked.")
    most_characters: int = Field(ge=100, le=8000, description="Of a longer text so many are sent.")
    hour_budget_fen: int = Field(ge=0, description="Spent at most within any hour; fen.")
    day_budget_fen: int = Field(ge=0, description="Spent at most within any 24 hours; fen.")
    call_fen: int = Field(default=0, ge=0, description="What each call costs; fen.")
    thousand_fen: int = Field(
        default=0, ge=0, description="What 1,000 characters cost, both ways; fen."
    )
    timeout_ms: int = Field(
        ge=100, le=10_000, description="An answer is waited for so long, real milliseconds."
    )
    tries: int = Field(ge=1, le=5, description="Calls for one ticket at most.")
    keep_s: int = Field(
        ge=10, le=3600, description="A question is kept at most so long, real seconds."
    )
    breaker_failures: int = Field(ge=1, le=100, description="Failures in a row that open it.")
    breaker_open_s: float = Field(gt=0, description="It stays open so long at first, real seconds.")
    breaker_open_max_s: float = Field(gt=0, description="And after failed probes at most.")

    @model_validator(mode="after")
    def _can_work(self) -> AskingRules:
        if self.hour_budget_fen > self.day_budget_fen:
            raise ValueError("second_opinion: an hour's budget is beyond the day's")
        if 0 < self.hour_budget_fen < self.call_costs_fen(self.most_characters):
            raise ValueError("second_opinion: one call may cost more than an hour's budget")
        if self.breaker_open_s > self.breaker_open_max_s:
            raise ValueError("second_opinion: breaker_open_s is beyond breaker_open_max_s")
        if self.least_characters > self.most_characters:
            raise ValueError("second_opinion: least_characters is beyond most_characters")
        return self

    def affords(self, cost_fen: int, hour_fen: int, day_fen: int) -> bool:
        """Whether a call may be paid for, after so much in the last hour and in the last day. A
        budget of 0 pays for none, not even for one that costs nothing."""
        if self.hour_budget_fen == 0:
            return False
        within_hour = hour_fen + cost_fen <= self.hour_budget_fen
        return within_hour and day_fen + cost_fen <= self.day_budget_fen

    def call_costs_fen(self, characters: int) -> int:
        """What a call about so many characters may cost at most, rounded up to whole fen."""
        return self.call_fen + -(-(characters + AROUND) * self.thousand_fen // 1000)
