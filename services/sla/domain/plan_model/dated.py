"""Clocks whose deadline is a date that somebody set: the platform's own, and promises made to the
customer. They run by the wall, never pause, and outlive a re-triage. Called by `planning`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from services.sla.domain.clock_rules import WarningRule
from services.sla.domain.plan_model.clocks import PlannedClock, Run, told_of
from services.sla.domain.plan_model.ticket import Happening, Ticket
from services.sla.domain.policy import SlaRules
from services.sla.domain.timeline import Timeline


@dataclass(frozen=True, slots=True)
class _Life:
    """From the opening, or a reopening, to the resolution, if that has come."""

    from_at: datetime
    to_at: datetime | None

    def has(self, at: datetime) -> bool:
        return self.from_at <= at and (self.to_at is None or at <= self.to_at)


def dated_clocks(ticket: Ticket, policy: SlaRules) -> list[PlannedClock]:
    """Platform clocks, one a life, then promises in the order in which they were made."""
    happened = sorted((each for _, each in ticket.happened()), key=lambda each: each.at)
    lives = list(_lives(told_of(ticket, policy)))
    clocks = list(_platform(ticket, lives, happened, policy))
    return clocks + list(_promises(ticket, lives, happened, policy))


def _platform(
    ticket: Ticket, lives: Sequence[_Life], happened: Sequence[Happening], policy: SlaRules
) -> Iterator[PlannedClock]:
    """The deadline told last is the one that holds, earlier or later than the one before."""
    number = 0
    for life in lives:
        told = [
            each
            for each in happened
            if each.type == "platform_deadline" and life.has(max(each.at, ticket.opened_at))
        ]
        if told:
            number += 1
            run = Run(max(told[0].at, ticket.opened_at), life.to_at, None, ticket.now)
            yield _dated("platform", number, run, told[-1].due_at, policy)


def _promises(
    ticket: Ticket, lives: Sequence[_Life], happened: Sequence[Happening], policy: SlaRules
) -> Iterator[PlannedClock]:
    """Kept by the next thing that a person does for the customer: an answer, a call, an offer, a
    resolution. The answer that made the promise does not keep it."""
    made = [each for each in happened if each.type == "promise_made"]
    number = 0
    for each in made:
        at = max(each.at, ticket.opened_at)
        life = next((life for life in reversed(lives) if life.has(at)), None)
        if life is None:
            continue
        number += 1
        kept = [later.at for later in happened if later.at > at and _keeps(later)]
        kept_at = next((found for found in kept if life.has(found)), None)
        yield _dated("promise", number, Run(at, kept_at, None, ticket.now), each.due_at, policy)


def _keeps(each: Happening) -> bool:
    if each.type == "agent_replied":
        return each.human is True
    if each.type == "call_made":
        return each.call_id is not None
    return each.type in ("solution_offered", "resolved")


def _lives(told: Timeline) -> Iterator[_Life]:
    for _, group in groupby(told.generations, key=lambda generation: id(generation.life)):
        generations = list(group)
        # A re-triage closes a generation and opens the next: only an end leaves a last one closed.
        yield _Life(generations[0].anchor_at, generations[-1].closed_at)


def _dated(
    clock: str, number: int, run: Run, due_at: datetime | None, policy: SlaRules
) -> PlannedClock:
    state = run.state(due_at)
    until_at = run.stop_at or run.now
    target = (due_at or until_at) - run.anchor_at
    late = until_at - (due_at or until_at)
    return PlannedClock(
        clock=clock,
        generation=number,
        state=state,
        anchor_at=run.anchor_at,
        due_at=due_at,
        met_at=run.met_at,
        breached_at=due_at if state == "breached" else None,
        used=until_at - run.anchor_at,
        paused=timedelta(),
        overdue=late if state == "breached" else timedelta(),
        warnings=tuple(_warnings(policy.warnings, run.anchor_at, target)),
    )


def _warnings(
    rules: Sequence[WarningRule], anchor_at: datetime, target: timedelta
) -> Iterator[tuple[str, datetime]]:
    """Those that lie between the telling and the deadline, the earliest first."""
    found = []
    for rule in rules:
        left = timedelta(seconds=rule.before_s or 0)
        if rule.percent is not None:
            left = target * (100 - rule.percent) / 100
        if left < target:
            found.append((anchor_at + target - left, rule.name))
    yield from ((name, at) for at, name in sorted(found))
