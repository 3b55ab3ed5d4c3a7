"""Days of 23 and 25 hours, and stranger ones: working time is real time while the wall clock
shows a reading inside a span."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.sla.domain.calendar.book import CalendarBook
from services.sla.domain.calendar.opening import Calendars
from services.sla.domain.calendar.working_time import Calendar

NEW_YORK = "America/New_York"
H = 3600


def daily(zone: str, *hours: str) -> Calendar:
    rule = {"zone": zone, "week": {"daily": hours}}
    return Calendars(CalendarBook.model_validate({"calendars": {"one": rule}}))["one"]


def at(zone: str, text: str, *, again: bool = False) -> datetime:
    shown = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=again)
    return shown.astimezone(UTC)  # Python calls a reading that comes twice equal to nothing


@pytest.mark.parametrize(
    ("hours", "day", "worked_s"),
    [
        # 8 March 2026 in New York: 02:00 to 03:00 is never shown
        ("00:00-24:00", "2026-03-08", 23 * H),
        ("01:00-04:00", "2026-03-08", 2 * H),
        ("02:00-03:00", "2026-03-08", 0),
        ("02:30-03:30", "2026-03-08", H // 2),
        ("01:30-02:30", "2026-03-08", H // 2),
        ("02:15-02:45", "2026-03-08", 0),
        ("09:00-17:00", "2026-03-08", 8 * H),
        # 1 November 2026: 01:00 to 02:00 is shown twice
        ("00:00-24:00", "2026-11-01", 25 * H),
        ("00:30-03:00", "2026-11-01", 7 * H // 2),
        ("01:00-02:00", "2026-11-01", 2 * H),
        ("01:15-01:45", "2026-11-01", H),
        ("01:30-02:30", "2026-11-01", 3 * H // 2),
        ("00:30-01:30", "2026-11-01", 3 * H // 2),
        ("02:00-03:00", "2026-11-01", H),
        ("09:00-17:00", "2026-11-01", 8 * H),
    ],
)
def test_new_york(hours: str, day: str, worked_s: int) -> None:
    calendar = daily(NEW_YORK, hours)
    following = date.fromisoformat(day) + timedelta(days=1)
    midnights = at(NEW_YORK, f"{day} 00:00"), at(NEW_YORK, f"{following} 00:00")
    assert calendar.between(*midnights) == worked_s


def test_a_night_over_the_change_has_seven_or_nine_hours() -> None:
    night = daily(NEW_YORK, "22:00-06:00")
    spring, autumn = at(NEW_YORK, "2026-03-07 22:00"), at(NEW_YORK, "2026-10-31 22:00")
    assert night.due(spring, 7 * H) == at(NEW_YORK, "2026-03-08 06:00")
    assert night.due(spring, 7 * H + 1) == at(NEW_YORK, "2026-03-08 22:00:01")
    assert night.due(autumn, 9 * H) == at(NEW_YORK, "2026-11-01 06:00")
    assert night.due(autumn, 4 * H) == at(NEW_YORK, "2026-11-01 01:00", again=True)
    assert night.due(autumn, 3 * H) == at(NEW_YORK, "2026-11-01 01:00")


def test_due_within_a_span_that_is_shown_twice() -> None:
    calendar = daily(NEW_YORK, "01:15-01:45")
    midnight = at(NEW_YORK, "2026-11-01 00:00")
    assert calendar.due(midnight, 1800) == at(NEW_YORK, "2026-11-01 01:45")
    assert calendar.due(midnight, 1801) == at(NEW_YORK, "2026-11-01 01:15:01", again=True)
    assert calendar.due(midnight, 3601) == at(NEW_YORK, "2026-11-02 01:15:01")


def test_a_span_that_is_never_shown_is_passed_over() -> None:
    calendar = daily(NEW_YORK, "02:15-02:45")
    assert calendar.due(at(NEW_YORK, "2026-03-08 00:00"), 1) == at(NEW_YORK, "2026-03-09 02:15:01")


def test_half_an_hour_on_lord_howe() -> None:
    whole = daily("Australia/Lord_Howe", "00:00-24:00")
    days = [datetime(2026, 4, n, tzinfo=whole.zone) for n in (5, 6)]
    assert whole.between(*days) == 24 * H + H // 2


def test_a_day_that_never_was() -> None:
    """Samoa went from 29 to 31 December 2011 overnight."""
    office = daily("Pacific/Apia", "09:00-17:00")
    evening = at("Pacific/Apia", "2011-12-29 17:00")
    assert office.due(evening, 1) == at("Pacific/Apia", "2011-12-31 09:00:01")


def test_midnight_twice() -> None:
    """In São Paulo the clock went from midnight back to 23:00 of the day before."""
    late = daily("America/Sao_Paulo", "22:00-24:00")
    evening = at("America/Sao_Paulo", "2018-02-17 12:00")
    assert late.due(evening, 3 * H) == datetime(2018, 2, 18, 3, tzinfo=UTC)
    assert late.between(evening, at("America/Sao_Paulo", "2018-02-18 12:00")) == 3 * H


def test_always_does_not_know_of_clocks() -> None:
    always = daily("UTC", "00:00-24:00")
    start = at(NEW_YORK, "2026-03-08 01:59:59")
    assert always.due(start, 2) == at(NEW_YORK, "2026-03-08 03:00:01")
