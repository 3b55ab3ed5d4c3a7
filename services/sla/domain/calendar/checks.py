"""Contradictions in a book of calendars: what each part alone can't show. Called by `opening` and
by the reader of the files, which adds file and line.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.sla.domain.calendar.book import CalendarBook, CalendarRule
from services.sla.domain.calendar.days import Days
from services.sla.domain.calendar.holidays import HolidayYear, days_of
from services.sla.domain.calendar.spans import DAY_NAMES, overlap, written
from services.sla.domain.problems import Place, Problem

ONE_DAY = timedelta(days=1)
DECEMBER = 12


def problems(book: CalendarBook) -> list[Problem]:
    """All that is wrong, in the order of the book; none when it can be used."""
    found = list(_of_holidays(book))
    for name, rule in book.calendars.items():
        found += _of_calendar(book, ("calendars", name), rule)
    return found


def zone_of(name: str) -> ZoneInfo:
    """Raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"unknown zone {name!r}: name one as in Asia/Shanghai") from None


def _of_holidays(book: CalendarBook) -> Iterator[Problem]:
    for name in book.holidays:
        for number, year in book.holidays[name].years.items():
            yield from _of_year(("holidays", name, "years", number), number, year)
    for name, years in book.overlay.items():
        if name not in book.holidays:
            yield Problem(("overlay", name), f"there are no holidays called {name}")
        for number, year in years.items():
            yield from _of_year(("overlay", name, number), number, year)
    for name in book.holidays:
        merged, laid_on = book.holiday_set(name), book.overlay.get(name, {})
        for number, year in merged.years.items():
            # Within a year `_of_year` has told it; here what reaches into another's December.
            both = sorted((year.work & merged.listed_off) - year.off)
            top: Place = ("overlay", name) if number in laid_on else ("holidays", name, "years")
            for day in both:
                yield Problem((*top, number), f"{day} is a make-up workday, elsewhere a holiday")


def _of_year(place: Place, number: int, year: HolidayYear) -> Iterator[Problem]:
    for index, feast in enumerate(year.holidays):
        here = (*place, "holidays", index)
        for part, days in (("days", days_of(feast.days)), ("work", feast.work)):
            strays = [day for day in days if not _may_announce(number, day)]
            if strays:
                reason = f"{strays[0]} lies outside {number} and the December before"
                yield Problem((*here, part), reason)
        both = sorted(year.off.intersection(feast.work))
        if both:
            reason = f"{both[0]} is both a holiday and a make-up workday"
            yield Problem((*here, "work"), reason)


def _may_announce(year: int, day: date) -> bool:
    return day.year == year or (day.year == year - 1 and day.month == DECEMBER)


def _of_calendar(book: CalendarBook, place: Place, rule: CalendarRule) -> Iterator[Problem]:
    try:
        zone_of(rule.zone)
    except ValueError as error:
        yield Problem((*place, "zone"), str(error))
    if not any(rule.weekly):
        yield Problem((*place, "week"), "a calendar without working time: no day has a span")
    if rule.holidays is not None and rule.holidays not in book.holidays:
        known = ", ".join(sorted(book.holidays)) or "none are stated"
        reason = f"there are no holidays called {rule.holidays} ({known})"
        yield Problem((*place, "holidays"), reason)
    elif book.makeup_days(rule) and rule.makeup is None:
        reason = f"{rule.holidays} has make-up workdays: say under makeup which hours they have"
        yield Problem((*place, "holidays"), reason)
    yield from _overlapping(book, place, rule)


def _overlapping(book: CalendarBook, place: Place, rule: CalendarRule) -> Iterator[Problem]:
    """Spans across midnight that run into the next day's."""
    for weekday, spans in enumerate(rule.weekly):
        after = (weekday + 1) % 7
        found = overlap(spans, rule.weekly[after])
        if found:
            reason = (
                f"overlapping spans: {written(found[0])} of {DAY_NAMES[weekday]} "
                f"and {written(found[1])} of {DAY_NAMES[after]}"
            )
            yield Problem((*place, "week"), reason)
            return
    days = Days(rule, book.holiday_set(rule.holidays) if rule.holidays in book.holidays else None)
    for day in sorted({*rule.days, *book.makeup_days(rule)}):
        for first in (day - ONE_DAY, day):
            found = overlap(days.spans(first), days.spans(first + ONE_DAY))
            if found:
                part: Place = ("days", day.isoformat()) if day in rule.days else ("makeup",)
                reason = (
                    f"overlapping spans: {written(found[0])} of {first} "
                    f"and {written(found[1])} of {first + ONE_DAY}"
                )
                yield Problem((*place, *part), reason)
