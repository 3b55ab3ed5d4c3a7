"""The clocks of a ticket as a function of its ledger, its policy and the time. Nothing about a
clock is ever counted up or down: `rules` calls this anew after every entry and every timer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from schemas.values import Level, ProblemClass
from services.sla.domain.clock_rules import Term
from services.sla.domain.ledger import Entry, What
from services.sla.domain.policy import SlaRules
from services.sla.domain.running_time import reach, used
from services.sla.domain.timeline import Ending, Generation, read

State = Literal["pending", "paused", "met", "cancelled", "breached"]
_SECOND = timedelta(seconds=1)
_INSTANT = timedelta(microseconds=1)
"""The finest step of our times: what is due at t is too late one step after t."""


class Clock(NamedTuple):
    """One clock of one generation.

    `due_at` is None while it pauses without an end. A breached one has `breached_at` = `due_at`
    and, when the deed was done after all, `met_at`. `used_s` is set once it has stopped.
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

    @property
    def key(self) -> tuple[str, int]:
        """Names it within its ticket."""
        return self.term.clock, self.generation

    def deadline(self, now: datetime) -> datetime:
        """`due_at`; while it pauses, what it would be if it ran on from now."""
        if self.due_at is not None:
            return self.due_at
        stopped_at = self.met_at or self.cancelled_at or now
        return stopped_at + self.term.target - timedelta(seconds=self.used_s or 0)

    def next_at(self, now: datetime) -> datetime | None:
        """When it has something to say next, if nothing happens before."""
        if self.state != "pending" or self.due_at is None:
            return None
        for threshold in self.term.thresholds:
            warning_at = self.due_at - threshold.left
            if warning_at > now:
                return warning_at
        return self.due_at + _INSTANT


def plan(ledger: Iterable[Entry], policy: SlaRules, now: datetime) -> tuple[Clock, ...]:
    """All clocks that a ticket ever had, generation by generation, in the policy's order.

    The same for any order of the same entries; none before the first triage.
    """
    told = read(ledger, policy.urgency)
    if told is None:
        return ()
    return tuple(
        _clock(term, generation, told.deeds, now)
        for generation in told.generations
        for term in policy.terms(
            generation.problem_class, generation.level, unsure=generation.unsure
        )
        if term.restarts or not generation.reopened
    )


def next_at(clocks: Sequence[Clock], now: datetime) -> datetime | None:
    """The earliest moment at which one of the clocks has something to say."""
    return min((at for clock in clocks if (at := clock.next_at(now)) is not None), default=None)


def _clock(
    term: Term, generation: Generation, deeds: Sequence[tuple[datetime, What]], now: datetime
) -> Clock:
    anchor_at = generation.anchor_at
    pauses = generation.life.pauses(term.pauses_for) if term.pauses_for else ()
    met_at = _met_at(term, generation, deeds)
    closed_at = generation.closed_at
    stop_at = met_at or closed_at
    due_at = reach(anchor_at, term.target, pauses, stop_at)
    breached_at = due_at if due_at is not None and due_at < (stop_at or now) else None
    state = _state(due_at, met_at, breached_at, closed_at)
    stopped_at = now if state == "paused" else stop_at
    cancelled = state == "cancelled"
    return Clock(
        term=term,
        generation=generation.number,
        level=generation.level,
        problem_class=generation.problem_class,
        state=state,
        anchor_at=anchor_at,
        due_at=due_at,
        met_at=met_at,
        breached_at=breached_at,
        cancelled_at=closed_at if cancelled else None,
        ending=generation.ending if cancelled else None,
        used_s=used(anchor_at, stopped_at, pauses) // _SECOND if stopped_at is not None else None,
    )


def _state(
    due_at: datetime | None,
    met_at: datetime | None,
    breached_at: datetime | None,
    closed_at: datetime | None,
) -> State:
    if breached_at is not None:
        return "breached"
    if met_at is not None:
        return "met"
    if closed_at is not None:
        return "cancelled"
    return "paused" if due_at is None else "pending"


def _met_at(
    term: Term, generation: Generation, deeds: Sequence[tuple[datetime, What]]
) -> datetime | None:
    """The first deed that meets the clock, from its anchor to the end of its generation."""
    for at, what in deeds[: generation.deeds_until]:
        if what in term.met_by and at >= generation.anchor_at:
            return at
    return None
