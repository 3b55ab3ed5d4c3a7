"""Rules of a ticket's messages: what its events make us say, to the customer and to staff.
Called by the runtime through the desk in `app.py`.

Everything is said once; customers are written to outside their quiet hours only, and what was
put off is looked at again before it is said.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from schemas.envelope import Envelope
from schemas.persons import person_of
from schemas.resolution import Resolved
from schemas.rules import Decision, TimerFired
from schemas.sla import ClockEvent, SLABreached, SLAWarning
from schemas.tickets import TicketMerged, TicketOpened, TicketReopened
from schemas.triage import TriageEvent
from schemas.values import Contact
from services.notifier.domain.escalation import occasion_of
from services.notifier.domain.notice import Params, Phone
from services.notifier.domain.policy import CUSTOMER, Cause, NotifierRules
from services.notifier.domain.saying import TIMER, about, asked, ending, said
from services.notifier.domain.ticket import Say, TicketCase


def opened(
    case: TicketCase, event: Envelope[TicketOpened], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """Remember whom the ticket is about; what had to wait for that is said now."""
    data = event.data
    lines = data.order.lines if data.order is not None else ()
    titles = [each.title for each in lines if data.line_id in (None, each.line_id)]
    facts = case.facts.model_copy(
        update={
            "known": True,
            "channel": data.channel,
            "language": data.language,
            "phone": _phone(data.contact, data.customer_id, data.ticket_id) or case.facts.phone,
            "product": titles[0] if titles else "",
        }
    )
    case = replace(case, order_id=data.order_id or case.order_id, facts=facts)
    return said(case, event, policy, now, ending(case, policy))


def triaged(
    case: TicketCase, event: Envelope[Any], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """Call in those whom level and route concern, and acknowledge the complaint. Retriaged does
    the same as Triaged: each rule speaks once, so only what is new is said."""
    data: TriageEvent = event.data
    if case.facts.triaged_at is not None and data.triaged_at < case.facts.triaged_at:
        return Decision(case=None)
    facts = case.facts.model_copy(
        update={
            "known": True,
            "channel": data.channel,
            "language": data.language,
            "phone": case.facts.phone or _phone(data.contact, data.customer_id, data.ticket_id),
            "level": data.level,
            "problem_class": data.problem_class,
            "emotion": data.emotion,
            "route": data.route,
            "triaged_at": data.triaged_at,
        }
    )
    case = replace(case, order_id=case.order_id or data.order_id, facts=facts)
    if not case.is_open:
        return said(case, event, policy, now, ending(case, policy))
    why = {"reason_zh": data.reasons[0].zh, "reason_en": data.reasons[0].en}
    says = [
        say if say.to == CUSTOMER else replace(say, params={**say.params, **why})
        for say in asked(case, policy, "Triaged", about(case, policy))
    ]
    return said(case, event, policy, now, says)


def warned(
    case: TicketCase, event: Envelope[SLAWarning], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """Tell staff that a clock runs short, unless the ticket has ended."""
    data = event.data
    occasion = f":{occasion_of(data.clock, data.generation, data.due_at)}:{data.threshold}"
    params: Params = {"due_at": data.due_at.isoformat(), "left_s": data.left_s}
    return _of_clock(case, event, policy, now, "SLAWarning", occasion, params)


def breached(
    case: TicketCase, event: Envelope[SLABreached], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """Tell staff that a clock ran out, unless the ticket has ended."""
    data = event.data
    occasion = f":{occasion_of(data.clock, data.generation, data.breached_at)}"
    params = {"due_at": data.breached_at.isoformat()}
    return _of_clock(case, event, policy, now, "SLABreached", occasion, params)


def resolved(
    case: TicketCase, event: Envelope[Resolved], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """Tell the customer how it ended, as soon as it is known who that is."""
    data = event.data
    if case.facts.resolved_at is not None and data.resolved_at <= case.facts.resolved_at:
        return Decision(case=None)
    facts = case.facts.model_copy(
        update={
            "outcome": data.outcome,
            "refund_fen": data.refund_fen + data.compensation_fen,
            "resolved_at": data.resolved_at,
            "endings": case.facts.endings + 1,
            "postponed": {n: each for n, each in case.facts.postponed.items() if each.while_open},
        }
    )
    case = replace(case, order_id=case.order_id or data.order_id, facts=facts)
    return said(case, event, policy, now, ending(case, policy))


def reopened(
    case: TicketCase, event: Envelope[TicketReopened], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """The ticket is a dispute again; tell its group."""
    data, known_at = event.data, case.facts.reopened_at
    if known_at is not None and data.reopened_at <= known_at:
        return Decision(case=None)
    facts = case.facts.model_copy(update={"reopened_at": data.reopened_at})
    case = replace(case, facts=facts)
    if not case.is_open or case.facts.level is None:
        return Decision(case=case)
    occasion = f":{data.reopened_at:%Y%m%dT%H%M%S}"
    says = asked(case, policy, "TicketReopened", about(case, policy), occasion)
    return said(case, event, policy, now, says)


def merged(
    case: TicketCase, event: Envelope[TicketMerged], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """It goes on in another ticket, for good: nothing is said about this one any more, but for how
    it ended before."""
    if case.facts.merged_at is not None:
        return Decision(case=None)
    waiting = {n: each for n, each in case.facts.postponed.items() if not each.while_open}
    news = {"merged_at": event.data.merged_at, "postponed": waiting}
    return Decision(case=replace(case, facts=case.facts.model_copy(update=news)))


def timer_fired(
    case: TicketCase, event: Envelope[TimerFired], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """Say what was put off, if it still holds."""
    name = event.data.name.removeprefix(TIMER)
    waiting = dict(case.facts.postponed)
    put_off = waiting.pop(name, None)
    if put_off is None:
        return Decision(case=None)
    told = case.facts.told - {name}
    case = replace(case, facts=case.facts.model_copy(update={"postponed": waiting, "told": told}))
    if not (case.is_open if put_off.while_open else case.is_resolved):
        return Decision(case=case)
    say = Say(
        name=name,
        to=CUSTOMER,
        template=put_off.template,
        params=put_off.params,
        urgent=put_off.urgent,
        while_open=put_off.while_open,
        since=put_off.since,
    )
    return said(case, event, policy, now, [say])


def _of_clock(
    case: TicketCase,
    event: Envelope[Any],
    policy: NotifierRules,
    now: datetime,
    cause: Cause,
    occasion: str,
    params: Params,
) -> Decision[TicketCase]:
    if not case.is_open:
        return Decision(case=None)
    data: ClockEvent = event.data
    facts = {
        "level": data.level,
        "problem_class": data.problem_class,
        "clock": data.clock,
        "threshold": getattr(data, "threshold", None),
    }
    known = {**about(case, policy), **params, "clock": data.clock, "level": data.level}
    return said(case, event, policy, now, asked(case, policy, cause, known, occasion, facts))


def _phone(contact: Contact, customer_id: str | None, ticket_id: str) -> Phone | None:
    if contact.phone is None:
        return None
    return Phone(person=person_of(customer_id, ticket_id), sealed=contact.phone)
