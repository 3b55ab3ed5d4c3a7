"""Holidays and make-up workdays: both ends of each, and the days beside them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from services.sla.domain.calendar.opening import Calendars
from tests.unit.sla.calendar.shipped import BOOK, SHIPPED

ONE_DAY = timedelta(days=1)
CHINA = [
    # first day off, last day off, make-up workdays
    ("2024-01-01", "2024-01-01", ""),
    ("2024-02-10", "2024-02-17", "2024-02-04 2024-02-18"),
    ("2024-04-04", "2024-04-06", "2024-04-07"),
    ("2024-05-01", "2024-05-05", "2024-04-28 2024-05-11"),
    ("2024-06-08", "2024-06-10", ""),
    ("2024-09-15", "2024-09-17", "2024-09-14"),
    ("2024-10-01", "2024-10-07", "2024-09-29 2024-10-12"),
    ("2025-01-01", "2025-01-01", ""),
    ("2025-01-28", "2025-02-04", "2025-01-26 2025-02-08"),
    ("2025-04-04", "2025-04-06", ""),
    ("2025-05-01", "2025-05-05", "2025-04-27"),
    ("2025-05-31", "2025-06-02", ""),
    ("2025-10-01", "2025-10-08", "2025-09-28 2025-10-11"),
    ("2026-01-01", "2026-01-03", "2026-01-04"),
    ("2026-02-15", "2026-02-23", "2026-02-14 2026-02-28"),
    ("2026-04-04", "2026-04-06", ""),
    ("2026-05-01", "2026-05-05", "2026-05-09"),
    ("2026-06-19", "2026-06-21", ""),
    ("2026-09-25", "2026-09-27", ""),
    ("2026-10-01", "2026-10-07", "2026-09-20 2026-10-10"),
]
WORKED = {
    # workdays of a week that have no hours in these years, by the list above
    date.fromisoformat(day)
    for _, _, makeup in CHINA
    for day in makeup.split()
}
FEDERAL = {
    2020: "01-01 01-20 02-17 05-25 07-03 09-07 10-12 11-11 11-26 12-25",
    2021: "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
    2022: "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26",
    2023: "01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25",
    2024: "01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25",
    2025: "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25",
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
}


def hours(calendar: str, day: date, calendars: Calendars = SHIPPED) -> float:
    """Working hours between two midnights."""
    counted = calendars[calendar]
    midnights = [datetime.combine(d, time(), counted.zone) for d in (day, day + ONE_DAY)]
    return counted.between(*midnights) / 3600


@pytest.mark.parametrize(("first", "last", "makeup"), CHINA)
def test_china_is_off_from_the_first_day_to_the_last(first: str, last: str, makeup: str) -> None:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    for number in range((end - start).days + 1):
        assert hours("cn-office", start + number * ONE_DAY) == 0
    for beside in (start - ONE_DAY, end + ONE_DAY):
        worked = beside.weekday() < 5 or beside in WORKED
        assert hours("cn-office", beside) == (8 if worked else 0), beside
    for day in makeup.split():
        assert date.fromisoformat(day).weekday() >= 5
        assert hours("cn-office", date.fromisoformat(day)) == 8


def test_nothing_else_in_these_years_is_off_or_worked() -> None:
    off = set()
    for first, last, _ in CHINA:
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            off.add(day)
            day += ONE_DAY
    day = date(2024, 1, 1)
    while day < date(2027, 1, 1):
        worked = day in WORKED or (day.weekday() < 5 and day not in off)
        assert hours("cn-office", day) == (8 if worked else 0), day
        day += ONE_DAY


@pytest.mark.parametrize("year", sorted(FEDERAL))
def test_federal_holidays_as_observed(year: int) -> None:
    found, day = [], date(year, 1, 1)
    while day.year == year:
        if day.weekday() < 5 and hours("us-east-office", day) == 0:
            found.append(day.strftime("%m-%d"))
        assert day.weekday() < 5 or hours("us-east-office", day) == 0
        day += ONE_DAY
    assert found == FEDERAL[year].split()


@pytest.mark.parametrize("day", ["2025-01-20", "2021-01-20", "2029-01-20"])
def test_the_day_of_inauguration_is_no_holiday_of_its_own(day: str) -> None:
    at = date.fromisoformat(day)
    shared = at.weekday() >= 5 or at == date(2025, 1, 20)  # also Martin Luther King's
    assert hours("us-east-office", at) == (0 if shared else 8)


def test_a_notice_takes_the_place_of_what_was_expected() -> None:
    assert hours("cn-office", date(2027, 2, 12)) == 8
    announced = {
        "status": "official",
        "holidays": [
            {"name": "Spring", "days": "2027-02-05..2027-02-12", "work": ["2027-02-14"]},
            {"name": "New Year", "days": "2026-12-31..2027-01-01", "work": ["2026-12-26"]},
        ],
    }
    body = BOOK.model_dump(mode="json")
    later = Calendars(type(BOOK).model_validate({**body, "overlay": {"cn": {"2027": announced}}}))
    assert hours("cn-office", date(2027, 2, 12), later) == 0
    assert hours("cn-office", date(2027, 2, 14), later) == 8
    assert hours("cn-office", date(2027, 10, 1), later) == 8  # the notice does not name it
    # it reaches into the December before
    assert hours("cn-office", date(2026, 12, 31)) == 8
    assert hours("cn-office", date(2026, 12, 31), later) == 0
    assert hours("cn-office", date(2026, 12, 26), later) == 8
    zone = later["cn-office"].zone
    span = (datetime(2027, 2, 1, tzinfo=zone), datetime(2027, 3, 1, tzinfo=zone))
    assert SHIPPED["cn-office"].is_provisional(*span)
    assert not later["cn-office"].is_provisional(*span)


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2027-05-03", 0), ("2027-05-08", 0), ("2031-10-01", 0), ("2031-05-01", 0), ("2031-02-03", 8)],
)
def test_years_without_a_notice_have_what_can_be_expected(day: str, expected: int) -> None:
    assert hours("cn-office", date.fromisoformat(day)) == expected
