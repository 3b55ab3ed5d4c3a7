"""Rules of escalation: what makes a ladder begin, climb and end. They stand on the desk of the
ticket's messages, behind the rules of `notices`: both know the same ticket. Called by the runtime.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.envelope import Envelope
from schemas.notifications import EscalationAcknowledged, EscalationEnd
from schemas.resolution import Resolved
from schemas.rules import Decision, RefusedError, TimerFired
from schemas.sla import ClockCancelled, ClockMet, ClockMoved, SLABreached, SLAWarning
from schemas.tickets import AgentReplied, CallMade, TicketMerged
from schemas.triage import Retriaged
from services.notifier.domain import notices
from services.notifier.domain.climbing import (
    TIMER,
    after,
    answer,
    begun,
    climbed,
    ended,
    had_one,
    named,
    never_begun,
    outdated,
    timer_of,
    with_ladder,
)
from services.notifier.domain.commands import AcknowledgeEscalation
from services.notifier.domain.escalation import SORTING, end
from services.notifier.domain.policy import NotifierRules
from services.notifier.domain.ticket import TicketCase


def breached(
    case: TicketCase, event: Envelope[SLABreached], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """Tell the group, and begin the ladder of this clock and generation, once."""
    done = notices.breached(case, event, policy, now)
    data = event.data
    if not policy.escalation.begins(data.level, data.clock, None):
        return done
    return begun(case, done, event, policy, now, since_at=data.breached_at, due_at=data.breached_at)


def warned(
    case: TicketCase, event: Envelope[SLAWarning], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """Tell the group; a warning that the policy names begins the ladder already."""
    done = notices.warned(case, event, policy, now)
    data = event.data
    if not policy.escalation.begins(data.level, data.clock, data.threshold):
        return done
    return begun(case, done, event, policy, now, since_at=data.detected_at, due_at=data.due_at)


def met(
    case: TicketCase, event: Envelope[ClockMet], policy: NotifierRules, _: datetime
) -> Decision[TicketCase]:
    """What the clock asks for was done. Late, and no ladder: news of the breach was overtaken."""
    data = event.data
    begins = policy.escalation.begins(data.level, data.clock, None)
    due_at = data.due_at or data.met_at
    if begins and not data.in_time and not had_one(case, data, due_at, "breached"):
        return Decision(case=never_begun(case, data))
    return _clock_ended(case, event, policy, "met", event.data.met_at)


def cancelled(
    case: TicketCase, event: Envelope[ClockCancelled], policy: NotifierRules, _: datetime
) -> Decision[TicketCase]:
    """The clock no longer counts."""
    return _clock_ended(case, event, policy, "cancelled", event.data.cancelled_at)


def moved(
    case: TicketCase, event: Envelope[ClockMoved], policy: NotifierRules, _: datetime
) -> Decision[TicketCase]:
    """Another date: what climbs for the old one is over."""
    data = event.data
    over = [
        each
        for each in case.ladders.values()
        if (each.clock, each.generation) == (data.clock, data.generation)
        and each.due_at != data.due_at
    ]
    return after(Decision(case=None), ended(case, over, "cancelled", data.moved_at, policy))


def replied(
    case: TicketCase, event: Envelope[AgentReplied], policy: NotifierRules, _: datetime
) -> Decision[TicketCase]:
    """A person answered the customer; machines and internal notes are no answers."""
    data = event.data
    if not data.human or data.visibility != "customer":
        return Decision(case=None)
    return _answered(case, data.agent_id, data.sent_at, policy)


def called(
    case: TicketCase, event: Envelope[CallMade], policy: NotifierRules, _: datetime
) -> Decision[TicketCase]:
    """A person called the customer."""
    return _answered(case, event.data.agent_id, event.data.started_at, policy)


def triaged(
    case: TicketCase, event: Envelope[Any], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """Another level, class or way: ladders of the old one's clocks end, whichever news comes
    first. A person who sorted the ticket did what that clock asks for."""
    done = notices.triaged(case, event, policy, now)
    if done.case is None or not done.case.ladders:
        return done
    data, facts = event.data, done.case.facts
    over = [e for e in done.case.ladders.values() if outdated(facts, e, e.since_at)]
    if isinstance(data, Retriaged) and data.cause == "person":
        sorting = [each for each in over if each.clock == SORTING]
        done = after(done, ended(done.case, sorting, "met", data.triaged_at, policy))
    case = done.case or case
    over = [case.ladders[each.id] for each in over]
    return after(done, ended(case, over, "cancelled", data.triaged_at, policy))


def resolved(
    case: TicketCase, event: Envelope[Resolved], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """The end of a ticket is the end of its ladders."""
    done = notices.resolved(case, event, policy, now)
    if done.case is None or done.case.is_open or not done.case.ladders:
        return done
    at = event.data.resolved_at
    return after(done, ended(done.case, done.case.ladders.values(), "resolved", at, policy))


def merged(
    case: TicketCase, event: Envelope[TicketMerged], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """The ticket goes on in another one: its own ladders are over."""
    done = notices.merged(case, event, policy, now)
    if done.case is None or not done.case.ladders:
        return done
    over, at = done.case.ladders.values(), event.data.merged_at
    return after(done, ended(done.case, over, "cancelled", at, policy))


def timer_fired(
    case: TicketCase, event: Envelope[TimerFired], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """The next step of a ladder, or what was put off for the customer."""
    name = event.data.name
    if not name.startswith(TIMER):
        return notices.timer_fired(case, event, policy, now)
    ladder = case.ladders.get(UUID(name.removeprefix(TIMER)))
    if ladder is None or not ladder.is_open:
        return Decision(case=None)
    return after(Decision(case=None), climbed(case, ladder, event, policy, now))


def acknowledged(
    case: TicketCase, event: Envelope[AcknowledgeEscalation], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """Somebody takes care of it. Told again, or by another, the first answer stands; what has
    ended otherwise stays so, and the answer says how."""
    ladder = case.ladders.get(UUID(event.data.escalation_id))
    if ladder is None or case.shop_id != event.shopid:
        raise RefusedError("unknown_escalation", "there is no such escalation", 404)
    if not ladder.is_open:
        return Decision(case=None, answer=answer(case, ladder))
    by = event.data.by
    ladder = end(ladder, "acknowledged", now, by)
    told = EscalationAcknowledged(**named(case, ladder, policy), by=by, acknowledged_at=now)
    case = with_ladder(case, ladder)
    return Decision(case, (told,), {timer_of(ladder): None}, answer(case, ladder))


def _clock_ended(
    case: TicketCase,
    event: Envelope[Any],
    policy: NotifierRules,
    state: EscalationEnd,
    at: datetime,
) -> Decision[TicketCase]:
    data = event.data
    over = [
        each
        for each in case.ladders.values()
        if each.clock == data.clock and each.generation == data.generation
    ]
    return after(Decision(case=None), ended(case, over, state, at, policy))


def _answered(
    case: TicketCase, agent: str, at: datetime, policy: NotifierRules
) -> Decision[TicketCase]:
    """Kept also without a ladder: the breach may be told of later."""
    known_at = case.facts.answered_at
    if not policy.escalation.levels or (known_at is not None and at <= known_at):
        return Decision(case=None)
    facts = case.facts.model_copy(update={"answered_at": at, "agent": agent})
    case = replace(case, facts=facts)
    over = [each for each in case.ladders.values() if each.since_at <= at]
    return after(Decision(case=case), ended(case, over, "answered", at, policy))
