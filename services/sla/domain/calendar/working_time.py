"""Counts working time between two instants, and finds the instant at which some has passed. Exact
to the microsecond, in both directions. Made by `opening`; asked by plans and commands.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from services.sla.domain.calendar.days import Days
from services.sla.domain.calendar.instants import EPOCH, instants, stretches

FIRST_YEAR, LAST_YEAR = 1970, 2299
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
MARGIN_DAYS = 2
"""The wall clock of any place is within a day of UTC, and a span may begin the day before."""


class OutOfCalendarError(ValueError):
    """An instant that was given, or is the answer, lies outside the years that are counted."""


class Calendar:
    """One calendar. Its years are worked out when first asked for, and kept: the same question
    always has the same answer, the first about a year takes a millisecond.

    Working time is a set of instants; starts of spans belong to it, ends don't. `_before[i]` is
    how much of it lies before `_starts[i]`, both in microseconds; the last of `_before` has all.
    """

    __slots__ = ("_before", "_days", "_first", "_from_us", "_last", "_starts", "_to_us", "zone")

    def __init__(self, zone: ZoneInfo, days: Days) -> None:
        self.zone = zone
        self._days = days
        self._starts: list[int] = []
        self._before: list[int] = [0]
        self._first, self._last = 0, -1
        self._from_us = self._to_us = 0

    def due(self, from_at: datetime, seconds: int) -> datetime:
        """The earliest instant (UTC) at which so many working seconds have passed: the end of a
        span, not the start of the next one; `from_at` itself for 0.

        Raises ValueError for less than 0, OutOfCalendarError.
        """
        return self.reach(from_at, timedelta(seconds=seconds))

    def between(self, from_at: datetime, to_at: datetime) -> int:
        """Whole working seconds in [from_at, to_at). With `to_at` before `from_at` those in
        [to_at, from_at), negative. Raises OutOfCalendarError."""
        passed_us = self._elapsed(_us(to_at)) - self._elapsed(_us(from_at))
        return passed_us // SECOND_US if passed_us >= 0 else -(-passed_us // SECOND_US)

    def reach(self, from_at: datetime, amount: timedelta) -> datetime:
        """As `due`, for any amount."""
        if amount < timedelta():
            raise ValueError("working time to wait for can't be negative")
        start_us = _us(from_at)
        before = self._elapsed(start_us)
        if not amount:
            return EPOCH + timedelta(microseconds=start_us)
        target = before + _whole_us(amount)
        known = self._before
        if target > known[-1]:
            self._reach_out(target)
            known = self._before
        index = bisect_left(known, target) - 1
        return EPOCH + timedelta(microseconds=self._starts[index] + target - known[index])

    def passed(self, from_at: datetime, to_at: datetime) -> timedelta:
        """As `between`, exact."""
        return timedelta(microseconds=self._elapsed(_us(to_at)) - self._elapsed(_us(from_at)))

    def is_working(self, at: datetime) -> bool:
        """Whether work is done at that instant."""
        at_us = _us(at)
        return self._elapsed(at_us + 1) > self._elapsed(at_us)

    def local(self, at: datetime) -> datetime:
        """The instant by the wall clock of the calendar's zone."""
        return at.astimezone(self.zone)

    def is_provisional(self, from_at: datetime, to_at: datetime) -> bool:
        """Whether what lies between rests on a year whose holidays are not known for good."""
        first, last = sorted((from_at, to_at))
        if first == last:
            return False
        last = max(first, last - timedelta.resolution)
        years = range(self.local(first).year, self.local(last).year + 1)
        return not all(self._days.holidays.official(year) for year in years)

    def _elapsed(self, at_us: int) -> int:
        """Working time before an instant, counted from an arbitrary but fixed one."""
        if not self._from_us <= at_us < self._to_us:
            self._take_in((EPOCH + timedelta(microseconds=at_us)).year)
        index = bisect_right(self._starts, at_us) - 1
        if index < 0:
            return self._before[0]
        passed = self._before[index] + at_us - self._starts[index]
        return min(passed, self._before[index + 1])

    def _take_in(self, year: int) -> None:
        """Work out all years from those known to `year`."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            text = f"{year} is not counted: calendars go from {FIRST_YEAR} to {LAST_YEAR}"
            raise OutOfCalendarError(text)
        if self._first > self._last:
            self._first, self._last = year, year - 1
            self._from_us = self._to_us = _new_year_us(year)
        while self._last < year:
            self._append()
        while self._first > year:
            self._prepend()

    def _reach_out(self, target: int) -> None:
        """Work out years until so much working time is known."""
        missing_us = target - self._before[-1]
        while missing_us > 0:
            if self._last >= LAST_YEAR or missing_us > _new_year_us(LAST_YEAR + 1) - self._to_us:
                text = f"it would be due after {LAST_YEAR}: calendars go no further"
                raise OutOfCalendarError(text)
            self._append()
            missing_us = target - self._before[-1]

    def _append(self) -> None:
        self._last += 1
        spans = self._spans(self._last)
        lengths = [stop - start for start, stop in spans]
        self._starts += [start for start, _ in spans]
        self._before += list(accumulate(lengths, initial=self._before[-1]))[1:]
        self._to_us = _new_year_us(self._last + 1)

    def _prepend(self) -> None:
        self._first -= 1
        spans = self._spans(self._first)
        lengths = [stop - start for start, stop in spans]
        earlier = list(accumulate(lengths, initial=self._before[0] - sum(lengths)))
        self._starts[:0] = [start for start, _ in spans]
        self._before[:0] = earlier[:-1]
        self._from_us = _new_year_us(self._first)

    def _spans(self, year: int) -> list[tuple[int, int]]:
        """Working time of one year of UTC, in microseconds."""
        from_s, to_s = _new_year_us(year) // SECOND_US, _new_year_us(year + 1) // SECOND_US
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        readings = self._days.readings(first - MARGIN_DAYS, last + MARGIN_DAYS)
        found = instants(readings, stretches(self.zone, from_s, to_s))
        return [(start_s * SECOND_US, stop_s * SECOND_US) for start_s, stop_s in found]


def _new_year_us(year: int) -> int:
    return _us(datetime(year, 1, 1, tzinfo=UTC))


def _us(at: datetime) -> int:
    return _whole_us(at - EPOCH)


def _whole_us(amount: timedelta) -> int:
    return amount.days * DAY_US + amount.seconds * SECOND_US + amount.microseconds
