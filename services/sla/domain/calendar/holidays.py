"""Public holidays: announced year by year with make-up workdays, or computed by rule. Parts of
`book`; `days` asks which days are off.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from schemas.values import Label
from services.sla.domain.calendar.spans import DAY_NAMES

SATURDAY, SUNDAY = 5, 6
LONGEST_DAYS = 31
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _a_date(given: object) -> object:
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    if not isinstance(given, str) or not _DATE.fullmatch(given):
        raise ValueError(f"{given!r} is no date: write 2026-02-14")
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise ValueError(f"{given} is no date: {error}") from None


def _a_range(text: str) -> str:
    days_of(text)
    return text


def days_of(text: str) -> tuple[date, ...]:
    """The days of 2026-05-01 or 2026-05-01..2026-05-05, ends included. Raises ValueError."""
    ends = [_a_date(part) for part in text.split("..")]
    first, last = ends[0], ends[-1]
    if len(ends) > 2 or not isinstance(first, date) or not isinstance(last, date):
        raise ValueError(f"{text!r} is no range: write 2026-05-01..2026-05-05")
    count = (last - first).days + 1
    if not 1 <= count <= LONGEST_DAYS:
        raise ValueError(f"{text}: a range goes forward and has {LONGEST_DAYS} days at most")
    return tuple([first + timedelta(days=number) for number in range(count)])


Day = Annotated[date, BeforeValidator(_a_date)]
Year = Annotated[int, Field(ge=1970, le=2299)]


class Closed(BaseModel):
    """Content with nothing but the named fields: a typing error is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Feast(Closed):
    """One holiday of one year: the days off, and the weekend days worked instead."""

    name: Label = Field(description="What people call it.")
    # Not called `off`: YAML takes that for false.
    days: Annotated[str, AfterValidator(_a_range)] = Field(
        description="Nobody works then: one day, or first..last."
    )
    work: tuple[Day, ...] = Field(default=(), description="Make-up workdays for it.")


class HolidayYear(Closed):
    """What was announced for a year, or is expected to be. Replaces the rules in that year."""

    status: Literal["official", "provisional"] = Field(description="Announced, or expected.")
    source: Label | None = Field(default=None, description="The notice.")
    holidays: tuple[Feast, ...] = Field(description="All of the year.")

    @cached_property
    def off(self) -> frozenset[date]:
        """Days on which nobody works for a holiday."""
        return frozenset(day for feast in self.holidays for day in days_of(feast.days))

    @cached_property
    def work(self) -> frozenset[date]:
        """Weekend days that are worked."""
        return frozenset(day for feast in self.holidays for day in feast.work)


class HolidayRule(Closed):
    """A holiday of every year: a fixed date, or the nth such weekday of a month."""

    name: Label = Field(description="What people call it.")
    month: int = Field(ge=1, le=12, description="Month.")
    day: int | None = Field(default=None, ge=1, le=31, description="Day of the month.")
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] | None = Field(
        default=None, description="Which weekday, with `nth`."
    )
    nth: Literal[1, 2, 3, 4, -1] | None = Field(default=None, description="Which; -1 is the last.")
    since: Year | None = Field(default=None, description="First year.")
    until: Year | None = Field(default=None, description="Last year.")

    @model_validator(mode="after")
    def _one_way(self) -> HolidayRule:
        by_weekday = self.weekday is not None and self.nth is not None
        if (self.weekday is None) != (self.nth is None) or by_weekday == (self.day is not None):
            raise ValueError("say either day, or weekday and nth")
        if self.day is not None:
            _a_date(f"2024-{self.month:02}-{self.day:02}")  # a leap year
        return self

    def on(self, year: int) -> date | None:
        """Its day in that year; None when there is none."""
        if year < (self.since or year) or year > (self.until or year):
            return None
        if self.weekday is None or self.nth is None:
            try:
                return date(year, self.month, self.day or 1)
            except ValueError:
                return None  # 29 February
        wanted = DAY_NAMES.index(self.weekday)
        if self.nth > 0:
            first = date(year, self.month, 1)
            return first + timedelta(days=(wanted - first.weekday()) % 7 + 7 * (self.nth - 1))
        last = date(year + self.month // 12, self.month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - wanted) % 7)


class HolidaySet(Closed):
    """The holidays of a country, by rule and by year; a year that is listed leaves the rules."""

    observed: bool = Field(
        default=False, description="By rule on a Saturday: off the Friday before; Sunday: Monday."
    )
    announced: bool = Field(
        default=False, description="A notice fixes each year: one without is provisional."
    )
    exact_since: Year | None = Field(
        default=None, description="First year for which the rules are exact; earlier: provisional."
    )
    rules: tuple[HolidayRule, ...] = Field(default=(), description="Of every year not listed.")
    years: dict[Year, HolidayYear] = Field(default_factory=dict, description="Listed years.")

    def official(self, year: int) -> bool:
        """Whether the days of that year are known for good."""
        listed = self.years.get(year)
        if listed is not None:
            return listed.status == "official"
        return not self.announced and year >= (self.exact_since or year)

    @cached_property
    def listed_off(self) -> frozenset[date]:
        """Days off of all listed years. A notice may reach into the December before."""
        return frozenset(day for year in self.years.values() for day in year.off)

    @cached_property
    def work(self) -> frozenset[date]:
        """Make-up workdays of all listed years."""
        return frozenset(day for year in self.years.values() for day in year.work)

    def off(self, year: int) -> frozenset[date]:
        """The days off that lie in that year, unless they are make-up workdays."""
        found = {day for day in self.listed_off if day.year == year}
        # What is observed may lie in the year before or after that of the holiday.
        found |= {day for near in (year - 1, year, year + 1) for day in self._by_rule(near)}
        return frozenset(day for day in found if day.year == year)

    def _by_rule(self, year: int) -> list[date]:
        found = [] if year in self.years else [rule.on(year) for rule in self.rules]
        return [self._moved(day) for day in found if day is not None]

    def _moved(self, day: date) -> date:
        shift = {SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0) if self.observed else 0
        return day + timedelta(days=shift)
