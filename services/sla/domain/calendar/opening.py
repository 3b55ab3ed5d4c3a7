"""Makes calendars that can count from a book. Called by the service's programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.sla.domain.calendar.book import CalendarBook
from services.sla.domain.calendar.checks import problems, zone_of
from services.sla.domain.calendar.days import Days
from services.sla.domain.calendar.working_time import Calendar


class Calendars(Mapping[str, Calendar]):
    """Calendars by name, each made when it is first asked for."""

    def __init__(self, book: CalendarBook) -> None:
        """Raises ValueError with all that is wrong with the book."""
        found = problems(book)
        if found:
            lines = [f"{'.'.join(map(str, each.place))}: {each.reason}" for each in found]
            raise ValueError("; ".join(lines))
        self._book = book
        self._made: dict[str, Calendar] = {}

    def __getitem__(self, name: str) -> Calendar:
        if name not in self._made:
            rule = self._book.calendars[name]
            holidays = self._book.holiday_set(rule.holidays) if rule.holidays else None
            self._made[name] = Calendar(zone_of(rule.zone), Days(rule, holidays))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._book.calendars)

    def __len__(self) -> int:
        return len(self._book.calendars)
