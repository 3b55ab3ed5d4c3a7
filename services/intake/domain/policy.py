"""What a shop may want otherwise: limits of time and what is watched. Read by the rules."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.orders import OrderPlaced
from schemas.rules import RefusedError
from schemas.values import Fen, Lane, Ref


class Times(BaseModel):
    """How far the times that others send may lie from ours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ahead_s: int = Field(ge=0, le=86_400, description="Clocks of others may run ahead, seconds.")
    ticket_max_age_days: int = Field(
        ge=1, le=3_650, description="Oldest complaint, message or call that is taken, days."
    )
    event_max_age_days: int = Field(
        ge=1, le=3_650, description="Oldest order event that is taken over HTTP, days."
    )
    due_ahead_days: int = Field(
        default=366, ge=1, le=3_650, description="Furthest date of a promise or platform, days."
    )


class FirstLook(BaseModel):
    """What goes ahead of others before anybody has judged it: cheap to see, rather too much than
    too little. Empty: nothing does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value_above_fen: Fen | None = Field(
        default=None, description="Orders that cost more, fen; none: whatever they cost."
    )
    dated_presents: bool = Field(default=False, description="Orders that are needed by a day.")
    words: tuple[Annotated[str, StringConstraints(to_lower=True, min_length=1)], ...] = Field(
        default=(), max_length=500, description="Parts of words that speak of danger or hurry."
    )
    long_number: int | None = Field(
        default=None, ge=3, le=9, description="A number of so many digits may be a high price."
    )
    read_at_most: int = Field(
        default=4_000, ge=0, le=20_000, description="Characters of a text that are looked at."
    )

    def lane(self, text: str, order: OrderPlaced | None) -> Lane:
        """In which lane a complaint travels."""
        if order is not None:
            if self.value_above_fen is not None and order.paid_fen > self.value_above_fen:
                return "urgent"
            if self.dated_presents and order.gift is not None and order.gift.needed_by is not None:
                return "urgent"
        return self.lane_of_text(text)

    def lane_of_text(self, text: str) -> Lane:
        """The same, as far as the words alone tell."""
        read = text[: self.read_at_most].lower()
        sought = self._by_first
        for first in sought.keys() & set(read):
            for word in sought[first]:
                if word in read:
                    return "urgent"
        return "routine" if self._number.search(read) is None else "urgent"

    @cached_property
    def _by_first(self) -> dict[str, tuple[str, ...]]:
        """Words by their first character: those whose first does not occur need no search."""
        firsts = {word[0] for word in self.words}
        return {first: tuple(word for word in self.words if word[0] == first) for first in firsts}

    @cached_property
    def _number(self) -> re.Pattern[str]:
        """Matches nothing where no number is sought."""
        return re.compile(rf"\d{{{self.long_number}}}" if self.long_number else r"(?!)")


class IntakeRules(BaseModel):
    """The part of the policy that rules read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    times: Times = Field(description="Limits on times.")
    reopen_days: int = Field(
        ge=0, le=365, description="A customer's message reopens a ticket closed so many days ago."
    )
    watched_origins: tuple[Ref, ...] = Field(
        description="Systems whose complaints are looked at first."
    )
    first_look: FirstLook = Field(default=FirstLook(), description="What goes ahead of others.")


def happened_at(
    at: datetime | None, times: Times, now: datetime, max_age_days: int | None = None
) -> datetime:
    """When something happened by our clock: as told, now when untold, never later than now.

    Raises RefusedError `future_time` or `too_old`.
    """
    if at is None:
        return now
    if at > now + timedelta(seconds=times.ahead_s):
        raise RefusedError("future_time", "a time lies in the future", status=422)
    oldest_days = times.ticket_max_age_days if max_age_days is None else max_age_days
    if at < now - timedelta(days=oldest_days):
        raise RefusedError("too_old", f"a time lies more than {oldest_days} days back", 422)
    return min(at, now)
