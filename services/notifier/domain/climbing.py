"""What the rules of `ladders` do to a ticket: begin, climb and end its ladders, and say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.envelope import Envelope, Payload
from schemas.notifications import EscalationEnd, EscalationEnded, EscalationRaised
from schemas.rules import Decision
from schemas.sla import ClockEvent, ClockMet, SLABreached
from services.notifier.domain.escalation import (
    OF_THE_LEVEL,
    SORTING,
    Cause,
    Climb,
    Ladder,
    climb,
    end,
    ladder_id,
    occasion_of,
)
from services.notifier.domain.notice import URGENT, USUAL, Notice, Origin, to_person
from services.notifier.domain.policy import ESCALATION, NotifierRules
from services.notifier.domain.saying import about
from services.notifier.domain.ticket import TicketCase, TicketFacts

TIMER = "escalate/"
Change = tuple[TicketCase, tuple[Payload, ...], Mapping[str, datetime | None]]


def begun(
    case: TicketCase,
    done: Decision[TicketCase],
    event: Envelope[Any],
    policy: NotifierRules,
    now: datetime,
    *,
    since_at: datetime,
    due_at: datetime,
) -> Decision[TicketCase]:
    """The ladder's first step, unless there is a ladder already, or no need for one any more."""
    case, data = done.case or case, event.data
    cause: Cause = "breached" if isinstance(data, SLABreached) else "warned"
    facts = case.facts
    answered = facts.answered_at is not None and facts.answered_at >= since_at
    if (
        had_one(case, data, due_at, cause)
        or not case.is_open
        or answered
        or outdated(facts, data, since_at)
    ):
        return done
    number = ladder_of(case, data, due_at, cause)
    ladder = _new(number, data, cause, due_at, since_at, now)
    case = replace(case, facts=facts.model_copy(update={"ladders": facts.ladders + 1}))
    return after(done, climbed(with_ladder(case, ladder), ladder, event, policy, now))


def ladder_of(case: TicketCase, data: ClockEvent, due_at: datetime, cause: Cause) -> UUID:
    """Id of the ladder for a clock of the ticket."""
    occasion = occasion_of(data.clock, data.generation, due_at, cause)
    return ladder_id(case.shop_id, case.ticket_id, occasion)


def had_one(case: TicketCase, data: ClockEvent, due_at: datetime, cause: Cause) -> bool:
    """There is or was a ladder that stands for this occasion. That of a warning stands for the
    breach too, unless an answer ended it: who was answered then is waiting again."""
    if ladder_of(case, data, due_at, "breached") in case.ladders:
        return True
    warned = case.ladders.get(ladder_of(case, data, due_at, "warned"))
    return warned is not None and (cause == "warned" or warned.state != "answered")


def never_begun(case: TicketCase, data: ClockMet) -> TicketCase:
    """The ticket with a ladder that has ended before anybody was told, so that none begins."""
    due_at = data.due_at or data.met_at
    number = ladder_of(case, data, due_at, "breached")
    ladder = _new(number, data, "breached", due_at, due_at, due_at)
    facts = case.facts.model_copy(update={"ladders": case.facts.ladders + 1})
    return with_ladder(replace(case, facts=facts), end(ladder, "met", data.met_at))


def _new(
    number: UUID,
    data: ClockEvent,
    cause: Cause,
    due_at: datetime,
    since_at: datetime,
    raised_at: datetime,
) -> Ladder:
    return Ladder(
        id=number,
        clock=data.clock,
        generation=data.generation,
        level=data.level,
        problem_class=data.problem_class,
        cause=cause,
        due_at=due_at,
        since_at=since_at,
        raised_at=raised_at,
    )


def outdated(facts: TicketFacts, clock: ClockEvent | Ladder, since_at: datetime) -> bool:
    """The ticket was classified otherwise since then: the clock is over, told or not. It was
    cancelled, or had run out already, of which nothing more is told."""
    if facts.triaged_at is None or facts.triaged_at < since_at:
        return False
    if clock.clock == SORTING and facts.route != SORTING:
        return True
    other = (facts.level, facts.problem_class) != (clock.level, clock.problem_class)
    return other and (clock.clock == SORTING or clock.clock in OF_THE_LEVEL)


