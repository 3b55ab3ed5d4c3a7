"""Working time worked out by hand, with the calendars that ship."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.sla.domain.calendar.working_time import OutOfCalendarError
from tests.unit.sla.calendar.shipped import SHIPPED, local, seconds

DUE = [
    # every second
    ("always", "2026-02-28 23:59:59", "2s", "2026-03-01 00:00:01"),
    ("always", "2024-02-28 12:00", "24h", "2024-02-29 12:00"),
    # 0 is now, whenever that is
    ("cn-office", "2026-02-18 03:00", "0s", "2026-02-18 03:00"),
    ("cn-office", "2026-02-13 10:00", "0s", "2026-02-13 10:00"),
    # the end of a span, not the start of the next one
    ("cn-office", "2026-03-02 09:00", "3h", "2026-03-02 12:00"),
    ("cn-office", "2026-03-02 12:00", "5h", "2026-03-02 18:00"),
    ("cn-office", "2026-03-02 09:00", "8h", "2026-03-02 18:00"),
    ("cn-office", "2026-03-06 17:00", "1h", "2026-03-06 18:00"),
    # one second more is after the break, after the night, after the weekend
    ("cn-office", "2026-03-02 09:00", "3h1s", "2026-03-02 13:00:01"),
    ("cn-office", "2026-03-02 09:00", "8h1s", "2026-03-03 09:00:01"),
    ("cn-office", "2026-03-06 17:00", "1h1s", "2026-03-09 09:00:01"),
    # from outside working time
    ("cn-office", "2026-03-02 12:30", "1s", "2026-03-02 13:00:01"),
    ("cn-office", "2026-03-02 07:00", "1h", "2026-03-02 10:00"),
    ("cn-office", "2026-03-02 18:00", "1h", "2026-03-03 10:00"),
    ("cn-office", "2026-03-07 10:00", "8h", "2026-03-09 18:00"),
    # into a holiday and out of it; the Saturday before the Spring Festival is worked
    ("cn-office", "2026-02-13 17:00", "2h", "2026-02-14 10:00"),
    ("cn-office", "2026-02-14 17:00", "2h", "2026-02-24 10:00"),
    ("cn-office", "2026-02-27 17:00", "2h", "2026-02-28 10:00"),
    ("cn-office", "2026-02-28 17:00", "2h", "2026-03-02 10:00"),
    ("cn-office", "2026-09-20 17:00", "1h1s", "2026-09-21 09:00:01"),
    ("cn-office", "2026-09-30 17:00", "2h", "2026-10-08 10:00"),
    ("cn-office", "2026-10-09 17:00", "2h", "2026-10-10 10:00"),
    # service hours go on over holidays
    ("cn-service", "2026-02-17 22:59:59", "2s", "2026-02-18 08:00:01"),
    ("cn-service", "2026-02-17 08:00", "15h", "2026-02-17 23:00"),
    ("cn-service", "2026-02-17 08:00", "30h", "2026-02-18 23:00"),
    # across midnight, month and year
    ("night-shift", "2026-03-02 23:00", "3h", "2026-03-03 02:00"),
    ("night-shift", "2026-03-02 05:00", "1h", "2026-03-02 06:00"),
    ("night-shift", "2026-03-02 05:00", "1h1s", "2026-03-02 22:00:01"),
    ("night-shift", "2026-12-31 23:30", "1h", "2027-01-01 00:30"),
    ("night-shift", "2026-03-02 12:00", "8h", "2026-03-03 06:00"),
    ("night-shift", "2026-03-02 12:00", "80h", "2026-03-12 06:00"),
    # Washington's birthday, Thanksgiving, Christmas on a Friday, Independence Day on a Saturday
    ("us-east-office", "2026-02-13 16:00", "2h", "2026-02-17 10:00"),
    ("us-east-office", "2026-11-25 16:00", "1h", "2026-11-25 17:00"),
    ("us-east-office", "2026-11-25 16:00", "2h", "2026-11-27 10:00"),
    ("us-east-office", "2026-12-24 16:59:59", "2s", "2026-12-28 09:00:01"),
    ("us-east-office", "2026-07-02 16:00", "2h", "2026-07-06 10:00"),
    # the New Year of 2022 was observed in 2021
    ("us-east-office", "2021-12-30 16:00", "2h", "2022-01-03 10:00"),
    # over both changes of the clock: office hours by the wall clock
    ("us-east-office", "2026-03-06 16:00", "2h", "2026-03-09 10:00"),
    ("us-east-office", "2026-10-30 16:00", "2h", "2026-11-02 10:00"),
]


@pytest.mark.parametrize(("calendar", "start", "amount", "expected"), DUE)
def test_due(calendar: str, start: str, amount: str, expected: str) -> None:
    counted = SHIPPED[calendar]
    from_at, due_at = local(start, calendar), local(expected, calendar)
    assert counted.due(from_at, seconds(amount)) == due_at
    assert counted.between(from_at, due_at) == seconds(amount)


BETWEEN = [
    ("always", "2026-01-01 00:00", "2027-01-01 00:00", 365 * 86_400),
    ("cn-office", "2026-03-02 00:00", "2026-03-03 00:00", 8 * 3600),
    ("cn-office", "2026-03-02 11:59:59", "2026-03-02 13:00:01", 2),
    ("cn-office", "2026-03-02 12:00", "2026-03-02 13:00", 0),
    ("cn-office", "2026-03-02 17:59:59", "2026-03-02 18:00", 1),
    ("cn-office", "2026-03-02 18:00", "2026-03-02 18:00", 0),
    ("cn-office", "2026-02-14 18:00", "2026-02-24 09:00", 0),
    # weeks: plain, with a make-up Sunday, with a holiday
    ("cn-office", "2026-03-02 00:00", "2026-03-09 00:00", 40 * 3600),
    ("cn-office", "2026-09-14 00:00", "2026-09-21 00:00", 48 * 3600),
    ("cn-office", "2026-09-28 00:00", "2026-10-05 00:00", 24 * 3600),
    # years: weekdays, less those that are off, and the make-up workdays
    ("cn-office", "2024-01-01 00:00", "2025-01-01 00:00", 251 * 8 * 3600),
    ("cn-office", "2025-01-01 00:00", "2026-01-01 00:00", 248 * 8 * 3600),
    ("cn-office", "2026-01-01 00:00", "2027-01-01 00:00", 248 * 8 * 3600),
    ("us-east-office", "2026-01-01 00:00", "2027-01-01 00:00", 250 * 8 * 3600),
    ("cn-service", "2026-02-15 00:00", "2026-02-24 00:00", 9 * 15 * 3600),
    ("night-shift", "2026-02-15 00:00", "2026-02-24 00:00", 9 * 8 * 3600),
    ("night-shift", "2026-02-15 21:00", "2026-02-16 07:00", 8 * 3600),
    ("night-shift", "2026-02-15 23:59:59", "2026-02-16 00:00:01", 2),
    # days of 23 and 25 hours
    ("us-east-office", "2026-03-08 00:00", "2026-03-10 00:00", 8 * 3600),
    ("us-east-office", "2026-11-01 00:00", "2026-11-03 00:00", 8 * 3600),
]


@pytest.mark.parametrize(("calendar", "start", "end", "expected"), BETWEEN)
def test_between(calendar: str, start: str, end: str, expected: int) -> None:
    counted = SHIPPED[calendar]
    from_at, to_at = local(start, calendar), local(end, calendar)
    assert counted.between(from_at, to_at) == expected
    assert counted.between(to_at, from_at) == -expected


def test_the_zone_of_a_question_does_not_matter() -> None:
    office = SHIPPED["cn-office"]
    here = local("2026-03-02 10:00", "cn-office")
    assert office.due(here.astimezone(UTC), 60) == office.due(here, 60)
    assert office.due(local("2026-03-01 21:00", "us-east-office"), 60) == office.due(here, 60)


def test_answers_are_in_utc_and_can_be_shown_where_the_calendar_is() -> None:
    office = SHIPPED["cn-office"]
    due_at = office.due(local("2026-03-02 10:00", "cn-office"), 60)
    assert due_at.tzinfo is UTC
    assert office.local(due_at).isoformat() == "2026-03-02T10:01:00+08:00"


def test_a_start_within_a_second_is_exact() -> None:
    office = SHIPPED["cn-office"]
    half = local("2026-03-02 11:59:59.500000", "cn-office")
    assert office.due(half, 1) == local("2026-03-02 13:00:00.500000", "cn-office")
    assert office.between(half, local("2026-03-02 13:00", "cn-office")) == 0
    assert office.passed(half, local("2026-03-02 13:00", "cn-office")) == timedelta(seconds=0.5)
    assert office.between(half, local("2026-03-02 13:00:00.500000", "cn-office")) == 1


def test_starts_belong_to_a_span_and_ends_do_not() -> None:
    office = SHIPPED["cn-office"]
    shown = {"08:59:59": False, "09:00": True, "11:59:59": True, "12:00": False, "13:00": True}
    found = {clock: office.is_working(local(f"2026-03-02 {clock}", "cn-office")) for clock in shown}
    assert found == shown


def test_what_can_not_be_answered_is_refused() -> None:
    always = SHIPPED["always"]
    with pytest.raises(ValueError, match="negative"):
        always.due(datetime(2026, 1, 1, tzinfo=UTC), -1)
    with pytest.raises(OutOfCalendarError, match="1969 is not counted"):
        always.due(datetime(1969, 12, 31, tzinfo=UTC), 1)
    for years in (280, 100_000):
        with pytest.raises(OutOfCalendarError, match="after 2299"):
            SHIPPED["cn-office"].due(datetime(2026, 1, 1, tzinfo=UTC), years * 8_000_000)


@pytest.mark.parametrize(
    ("calendar", "start", "end", "expected"),
    [
        ("cn-office", "2026-01-01 00:00", "2027-01-01 00:00", False),
        ("cn-office", "2024-01-01 00:00", "2026-06-01 00:00", False),
        ("cn-office", "2026-12-31 17:00", "2027-01-01 00:00:01", True),
        ("cn-office", "2027-01-01 00:00:01", "2026-12-31 17:00", True),
        ("cn-office", "2027-05-01 00:00", "2027-05-01 00:00", False),
        ("cn-office", "2045-05-01 00:00", "2045-06-01 00:00", True),
        ("cn-office", "2023-12-01 00:00", "2024-06-01 00:00", True),
        ("cn-service", "2027-05-01 00:00", "2031-06-01 00:00", False),
        ("us-east-office", "2027-05-01 00:00", "2099-06-01 00:00", False),
        ("us-east-office", "1970-05-01 00:00", "1971-06-01 00:00", True),
    ],
)
def test_provisional(calendar: str, start: str, end: str, expected: bool) -> None:
    counted = SHIPPED[calendar]
    assert counted.is_provisional(local(start, calendar), local(end, calendar)) is expected
