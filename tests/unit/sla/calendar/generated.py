"""Calendars and instants for properties, and the slow calendars beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from services.sla.domain.calendar.book import CalendarRule
from services.sla.domain.calendar.days import Days
from services.sla.domain.calendar.holidays import HolidaySet
from services.sla.domain.calendar.working_time import Calendar
from tests.support.slow_calendar import DAYS, SlowCalendar

QUARTER_S = 900
"""Spans and offsets of the zones below change on quarters of an hour."""
CHANGES = {
    # around these days the clocks of these places change
    "America/New_York": "2026-03-08 2026-11-01",
    "Europe/London": "2026-03-29 2026-10-25",
    "Australia/Lord_Howe": "2026-04-05 2026-10-04",  # by half an hour
    "America/Havana": "2026-03-08 2026-11-01",  # at midnight
    "America/Sao_Paulo": "2018-02-18 2018-11-04",  # back into the day before
    "America/Santiago": "2026-04-05 2026-09-06",
    "Africa/Casablanca": "2026-02-15 2026-03-22",
    "Pacific/Apia": "2011-12-30 2012-04-01",  # a day that never was
    "Asia/Kathmandu": "2026-06-15",
    "Asia/Shanghai": "2026-02-15 2026-10-01 1991-09-15",
    "UTC": "2027-01-01",
}
WINDOW_DAYS = 14


@dataclass(frozen=True)
class Pair:
    """The same calendar in both ways, and the window in which they are compared."""

    days: Days
    fast: Calendar
    slow: SlowCalendar
    from_at: datetime
    rule: CalendarRule

    def again(self) -> Calendar:
        """The fast one, knowing nothing yet."""
        return Calendar(self.fast.zone, self.days)


@st.composite
def _hours(draw: st.DrawFn, step_s: int) -> list[str]:
    """Spans of one day, apart; the last may go across midnight."""
    last = 86_400 // step_s
    points = sorted(draw(st.sets(st.integers(0, last - 1), max_size=5)))
    if len(points) % 2:
        # the last span ends at midnight, or when the first begins again
        points.append(draw(st.sampled_from([last, points[0] if len(points) > 1 else last])))
    spans = list(zip(points[::2], points[1::2], strict=True))
    return [f"{_clock(a * step_s)}-{_clock(b * step_s)}" for a, b in spans if a != b]


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


@st.composite
def pairs(draw: st.DrawFn, step_s: int = QUARTER_S) -> Pair:
    """A calendar with odd weeks, holidays, make-up workdays and single days, near a change."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    middle = date.fromisoformat(draw(st.sampled_from(CHANGES[zone].split())))
    week = {day: draw(_hours(step_s)) for day in DAYS}
    near = st.integers(-8, 8).map(lambda number: middle + timedelta(days=number))
    off = draw(st.frozensets(near, max_size=3))
    work = draw(st.frozensets(near, max_size=2)) - off
    makeup, hours = draw(_hours(step_s)), draw(_hours(step_s))
    single = dict.fromkeys(draw(st.frozensets(near, max_size=2)), hours)
    rule = CalendarRule(
        zone=zone, week=_texts(week), holidays="some", makeup=tuple(makeup), days=_texts(single)
    )
    days = Days(rule, _holidays(off, work))
    slow = SlowCalendar(ZoneInfo(zone), week, off, {**dict.fromkeys(work, makeup), **single})
    start = datetime(middle.year, middle.month, middle.day, tzinfo=UTC) - timedelta(days=7)
    return Pair(days, Calendar(ZoneInfo(zone), days), slow, start, rule)


def _texts(hours: dict[Any, list[str]]) -> dict[Any, tuple[str, ...]]:
    return {day: tuple(texts) for day, texts in hours.items()}


def _holidays(off: frozenset[date], work: frozenset[date]) -> HolidaySet:
    years: dict[int, dict[str, Any]] = {}
    for day in off | work:
        year = years.setdefault(day.year, {"status": "official", "holidays": []})
        feast = {"name": "off", "days": day.isoformat()} if day in off else None
        year["holidays"] += [feast] if feast else []
    for day in work:
        # a make-up workday stands beside some holiday; here one of its own year, long past
        past = f"{day.year}-07-20"
        years[day.year]["holidays"].append({"name": "work", "days": past, "work": [day]})
    return HolidaySet.model_validate({"years": years})


seconds_in_window = st.integers(0, WINDOW_DAYS * 86_400)
amounts = st.one_of(st.integers(0, 40), st.integers(0, 400_000))
