"""The audit's calendars, which walk, beside those that count: two ways, one answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.audit.books import Books
from services.sla.calendars.files import load_book
from services.sla.domain.calendar.working_time import Calendar
from tests.support.sla_story import POLICIES
from tests.unit.sla.calendar.generated import WINDOW_DAYS, Pair, pairs, seconds_in_window
from tests.unit.sla.calendar.shipped import SHIPPED

SECOND = timedelta(seconds=1)
STORED = Books(load_book(POLICIES).model_dump(mode="json", exclude={"version"}))
names = st.sampled_from(sorted(set(SHIPPED) - {"always"}))
FIRST_AT = datetime(2023, 12, 1, tzinfo=UTC)
moments = st.integers(0, 4 * 366 * 86_400).map(lambda second: FIRST_AT + second * SECOND)


def agree(books: Books, name: str, fast: Calendar, at: datetime, length_s: int) -> None:
    walked = books.named(name)
    assert walked is not None
    until_at = at + length_s * SECOND
    passed = fast.passed(at, until_at)
    assert walked.worked(at, until_at) == passed
    assert walked.reached(at, passed) == fast.reach(at, passed)


@settings(max_examples=150)
@given(names, moments, st.integers(0, 2_000_000))
def test_shipped_calendars(name: str, at: datetime, length_s: int) -> None:
    agree(STORED, name, SHIPPED[name], at, length_s)


@settings(max_examples=100)
@given(pairs(), seconds_in_window, seconds_in_window)
def test_odd_calendars_around_changes_of_the_clocks(
    pair: Pair, start_s: int, length_s: int
) -> None:
    book = {
        "calendars": {"one": pair.rule.model_dump(mode="json")},
        "holidays": {"some": pair.days.holidays.model_dump(mode="json")},
    }
    from_at = pair.from_at + start_s * SECOND
    length_s = min(length_s, WINDOW_DAYS * 86_400 - start_s)
    agree(Books(book), "one", pair.fast, from_at, length_s)


def test_every_second_needs_no_calendar() -> None:
    assert Books(None).named("always") is None