def climbed(
    case: TicketCase, ladder: Ladder, event: Envelope[Any], policy: NotifierRules, now: datetime
) -> Change:
    """The ladder looked at now: who is told, if anybody, and when it is looked at again."""
    found = climb(ladder, policy.escalation, case.facts.agent, now)
    timers = {timer_of(ladder): found.again_at}
    ladder, step = found.ladder, found.step
    if step is None:
        return case, (), timers
    told = EscalationRaised(
        **named(case, ladder, policy),
        role=step.role,
        people=found.people,
        cause=ladder.cause,
        due_at=ladder.due_at,
        raised_at=now,
    )
    planned = _said(case, ladder, found, event, policy)
    case = replace(with_ladder(case, ladder), planned=(*case.planned, *planned))
    return case, (told,), timers


def _said(
    case: TicketCase, ladder: Ladder, found: Climb, event: Envelope[Any], policy: NotifierRules
) -> list[Notice]:
    """A notice to each person of the step."""
    assert found.step is not None
    params = {
        **about(case, policy),
        "clock": ladder.clock,
        "level": ladder.level,
        "cause": ladder.cause,
        "role": found.step.role,
        "due_at": ladder.due_at.isoformat(),
        "escalation": str(ladder.id),
    }
    return [
        Notice(
            origin=Origin.of(event, case.traces),
            about=case.ticket_id,
            rule=f"{ESCALATION}:{ladder.occasion}",
            way=to_person(policy, name),
            template=ESCALATION,
            priority=URGENT if ladder.level == "L1" else USUAL,
            params=params,
            policy_version=policy.version,
            planned_at=ladder.stepped_at or ladder.raised_at,
        )
        for name in found.people
    ]


def ended(
    case: TicketCase,
    over: Iterable[Ladder],
    state: EscalationEnd,
    at: datetime,
    policy: NotifierRules,
) -> Change:
    """Those of `over` that are still open, ended; told only if anybody was told of them."""
    events: list[Payload] = []
    timers: dict[str, datetime | None] = {}
    for ladder in [each for each in over if each.is_open]:
        ladder = end(ladder, state, at)
        case = with_ladder(case, ladder)
        timers[timer_of(ladder)] = None
        if ladder.told:
            events.append(
                EscalationEnded(
                    **named(case, ladder, policy),
                    cause=state,
                    ended_at=ladder.ended_at or at,
                )
            )
    return case, tuple(events), timers


def after(done: Decision[TicketCase], change: Change) -> Decision[TicketCase]:
    """What `notices` decided, and the change to the ladders after it."""
    case, events, timers = change
    touched = case.moved or done.case is not None
    return Decision(
        case=case if touched else None,
        events=(*done.events, *events),
        timers={**done.timers, **timers},
    )


def with_ladder(case: TicketCase, ladder: Ladder) -> TicketCase:
    """The ticket with this ladder as it is now."""
    ladders = {**case.ladders, ladder.id: ladder}
    return replace(case, ladders=ladders, moved=case.moved | {ladder.id})


def timer_of(ladder: Ladder) -> str:
    """Name of the timer that looks at a ladder again."""
    return f"{TIMER}{ladder.id}"


def named(case: TicketCase, ladder: Ladder, policy: NotifierRules) -> dict[str, Any]:
    """What all events of a ladder say."""
    return {
        "ticket_id": case.ticket_id,
        "escalation_id": str(ladder.id),
        "clock": ladder.clock,
        "generation": ladder.generation,
        "level": ladder.level,
        "step": ladder.told,
        "policy_version": policy.version,
    }


def answer(case: TicketCase, ladder: Ladder) -> dict[str, Any]:
    """What whoever acknowledges is told."""
    ended_at = None if ladder.ended_at is None else ladder.ended_at.isoformat()
    return {
        "escalation_id": str(ladder.id),
        "ticket_id": case.ticket_id,
        "clock": ladder.clock,
        "generation": ladder.generation,
        "state": ladder.state,
        "by": ladder.by,
        "ended_at": ended_at,
        "step": ladder.told,
    }
