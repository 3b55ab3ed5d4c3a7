"""Working time by walking from day to day and looking at the wall clock. Reads calendars
as plain JSON. Made by `books`, asked by `count`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.sla.audit.feasts import Feasts

DAY = timedelta(days=1)
HOUR, QUARTER, MINUTE = timedelta(hours=1), timedelta(minutes=15), timedelta(minutes=1)
SECOND = timedelta(seconds=1)
NOTHING = timedelta()
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FAR_DAYS = 20_000
"""Nobody waits longer for working time: whoever would has a calendar that is never open."""
Stretch = tuple[datetime, datetime]
Reading = tuple[timedelta, timedelta]


class WalkedCalendar:
    """One calendar. `hours` is its text as it is stored, `feasts` the holidays that it follows."""

    def __init__(self, hours: Mapping[str, Any], feasts: Feasts | None) -> None:
        self._zone = ZoneInfo(hours["zone"])
        self._week = _week(hours["week"])
        self._makeup = _readings(hours.get("makeup") or ())
        self._single = {
            date.fromisoformat(str(day)): _readings(texts)
            for day, texts in (hours.get("days") or {}).items()
        }
        self._feasts = feasts
        self._known: dict[date, list[Stretch]] = {}

    def worked(self, from_at: datetime, to_at: datetime) -> timedelta:
        """Working time in [from_at, to_at)."""
        total = NOTHING
        days = (to_at - from_at).days + 5
        for start_at, end_at in self._from(from_at, days):
            if start_at >= to_at:
                break
            total += max(min(end_at, to_at) - max(start_at, from_at), NOTHING)
        return total

    def reached(self, from_at: datetime, amount: timedelta) -> datetime:
        """The earliest instant at which so much has passed. Raises LookupError if never."""
        if not amount:
            return from_at
        left = amount
        for start_at, end_at in self._from(from_at, FAR_DAYS):
            began_at = max(start_at, from_at)
            if end_at <= began_at:
                continue
            if end_at - began_at >= left:
                return began_at + left
            left -= end_at - began_at
        raise LookupError("the calendar has no more working time")

    def _from(self, at: datetime, days: int) -> Iterator[Stretch]:
        """Stretches of so many days, in order and apart, from some that may be over at `at`: the
        wall clock of a place is within a day of ours, and a span may begin the day before."""
        day, covered_at = at.astimezone(UTC).date() - 2 * DAY, at - 4 * DAY
        for _ in range(days):
            if day not in self._known:
                self._known[day] = list(self._stretches(day))
            for start_at, end_at in self._known[day]:
                if end_at > covered_at:
                    yield max(start_at, covered_at), end_at
                    covered_at = end_at
            day += DAY

    def _stretches(self, day: date) -> Iterator[Stretch]:
        """When, in UTC, the wall clock shows a reading in one of the spans of that day."""
        found: list[Stretch] = []
        for from_at, to_at, offset in self._offsets(day):
            midnight_at = datetime.combine(day, time(), UTC) - offset
            for start, end in self._readings_of(day):
                start_at, end_at = max(midnight_at + start, from_at), min(midnight_at + end, to_at)
                if start_at < end_at:
                    found.append((start_at, end_at))
        yield from sorted(found)

    def _offsets(self, day: date) -> list[tuple[datetime, datetime, timedelta]]:
        """All time around that day, cut where the clocks of the place change."""
        at = datetime.combine(day, time(), UTC) - DAY
        last_at = at + 4 * DAY
        cuts = [at]
        while at < last_at:
            next_at = at + HOUR
            if self._offset(at) != self._offset(next_at):
                cuts.append(self._change(at))
            at = next_at
        ends = [*cuts[1:], last_at]
        return [(a, b, self._offset(a)) for a, b in zip(cuts, ends, strict=True)]

    def _change(self, at: datetime) -> datetime:
        """The first second at which the clocks of the place show something else than at `at`."""
        before = self._offset(at)
        for step in (QUARTER, MINUTE, SECOND):
            while self._offset(at + step) == before:
                at += step
        return at + SECOND

    def _offset(self, at: datetime) -> timedelta:
        return at.astimezone(self._zone).utcoffset() or NOTHING

    def _readings_of(self, day: date) -> Sequence[Reading]:
        if day in self._single:
            return self._single[day]
        if self._feasts is not None and self._feasts.worked(day):
            return self._makeup
        if self._feasts is not None and self._feasts.off(day):
            return ()
        return self._week[day.weekday()]


def _week(texts: Mapping[str, Sequence[str]]) -> list[Sequence[Reading]]:
    found: list[Sequence[Reading]] = [()] * 7
    for days, hours in texts.items():
        first, _, last = ("mon-sun" if days == "daily" else days).partition("-")
        for number in range(DAY_NAMES.index(first), DAY_NAMES.index(last or first) + 1):
            found[number] = _readings(hours)
    return found


def _readings(texts: Sequence[str]) -> list[Reading]:
    """09:00-12:00 as time after midnight; an end before its start is of the next day."""
    found = []
    for text in texts:
        start, end = (_reading(part) for part in text.split("-"))
        found.append((start, end if end > start else end + DAY))
    return found


def _reading(text: str) -> timedelta:
    hours, minutes, *seconds = (int(part) for part in text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=sum(seconds))
