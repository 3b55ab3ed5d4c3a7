"""Which hours a day has: special days before make-up workdays before holidays before the week.
Made by `opening`, asked by `working_time`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.sla.domain.calendar.book import CalendarRule
from services.sla.domain.calendar.holidays import HolidaySet
from services.sla.domain.calendar.spans import DAY_S, Span, spans_of

EPOCH_DAY = date(1970, 1, 1).toordinal()
NO_HOLIDAYS = HolidaySet()


class Days:
    """The hours of each day of one calendar, by the wall clock."""

    def __init__(self, rule: CalendarRule, holidays: HolidaySet | None) -> None:
        makeup = spans_of(rule.makeup or ())
        self.holidays = holidays or NO_HOLIDAYS
        self._week = rule.weekly
        self._single = dict.fromkeys(self.holidays.work, makeup)
        self._single |= {day: spans_of(hours) for day, hours in rule.days.items()}
        self._off: dict[int, frozenset[date]] = {}

    def spans(self, day: date) -> tuple[Span, ...]:
        """In order; none when the day is off."""
        single = self._single.get(day)
        if single is not None:
            return single
        off = self._off.get(day.year)
        if off is None:
            off = self._off[day.year] = self.holidays.off(day.year)
        return () if day in off else self._week[day.weekday()]

    def readings(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """All spans of the days with the ordinals first to last, as seconds that a wall clock
        shows since it showed 1970, in order. Spans that touch are one."""
        open_s = end_s = None
        for ordinal in range(first, last + 1):
            midnight_s = (ordinal - EPOCH_DAY) * DAY_S
            for from_s, to_s in self.spans(date.fromordinal(ordinal)):
                if end_s is not None and midnight_s + from_s <= end_s:
                    end_s = max(end_s, midnight_s + to_s)
                    continue
                if open_s is not None and end_s is not None:
                    yield open_s, end_s
                open_s, end_s = midnight_s + from_s, midnight_s + to_s
        if open_s is not None and end_s is not None:
            yield open_s, end_s
