"""The calendars of a shop as its policy files state them. `services.sla.calendars` reads the
files, `checks` looks for contradictions, `opening` makes calendars of it that can count.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, field_validator

from schemas.values import Label
from services.sla.domain.calendar.holidays import Closed, Day, HolidaySet, HolidayYear, Year
from services.sla.domain.calendar.spans import Hours, Span, spans_of, weekdays_of

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


class CalendarRule(Closed):
    """When work is done, by the wall clock of one place.

    Which hours a day has is decided by the first of: `days`, a make-up workday, a holiday, `week`.
    """

    zone: str = Field(min_length=1, max_length=64, description="IANA time zone.")
    week: dict[str, Hours] = Field(description="Hours by weekday; one not named is off.")
    holidays: Name | None = Field(default=None, description="Whose days are off.")
    makeup: Hours | None = Field(default=None, description="Hours of make-up workdays.")
    days: dict[Day, Hours] = Field(default_factory=dict, description="Hours of single days.")
    note: Label | None = Field(default=None, description="What it is for.")

    @field_validator("week")
    @classmethod
    def _each_day_once(cls, week: dict[str, Hours]) -> dict[str, Hours]:
        seen: dict[int, str] = {}
        for text in week:
            for weekday in weekdays_of(text):
                if weekday in seen:
                    raise ValueError(f"{text} has a day that {seen[weekday]} has already")
                seen[weekday] = text
        return week

    @property
    def weekly(self) -> tuple[tuple[Span, ...], ...]:
        """The spans of Monday to Sunday."""
        found: list[tuple[Span, ...]] = [()] * 7
        for text, hours in self.week.items():
            for weekday in weekdays_of(text):
                found[weekday] = spans_of(hours)
        return tuple(found)


class CalendarBook(Closed):
    """All calendars of a shop, and the holidays that they follow."""

    calendars: dict[Name, CalendarRule] = Field(description="By name.")
    holidays: dict[Name, HolidaySet] = Field(default_factory=dict, description="By name.")
    overlay: dict[Name, dict[Year, HolidayYear]] = Field(
        default_factory=dict, description="Years that take the place of those in `holidays`."
    )

    def holiday_set(self, name: str) -> HolidaySet:
        """A set with its overlay laid on. Raises KeyError."""
        plain = self.holidays[name]
        laid_on = self.overlay.get(name)
        if not laid_on:
            return plain
        fields = {field: getattr(plain, field) for field in HolidaySet.model_fields}
        return HolidaySet(**{**fields, "years": {**plain.years, **laid_on}})

    def makeup_days(self, calendar: CalendarRule) -> frozenset[date]:
        """Make-up workdays that a calendar follows."""
        if calendar.holidays is None or calendar.holidays not in self.holidays:
            return frozenset()
        return self.holiday_set(calendar.holidays).work
