"""Local time of the people who are written to: quiet hours and moments of a day.
Called by the rules of tickets and of care.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from schemas.values import Channel


class Hours(BaseModel):
    """When customers may be written to, on every day of the week."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opens: time = Field(description="First local time of the day, inclusive.")
    closes: time = Field(description="Local time from which it is quiet.")

    @model_validator(mode="after")
    def _in_order(self) -> Hours:
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None:
            raise ValueError("local times have no zone")
        if self.opens >= self.closes:
            raise ValueError("the day must open before it closes")
        return self


class Zones(BaseModel):
    """Where customers live, as far as the channel of their order tells."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    default: str = Field(description="IANA time zone; also the one of the staff.")
    by_channel: dict[Channel, str] = Field(default={}, description="Time zone of a channel.")

    @field_validator("default", "by_channel")
    @classmethod
    def _known(cls, given: str | dict[Channel, str]) -> str | dict[Channel, str]:
        for name in [given] if isinstance(given, str) else given.values():
            if not is_zone(name):
                raise ValueError(f"{name} is no time zone")
        return given

    def name_of(self, channel: Channel | None) -> str:
        """The zone of a channel's customers."""
        if channel is None:
            return self.default
        return self.by_channel.get(channel, self.default)


def is_zone(name: str) -> bool:
    """Whether there is such a time zone."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def is_open(at: datetime, zone: str, hours: Hours) -> bool:
    """Whether a customer there may be written to now."""
    return hours.opens <= at.astimezone(ZoneInfo(zone)).time() < hours.closes


def next_open(at: datetime, zone: str, hours: Hours) -> datetime:
    """The first moment from `at` on at which a customer there may be written to (UTC)."""
    if is_open(at, zone, hours):
        return at
    opening = moment_of_day(at, zone, hours.opens)
    return opening if opening > at else moment_of_day(at, zone, hours.opens, days_later=1)


def moment_of_day(at: datetime, zone: str, clock: time, *, days_later: int = 0) -> datetime:
    """The moment (UTC) when clocks there show `clock`, on the local day of `at` or later."""
    day = at.astimezone(ZoneInfo(zone)).date() + timedelta(days=days_later)
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
