"""The calendars of a policy version by name, from what the database keeps of them as plain JSON.
Made by `versions`, asked by `knowledge`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.sla.audit.calendar import WalkedCalendar
from services.sla.audit.feasts import Feasts

Json = Mapping[str, Any]
EVERY_SECOND = "always"
"""The calendar of a clock that names none, whatever the files say."""


class Books:
    """Calendars, each made when it is first asked for: the hours of `book`, the holidays of
    `today` where that has such, else of `book`. None: there are none."""

    def __init__(self, book: Json | None, today: Json | None = None) -> None:
        self._hours: Json = _part(book, "calendars")
        self._sources = [source for source in (today, book) if source is not None]
        self._made: dict[str, WalkedCalendar] = {}

    def named(self, name: str) -> WalkedCalendar | None:
        """None for every second. Raises KeyError when there is none of that name."""
        if name == EVERY_SECOND:
            return None
        if name not in self._made:
            hours = self._hours[name]
            self._made[name] = WalkedCalendar(hours, self._feasts(hours.get("holidays")))
        return self._made[name]

    def _feasts(self, name: str | None) -> Feasts | None:
        for source in self._sources:
            if name in _part(source, "holidays"):
                return Feasts(source["holidays"][name], _part(_part(source, "overlay"), name))
        if name is None:
            return None
        raise KeyError(name)


def _part(content: Json | None, name: str | None) -> Json:
    found: Json | None = (content or {}).get(name or "")
    return found or {}
