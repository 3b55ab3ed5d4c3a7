"""One clock of a ticket, as it stands: made by `plan` and `dated`, read by whoever tells, stores or
shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Protocol

from schemas.values import Level, ProblemClass
from services.sla.domain.clock_rules import Term, Threshold
from services.sla.domain.running_time import NOTHING, Pause, lost, passed, reach, used
from services.sla.domain.timeline import Ending

State = Literal["pending", "paused", "met", "cancelled", "breached"]
_SECOND = timedelta(seconds=1)
_INSTANT = timedelta(microseconds=1)
"""The finest step of our times: what is due at t is too late one step after t."""


class Stretch(Protocol):
    """From when a clock counts to the end of its time, and whose it is."""

    number: int
    level: Level
    problem_class: ProblemClass
    anchor_at: datetime
    closed_at: datetime | None
    ending: Ending | None


class Clock(NamedTuple):
    """One clock of one generation.

    `due_at` is None while it pauses without an end. A breached one has `breached_at` = `due_at`
    and, when the deed was done after all, `met_at`. `stopped_at` is when it was met or ended;
    `used_s` is set from then on, and while it pauses. `pauses` are all waits that stop it.
    """

    term: Term
    generation: int
    level: Level
    problem_class: ProblemClass
    state: State
    anchor_at: datetime
    due_at: datetime | None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    cancelled_at: datetime | None = None
    ending: Ending | None = None
    used_s: int | None = None
    stopped_at: datetime | None = None
    pauses: Sequence[Pause] = ()

    @property
    def key(self) -> tuple[str, int]:
        """Names it within its ticket."""
        return self.term.clock, self.generation

    def deadline(self, now: datetime) -> datetime:
        """`due_at`; while it pauses, what it would be if it ran on from now."""
        if self.due_at is not None:
            return self.due_at
        stopped_at = self.stopped_at or now
        left = max(self.left(stopped_at), NOTHING)
        calendar = self.term.calendar
        return stopped_at + left if calendar is None else calendar.reach(stopped_at, left)

    def used(self, now: datetime) -> timedelta:
        """Running time from the anchor to where it stopped, or now."""
        return used(self.term.calendar, self.anchor_at, self.stopped_at or now, self.pauses)

    def lost(self, now: datetime) -> timedelta:
        """Working time that pauses took of the same stretch."""
        return lost(self.term.calendar, self.anchor_at, self.stopped_at or now, self.pauses)

    def left(self, now: datetime) -> timedelta:
        """Running time left at `now`; negative when it has run out."""
        term = self.term
        if self.due_at is not None and self._is_plain(now):
            return self.due_at - now
        return term.target - used(term.calendar, self.anchor_at, now, self.pauses)

    def overdue(self, now: datetime) -> timedelta:
        """Working time between its deadline and `now`; nothing unless it is breached."""
        breached_at = self.breached_at
        return NOTHING if breached_at is None else passed(self.term.calendar, breached_at, now)

    def warns_at(self, threshold: Threshold) -> datetime | None:
        """The instant at which so much has run that the threshold speaks; known as `due_at` is."""
        term, amount = self.term, self.term.target - threshold.left
        return reach(term.calendar, self.anchor_at, amount, self.pauses, self.stopped_at)

    def is_provisional(self, now: datetime) -> bool:
        """Whether it rests on holidays that are expected, not known."""
        calendar = self.term.calendar
        until_at = self.deadline(now)
        return calendar is not None and calendar.is_provisional(self.anchor_at, until_at)

    def next_at(self, now: datetime) -> datetime | None:
        """When it has something to say next, if nothing happens before."""
        if self.state != "pending" or self.due_at is None:
            return None
        plain = self._is_plain(now)
        for threshold in self.term.thresholds:
            warning_at = self.due_at - threshold.left if plain else self.warns_at(threshold)
            if warning_at is not None and warning_at > now:
                return warning_at
        return self.due_at + _INSTANT

    def _is_plain(self, now: datetime) -> bool:
        """From now on it runs by the wall: what is left is a subtraction."""
        if self.term.calendar is not None:
            return False
        last_end_at = self.pauses[-1][1] if self.pauses else now
        return last_end_at is not None and last_end_at <= now


def counted(
    term: Term,
    stretch: Stretch,
    met_at: datetime | None,
    now: datetime,
    pauses: Sequence[Pause] = (),
) -> Clock:
    """The clock of a stretch as it stands at `now`. Raises OutOfCalendarError."""
    anchor_at, closed_at = stretch.anchor_at, stretch.closed_at
    stop_at = met_at or closed_at
    due_at = reach(term.calendar, anchor_at, term.target, pauses, stop_at)
    breached_at = due_at if due_at is not None and due_at < (stop_at or now) else None
    state: State
    if breached_at is not None:
        state = "breached"
    elif met_at is not None:
        state = "met"
    elif closed_at is not None:
        state = "cancelled"
    else:
        state = "paused" if due_at is None else "pending"
    used_to = now if state == "paused" else stop_at
    ran = None if used_to is None else used(term.calendar, anchor_at, used_to, pauses)
    cancelled = state == "cancelled"
    return Clock(
        term=term,
        generation=stretch.number,
        level=stretch.level,
        problem_class=stretch.problem_class,
        state=state,
        anchor_at=anchor_at,
        due_at=due_at,
        met_at=met_at,
        breached_at=breached_at,
        cancelled_at=closed_at if cancelled else None,
        ending=stretch.ending if cancelled else None,
        used_s=None if ran is None else ran // _SECOND,
        stopped_at=stop_at,
        pauses=pauses,
    )
