"""The clocks of a ticket as a function of its ledger, its policy and the time. Nothing about a
clock is ever counted up or down: `rules` calls this anew after every entry and every timer, and
`plan_model` for tickets that somebody tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from services.sla.domain.calendar.working_time import Calendar
from services.sla.domain.clock import Clock, counted
from services.sla.domain.clock_rules import Term
from services.sla.domain.conversation.reading import stretches_of
from services.sla.domain.dated import dated_clocks
from services.sla.domain.ledger import Entry, What
from services.sla.domain.policy import SlaRules
from services.sla.domain.timeline import Generation, read


def plan(
    ledger: Iterable[Entry],
    policy: SlaRules,
    now: datetime,
    *,
    count_by: Calendar | None = None,
    conversation: bool = True,
) -> tuple[Clock, ...]:
    """All clocks that a ticket ever had: those of its levels, generation by generation, in the
    policy's order; those of the conversation, unless they are not wanted; those with a date.

    The same for any order of the same entries; none before the first triage. Each counts by its
    own calendar, or all but the dated by `count_by`. Raises OutOfCalendarError.
    """
    told = read(ledger, policy.urgency)
    if told is None:
        return ()
    entries = told.entries
    found = [
        _clock(_by(term, count_by), generation, told.deeds, now)
        for generation in told.generations
        for term in policy.terms(
            generation.problem_class, generation.level, unsure=generation.unsure
        )
        if term.restarts or not generation.reopened
    ]
    if conversation and policy.conversation:
        for number, stretches in stretches_of(entries, policy.talk).items():
            term = _by(policy.conversation_terms[number], count_by)
            found += [counted(term, each, each.met_at, now) for each in stretches]
    return (*found, *dated_clocks(told, entries, policy, now))


def next_at(clocks: Sequence[Clock], now: datetime) -> datetime | None:
    """The earliest moment at which one of the clocks has something to say."""
    return min((at for clock in clocks if (at := clock.next_at(now)) is not None), default=None)


def _by(term: Term, calendar: Calendar | None) -> Term:
    return term if calendar is None else replace(term, calendar=calendar)


def _clock(
    term: Term, generation: Generation, deeds: Sequence[tuple[datetime, What]], now: datetime
) -> Clock:
    waits_for, longest = term.pauses_for, term.longest_pause
    pauses = generation.life.pauses(waits_for, longest) if waits_for else ()
    met_at = _met_at(term, generation, deeds)
    return counted(term, generation, met_at, now, pauses)


def _met_at(
    term: Term, generation: Generation, deeds: Sequence[tuple[datetime, What]]
) -> datetime | None:
    """The first deed that meets the clock, from its anchor to the end of its generation. What ended
    an earlier life, be it at the same instant, is none of this one's."""
    for at, what in deeds[generation.life.deeds_from : generation.deeds_until]:
        if what in term.met_by and at >= generation.anchor_at:
            return at
    return None
