"""What a shop may want otherwise: limits of time and what is watched. Read by the rules."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from schemas.rules import RefusedError
from schemas.values import Ref


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
