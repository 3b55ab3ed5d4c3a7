"""The calendars that a policy's clocks count by: checked when it loads, opened when first asked,
and laid over with the holidays known today. Called by `policy`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from services.sla.domain.calendar.book import CalendarBook
from services.sla.domain.calendar.checks import problems
from services.sla.domain.calendar.opening import Calendars
from services.sla.domain.calendar.spans import DAY_S
from services.sla.domain.calendar.working_time import Calendar
from services.sla.domain.clock_rules import EVERY_SECOND, ClockRule, RouteSet, TargetSet
from services.sla.domain.conversation.rules import ConversationRule
from services.sla.domain.problems import Place, Problem, refuse

NO_CALENDAR = "which is no calendar"


def unknown(
    rules: Iterable[ClockRule | ConversationRule], book: CalendarBook | None
) -> Iterator[Problem]:
    """Clocks that count by a calendar which there is not, placed from `clocks`."""
    for number, rule in enumerate(rules):
        yield from _unknown((number,), rule.clock, rule.calendar, book)


def unknown_of_sets(
    sets: Iterable[TargetSet | RouteSet], book: CalendarBook | None
) -> Iterator[Problem]:
    """Likewise their targets, placed from the list of sets."""
    for number, each in enumerate(sets):
        for index, target in enumerate(each.clocks):
            place = (number, "clocks", index)
            yield from _unknown(place, target.clock, target.calendar, book)


def _unknown(
    place: Place, clock: str, name: str | None, book: CalendarBook | None
) -> Iterator[Problem]:
    known = {EVERY_SECOND, *(book.calendars if book else ())}
    if name is not None and name not in known:
        there = ", ".join(sorted(known))
        reason = f"{clock} counts by {name}, {NO_CALENDAR}; known are {there}"
        yield Problem((*place, "calendar"), reason)


def book_problems(book: CalendarBook) -> Iterator[Problem]:
    """What keeps a calendar from counting, or `always` from being every second."""
    yield from problems(book)
    always = book.calendars.get(EVERY_SECOND)
    if always is None:
        return
    whole_days = all(spans == ((0, DAY_S),) for spans in always.weekly)
    if not whole_days or always.holidays is not None or always.days:
        reason = f"{EVERY_SECOND} means every second: give other hours another name"
        yield Problem(("calendars", EVERY_SECOND), reason)


def named(
    clocks: Iterable[ClockRule | ConversationRule], sets: Iterable[TargetSet | RouteSet]
) -> frozenset[str]:
    """Calendars that clocks name, but for the one of every second."""
    found = {rule.calendar for rule in clocks}
    found |= {t.calendar for each in sets for t in each.clocks if t.calendar is not None}
    return frozenset(found - {EVERY_SECOND})


def excerpt(book: CalendarBook, names: frozenset[str]) -> CalendarBook | None:
    """Those calendars with their holidays, the overlay laid on; None when there are none."""
    rules = {name: rule for name, rule in book.calendars.items() if name in names}
    followed = {rule.holidays for rule in rules.values() if rule.holidays is not None}
    holidays = {name: book.holiday_set(name) for name in book.holidays if name in followed}
    return CalendarBook(calendars=rules, holidays=holidays) if rules else None


def with_holidays(book: CalendarBook, today: CalendarBook) -> CalendarBook:
    """The same hours with the holidays of `today`. Raises UnusableError when they don't go
    together, as with make-up workdays for which the hours say nothing."""
    holidays = {
        name: today.holiday_set(name) if name in today.holidays else own
        for name, own in book.holidays.items()
    }
    laid_over = CalendarBook(calendars=book.calendars, holidays=holidays)
    refuse(book_problems(laid_over))
    return laid_over


class Hours:
    """The opened calendars of one policy: by name, None for every second."""

    def __init__(self, book: CalendarBook | None) -> None:
        self._opened: Mapping[str, Calendar] = Calendars(book) if book else {}

    def of(self, name: str) -> Calendar | None:
        """Raises KeyError for a name that the policy's check has not seen."""
        return None if name == EVERY_SECOND else self._opened[name]
