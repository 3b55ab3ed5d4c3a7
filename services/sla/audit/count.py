"""One clock counted up from its anchor, stretch by stretch: nothing changes within one. Called by
`knowledge`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.sla.audit.calendar import WalkedCalendar
from services.sla.audit.story import Generation
from services.sla.audit.terms import Term

NOTHING = timedelta()
SECOND = timedelta(seconds=1)
Stretch = tuple[datetime, datetime | None, bool]
"""From, until (None: for good), and whether the clock paused."""


@dataclass(slots=True)
class Count:
    """What became of one clock by what is known; `calendar` None is every second. `stretches` may
    begin before its anchor. One with a `date` is due then, whatever runs; its name is part of what
    is told of it."""

    term: Term
    generation: Generation
    stretches: list[Stretch]
    met_at: datetime | None = None
    calendar: WalkedCalendar | None = None
    due_at: datetime | None = None
    date: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """Names it within its ticket."""
        return self.term.clock, self.generation.number

    @property
    def stopped_at(self) -> datetime | None:
        """When it was met or ended."""
        return self.met_at or self.generation.closed_at

    def state(self, now: datetime) -> str:
        """How it stands. Done exactly at the deadline is in time."""
        if self.due_at is not None and self.due_at < (self.stopped_at or now):
            return "breached"
        if self.met_at is not None:
            return "met"
        if self.generation.closed_at is not None:
            return "cancelled"
        return "paused" if self.due_at is None else "pending"

    def used_s(self, now: datetime) -> int | None:
        """Whole seconds that ran, of one that stopped or pauses."""
        if self.stopped_at is None and self.state(now) != "paused":
            return None
        return self._ran(self.stopped_at or now) // SECOND

    def warnings(self) -> Iterator[tuple[str, datetime | None]]:
        """When each speaks, in order; None where nobody knows."""
        for name, left in self.term.warnings:
            yield name + self.date, self.moment(self.term.target - left)

    def moment(self, amount: timedelta) -> datetime | None:
        """The first instant at which so much has run; None when nobody knows. One that was stopped
        is thought to have run on, unless it paused then."""
        left, stopped_at, anchor_at = amount, self.stopped_at, self.generation.anchor_at
        for from_at, to_at, paused in self.stretches:
            if stopped_at is not None and from_at >= stopped_at:
                break
            if to_at is not None and to_at <= anchor_at:
                continue
            if paused:
                if to_at is None or (stopped_at is not None and to_at > stopped_at):
                    return None
                continue
            end_at = _earlier(to_at, stopped_at)
            began_at = max(from_at, anchor_at)
            if end_at is None:
                return self._reached(began_at, left)
            ran = self._worked(began_at, end_at)
            if ran >= left:
                return self._reached(began_at, left)
            left -= ran
        return None if stopped_at is None else self._reached(stopped_at, left)

    def _ran(self, until_at: datetime) -> timedelta:
        total = NOTHING
        for from_at, to_at, paused in self.stretches:
            began_at = max(from_at, self.generation.anchor_at)
            end_at = until_at if to_at is None else min(to_at, until_at)
            if not paused and began_at < end_at:
                total += self._worked(began_at, end_at)
        return total

    def _worked(self, from_at: datetime, to_at: datetime) -> timedelta:
        return to_at - from_at if self.calendar is None else self.calendar.worked(from_at, to_at)

    def _reached(self, from_at: datetime, amount: timedelta) -> datetime:
        return from_at + amount if self.calendar is None else self.calendar.reached(from_at, amount)


def counted(term: Term, generation: Generation, calendar: WalkedCalendar | None) -> Count:
    """Count a clock. Raises LookupError when its calendar has too little working time."""
    stretches = list(_stretches(term, generation))
    found = Count(term, generation, stretches, _met_at(term, generation), calendar)
    found.due_at = found.moment(term.target)
    return found


def _met_at(term: Term, generation: Generation) -> datetime | None:
    done = generation.life.deeds if generation.closed_at is None else generation.deeds
    for at, what in done:
        if what in term.met_by and at >= generation.anchor_at:
            return at
    return None


def _stretches(term: Term, generation: Generation) -> Iterator[Stretch]:
    """Running and pausing in turn, from the beginning of the life on: a wait may have begun before
    the anchor. Neighbours that are alike are one."""
    found = [(generation.life.began_at, False)]
    for at, paused in _changes(term, generation):
        if found[-1][0] == at:
            found.pop()
        if not found or found[-1][1] != paused:
            found.append((at, paused))
    ends = [at for at, _ in found[1:]]
    for (from_at, paused), to_at in zip(found, [*ends, None], strict=True):
        yield from_at, to_at, paused


def _changes(term: Term, generation: Generation) -> Iterator[tuple[datetime, bool]]:
    """The moments at which the clock may have begun to pause, or to run."""
    waits = generation.life.waits
    for number, (at, waiting) in enumerate(waits):
        since = [since_at for cause, since_at in waiting.items() if cause in term.pauses_for]
        if term.longest_pause is None or not since:
            yield at, bool(since)
            continue
        over_at = max(since) + term.longest_pause
        yield at, at < over_at
        next_at = waits[number + 1][0] if number + 1 < len(waits) else None
        if at < over_at and (next_at is None or over_at < next_at):
            yield over_at, False


def _earlier(one_at: datetime | None, other_at: datetime | None) -> datetime | None:
    known = [at for at in (one_at, other_at) if at is not None]
    return min(known) if known else None
