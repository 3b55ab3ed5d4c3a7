"""Clocks whose deadline is a date that somebody set: the platform's own, and promises made to the
customer. They run by the wall, never pause, and outlive a re-triage. Called by `plan`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal, NamedTuple

from services.sla.domain.clock import Clock, State
from services.sla.domain.clock_rules import Term, Threshold, WarningRule
from services.sla.domain.ledger import DATES, Entry, in_order
from services.sla.domain.policy import SlaRules
from services.sla.domain.timeline import Generation, Timeline

Name = Literal["platform", "promise"]
_SECOND = timedelta(seconds=1)


class Life(NamedTuple):
    """From the opening, or a reopening, to the end, if that has come. `last` is its newest
    generation: a re-triage closes one and opens the next."""

    from_at: datetime
    last: Generation

    @property
    def to_at(self) -> datetime | None:
        """Only an end leaves the last generation closed."""
        return self.last.closed_at

    def has(self, at: datetime) -> bool:
        """Whether an instant belongs to it; both its ends do."""
        return self.from_at <= at and (self.to_at is None or at <= self.to_at)


def dated_clocks(
    told: Timeline, ledger: Sequence[Entry], policy: SlaRules, now: datetime
) -> list[Clock]:
    """Platform clocks, one a life, then promises. Both are numbered as they were told of: what
    comes late renumbers nothing."""
    if DATES.isdisjoint([entry.what for entry in ledger]):
        return []
    entries, lives = in_order(ledger), lives_of(told)
    clocks = list(_platform(entries, lives, policy, now))
    return clocks + list(_promises(entries, lives, policy, now))


def lives_of(told: Timeline) -> list[Life]:
    """Those of a ticket, in order."""
    groups = groupby(told.generations, key=lambda generation: id(generation.life))
    return [Life(group[0].anchor_at, group[-1]) for group in (list(each) for _, each in groups)]


def deadlines_of(entries: Sequence[Entry], lives: Sequence[Life], life: Life) -> list[Entry]:
    """What the platform set during a life, in order."""
    opened_at = lives[0].from_at
    return [
        entry
        for entry in entries
        if entry.what == "platform_deadline" and life.has(max(entry.at, opened_at))
    ]


def _platform(
    entries: Sequence[Entry], lives: Sequence[Life], policy: SlaRules, now: datetime
) -> Iterator[Clock]:
    """The deadline told last is the one that holds, earlier or later than the one before. The end
    meets it, unless the ticket went on in another one."""
    each_life = [(life, deadlines_of(entries, lives, life)) for life in lives]
    found = [(life, told) for life, told in each_life if told]
    found.sort(key=lambda pair: min(map(_telling, pair[1])))
    for number, (life, told) in enumerate(found, start=1):
        due_at = told[-1].due_at
        if due_at is not None:
            anchor_at = max(told[0].at, lives[0].from_at)
            met_at = None if life.last.ending == "merged" else life.to_at
            yield _clock("platform", number, life, _Dates(anchor_at, due_at, met_at), policy, now)


def _promises(
    entries: Sequence[Entry], lives: Sequence[Life], policy: SlaRules, now: datetime
) -> Iterator[Clock]:
    """Kept by the next thing that a person does for the customer: an answer, a call, an offer, a
    resolution. The answer that made the promise does not keep it."""
    opened_at, begun = lives[0].from_at, [life.from_at for life in lives]
    kept = [max(entry.at, opened_at) for entry in entries if _keeps(entry)]
    number = 0
    for made in sorted((e for e in entries if e.what == "promise_made"), key=_telling):
        at = max(made.at, opened_at)
        life = lives[bisect_right(begun, at) - 1]
        if made.due_at is None or not life.has(at):
            continue
        number += 1
        after = bisect_right(kept, at)
        met_at = kept[after] if after < len(kept) and life.has(kept[after]) else None
        yield _clock("promise", number, life, _Dates(at, made.due_at, met_at), policy, now)


def _telling(entry: Entry) -> tuple[datetime, str]:
    """Sort key: the order in which they were told of."""
    return entry.told_at, entry.source


def _keeps(entry: Entry) -> bool:
    """Calls and resolutions are people's; an answer or offer may be a machine's."""
    if entry.what == "agent_replied":
        return entry.human is True
    if entry.what == "solution_offered":
        return entry.human is not False
    return entry.what in ("call_made", "resolved")


class _Dates(NamedTuple):
    anchor_at: datetime
    due_at: datetime
    met_at: datetime | None


def _clock(
    name: Name, number: int, life: Life, dates: _Dates, policy: SlaRules, now: datetime
) -> Clock:
    anchor_at, due_at, met_at = dates
    stopped_at = met_at or life.to_at
    state: State
    if due_at < (stopped_at or now):
        state = "breached"
    elif met_at is not None:
        state = "met"
    else:
        state = "pending" if stopped_at is None else "cancelled"
    cancelled = state == "cancelled"
    return Clock(
        term=_term(name, due_at - anchor_at, policy),
        generation=number,
        level=life.last.level,
        problem_class=life.last.problem_class,
        state=state,
        anchor_at=anchor_at,
        due_at=due_at,
        met_at=met_at,
        breached_at=due_at if state == "breached" else None,
        cancelled_at=stopped_at if cancelled else None,
        ending=life.last.ending if cancelled else None,
        used_s=None if stopped_at is None else (stopped_at - anchor_at) // _SECOND,
        stopped_at=stopped_at,
    )


def _term(name: Name, target: timedelta, policy: SlaRules) -> Term:
    """As if the policy had asked for just that; whole seconds are rounded up, and one at least."""
    return Term(
        clock=name,
        target_s=max(-(-target // _SECOND), 1),
        target=target,
        met_by=frozenset(),
        pauses_for=frozenset(),
        restarts=True,
        thresholds=tuple(_thresholds(policy.warnings, target)),
        dated=True,
    )


def _thresholds(rules: Sequence[WarningRule], target: timedelta) -> Iterator[Threshold]:
    """Those that lie between the setting of the date and the date, the earliest first."""
    found = []
    for rule in rules:
        left = timedelta(seconds=rule.before_s or 0)
        if rule.percent is not None:
            left = target * (100 - rule.percent) / 100
        if left < target:
            found.append(Threshold(rule.name, left))
    yield from sorted(found, key=lambda each: (-each.left, each.name))
