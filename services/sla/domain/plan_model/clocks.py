"""All clocks of a ticket as a function of what happened, the policy, the calendar and the time.
Called by `services.sla.planning`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from services.sla.domain.calendar.working_time import Calendar
from services.sla.domain.clock_rules import Term
from services.sla.domain.ledger import What
from services.sla.domain.plan_model.running import paused, reach
from services.sla.domain.plan_model.ticket import Ticket
from services.sla.domain.policy import SlaRules
from services.sla.domain.timeline import Generation, Timeline, read

State = Literal["pending", "paused", "met", "breached", "cancelled"]
Due = tuple[str, datetime | None]
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PlannedClock:
    """One clock of one generation, as it stands.

    `due_at` is None while it pauses without an end. `breached_at` is `due_at`; `met_at` then says
    that it was done after all. `used`, `paused` and `overdue` are working time of its calendar:
    what ran, what pauses took, and what ran beyond the target. `warnings` are the instants at
    which so much has run, known as `due_at` is; one after the clock has ended is not spoken.
    """

    clock: str
    generation: int
    state: State
    anchor_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    breached_at: datetime | None
    used: timedelta
    paused: timedelta
    overdue: timedelta
    warnings: tuple[Due, ...]

    def as_json(self) -> dict[str, Any]:
        """The form of the contract: times in UTC, whole seconds."""
        return {
            "clock": self.clock,
            "generation": self.generation,
            "state": self.state,
            "anchor_at": shown(self.anchor_at),
            "due_at": shown(self.due_at),
            "met_at": shown(self.met_at),
            "breached_at": shown(self.breached_at),
            "used_s": self.used // SECOND,
            "paused_s": self.paused // SECOND,
            "overdue_s": self.overdue // SECOND,
            "warnings": [{"threshold": name, "at": shown(at)} for name, at in self.warnings],
        }


@dataclass(frozen=True, slots=True)
class Run:
    """From where a clock runs to where it ends: what every clock needs, level or dated."""

    anchor_at: datetime
    met_at: datetime | None
    closed_at: datetime | None
    now: datetime

    @property
    def stop_at(self) -> datetime | None:
        """When it was done or ended; None while it runs."""
        return self.met_at or self.closed_at

    def state(self, due_at: datetime | None) -> State:
        """What became of it, or becomes. Done exactly at the deadline is in time."""
        if due_at is not None and due_at < (self.stop_at or self.now):
            return "breached"
        if self.met_at is not None:
            return "met"
        if self.closed_at is not None:
            return "cancelled"
        return "paused" if due_at is None else "pending"


def level_clocks(ticket: Ticket, policy: SlaRules, calendar: Calendar) -> list[PlannedClock]:
    """The clocks of each generation, in the order of the policy."""
    told = told_of(ticket, policy)
    return [
        _clock(term, generation, told, calendar, ticket.now)
        for generation in told.generations
        for term in policy.terms(generation.problem_class, generation.level)
        if term.restarts or not generation.reopened
    ]


def told_of(ticket: Ticket, policy: SlaRules) -> Timeline:
    """The story of a ticket: it always has one, for it was opened."""
    told = read(ticket.ledger(), policy.urgency)
    if told is None:
        raise AssertionError("a ledger that opens with a triage has a story")
    return told


def _clock(
    term: Term, generation: Generation, told: Timeline, calendar: Calendar, now: datetime
) -> PlannedClock:
    anchor_at = generation.anchor_at
    pauses = generation.life.pauses(term.pauses_for) if term.pauses_for else ()
    met_at = _met_at(term, generation, told.deeds)
    run = Run(anchor_at, met_at, generation.closed_at, now)
    due_at = reach(calendar, anchor_at, term.target, pauses, run.stop_at)
    state = run.state(due_at)
    until_at = run.stop_at or now
    lost = paused(calendar, anchor_at, until_at, pauses)
    used = calendar.passed(anchor_at, until_at) - lost
    warnings = [
        (each.name, reach(calendar, anchor_at, term.target - each.left, pauses, run.stop_at))
        for each in term.thresholds
    ]
    return PlannedClock(
        clock=term.clock,
        generation=generation.number,
        state=state,
        anchor_at=anchor_at,
        due_at=due_at,
        met_at=met_at,
        breached_at=due_at if state == "breached" else None,
        used=used,
        paused=lost,
        overdue=max(used - term.target, timedelta()) if state == "breached" else timedelta(),
        warnings=tuple(warnings),
    )


def _met_at(
    term: Term, generation: Generation, deeds: Sequence[tuple[datetime, What]]
) -> datetime | None:
    """The first deed that meets the clock, from its anchor to the end of its generation."""
    for at, what in deeds[: generation.deeds_until]:
        if what in term.met_by and at >= generation.anchor_at:
            return at
    return None


def shown(at: datetime | None) -> str | None:
    """2026-03-02T01:00:00Z, with a fraction only where there is one."""
    return None if at is None else at.isoformat().removesuffix("+00:00") + "Z"
