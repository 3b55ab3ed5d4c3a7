"""Working time by the slow and obvious way: look at the wall clock, step by step, and count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Texts = Sequence[str]


@dataclass(frozen=True)
class SlowCalendar:
    """Hours as text, `week` by day name; `single` are days with hours of their own, `off` the
    holidays. Whole seconds only."""

    zone: ZoneInfo
    week: Mapping[str, Texts]
    off: frozenset[date] = frozenset()
    single: Mapping[date, Texts] = field(default_factory=dict)

    def works(self, at: datetime) -> bool:
        """Whether the wall clock shows a reading inside a span of its day, or of one that began
        the day before."""
        local = at.astimezone(self.zone)
        clock, today = local.strftime("%H:%M:%S"), local.date()
        for start, end in self._spans(today):
            if start <= clock and (clock < end or end <= start):
                return True
        yesterday = self._spans(today - timedelta(days=1))
        return any(end <= start and clock < end for start, end in yesterday)

    def between(self, from_at: datetime, to_at: datetime, step_s: int = 1) -> int:
        """Working seconds in [from_at, to_at), looking once in each step; nothing may change
        within a step, and steps begin on the hour."""
        found, at = 0, from_at
        while at < to_at:
            into_s = int(at.timestamp()) % step_s
            next_at = min(at + timedelta(seconds=step_s - into_s), to_at)
            if self.works(at):
                found += int((next_at - at).total_seconds())
            at = next_at
        return found

    def due(self, from_at: datetime, seconds: int, limit_at: datetime, step_s: int = 1) -> datetime:
        """The first instant at which so much has passed; `limit_at` when that is not before."""
        at, left = from_at, seconds
        while left > 0 and at < limit_at:
            into_s = int(at.timestamp()) % step_s
            next_at = at + timedelta(seconds=step_s - into_s)
            if self.works(at):
                length = int((next_at - at).total_seconds())
                if length >= left:
                    return min(at + timedelta(seconds=left), limit_at)
                left -= length
            at = next_at
        return min(at, limit_at)

    def _spans(self, day: date) -> list[tuple[str, str]]:
        if day in self.single:
            texts = self.single[day]
        else:
            texts = () if day in self.off else self.week.get(DAYS[day.weekday()], ())
        return [(_clock(start), _clock(end)) for start, end in (t.split("-") for t in texts)]


def _clock(text: str) -> str:
    return text if text.count(":") == 2 else f"{text}:00"
