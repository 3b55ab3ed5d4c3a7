"""What a policy wants said about a ticket, once each, and turning that into notices.
Called by `notices`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from schemas.envelope import Envelope, Payload
from schemas.rules import Decision
from services.notifier.domain.hours import next_open
from services.notifier.domain.notice import (
    URGENT,
    USUAL,
    Notice,
    Origin,
    Params,
    shortened,
    to_customer,
    to_group,
)
from services.notifier.domain.policy import CUSTOMER, LEVEL_GROUP, Cause, NotifierRules
from services.notifier.domain.ticket import Postponed, Say, TicketCase

TIMER = "say/"
NUMBER_LENGTH = 8
FIRST_LOOK = timedelta(seconds=5)
"""When an order that was not told yet is looked for again."""


def ending(case: TicketCase, policy: NotifierRules) -> list[Say]:
    """What is to be said about the end of a ticket; nothing while its customer is unknown."""
    if not case.is_resolved or not case.facts.known:
        return []
    params = {**about(case, policy), "refund_fen": case.facts.refund_fen}
    return asked(case, policy, "Resolved", params, f":{case.facts.endings}")


def asked(
    case: TicketCase,
    policy: NotifierRules,
    cause: Cause,
    params: Params,
    occasion: str = "",
    more: Mapping[str, Any] | None = None,
) -> list[Say]:
    """What the policy wants said about such an event and was not said yet."""
    kept = case.facts
    facts = {
        "level": kept.level,
        "emotion": kept.emotion,
        "problem_class": kept.problem_class,
        "route": kept.route,
        "outcome": kept.outcome,
        "paid": kept.refund_fen > 0,
        **(more or {}),
    }
    says = []
    for rule in policy.rules_on(cause):
        name = f"{rule.rule}{occasion}"
        if name in kept.told or not rule.when.fits(facts):
            continue
        if rule.to == LEVEL_GROUP and facts["level"] is None:
            continue
        to = rule.to if rule.to == CUSTOMER else policy.group_of(rule.to, facts["level"])
        wording, urgent = rule.wording(facts)
        says.append(Say(name, to, wording, params, urgent, while_open=cause != "Resolved"))
    return says


def said(
    case: TicketCase,
    event: Envelope[Any],
    policy: NotifierRules,
    now: datetime,
    says: list[Say],
) -> Decision[TicketCase]:
    """Plan what is to be said; what can't be said to the customer yet is put off."""
    if not says:
        return Decision(case=case)
    told, waiting = set(case.facts.told), dict(case.facts.postponed)
    planned: list[Notice] = []
    timers: dict[str, datetime | None] = {}
    for say in says:
        told.add(say.name)
        at = _not_before(case, policy, now, say) if say.to == CUSTOMER else now
        if at == now:
            planned.append(_notice(case, event, policy, now, say))
            continue
        timers[f"{TIMER}{say.name}"] = at
        waiting[say.name] = Postponed(
            since=say.since or now,
            while_open=say.while_open,
            template=say.template,
            params=dict(say.params),
            urgent=say.urgent,
        )
    facts = case.facts.model_copy(update={"told": frozenset(told), "postponed": waiting})
    case = replace(case, facts=facts, planned=(*case.planned, *planned))
    events: tuple[Payload, ...] = tuple(each.failure() for each in planned if each.way.failed)
    return Decision(case=case, events=events, timers=timers)


def _not_before(case: TicketCase, policy: NotifierRules, now: datetime, say: Say) -> datetime:
    """When the customer may be written to: outside quiet hours, and once there is a number. The
    order that has it may come later than the ticket: it is looked for at growing intervals."""
    zone = policy.zones.name_of(case.facts.channel)
    if case.phone is None and case.order_id is not None and not case.order_known:
        waited = now - (say.since or now)
        if waited < timedelta(seconds=policy.order_patience_s):
            now += max(waited, FIRST_LOOK)
    return next_open(now, zone, policy.customer_hours)


def _notice(
    case: TicketCase, event: Envelope[Any], policy: NotifierRules, now: datetime, say: Say
) -> Notice:
    if say.to == CUSTOMER:
        way = to_customer(policy, case.facts.language, case.phone)
    else:
        way = to_group(policy, say.to)
    return Notice(
        origin=Origin.of(event, case.traces),
        about=case.ticket_id,
        rule=say.name,
        way=way,
        template=say.template,
        priority=URGENT if say.urgent else USUAL,
        params=say.params,
        policy_version=policy.version,
        planned_at=now,
    )


def about(case: TicketCase, policy: NotifierRules) -> dict[str, str | int]:
    """Facts that every wording may use."""
    facts = case.facts
    return {
        "number": case.ticket_id[-NUMBER_LENGTH:].upper(),
        "order": case.order_id or "",
        "product": shortened(facts.product, policy.product_length),
        "level": facts.level or "",
        "problem_class": facts.problem_class or "",
        "emotion": facts.emotion,
        "outcome": facts.outcome or "",
        "zone": policy.zones.name_of(facts.channel),
    }
