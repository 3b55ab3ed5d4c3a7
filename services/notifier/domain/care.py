"""Rules of the care chain: when an order's steps come due, and what silences them. Called by the
runtime through the desk in `app.py`.

A step is looked at again when its time comes: it is left out for good when the order was
refunded, arrived early, is in dispute, or when it is too late by then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args

from schemas.envelope import Envelope, Payload
from schemas.notifications import CareDue, CareStep
from schemas.orders import (
    OrderPlaced,
    OrderShipped,
    ParcelDelivered,
    ReceiptConfirmed,
    RefundCompleted,
)
from schemas.persons import person_of
from schemas.rules import Decision, TimerFired
from services.notifier.domain.care_policy import CarePolicies, Step
from services.notifier.domain.hours import is_open, moment_of_day, next_open
from services.notifier.domain.notice import (
    CARE,
    Notice,
    Origin,
    Phone,
    shortened,
    to_customer,
    to_group,
)
from services.notifier.domain.order import OrderCase, OrderFacts

STEPS: tuple[CareStep, ...] = get_args(CareStep)
DONE = "done"


def placed(
    case: OrderCase, event: Envelope[OrderPlaced], policies: CarePolicies, now: datetime
) -> Decision[OrderCase]:
    """Remember whom to write to."""
    data, rules = event.data, policies.care.high_value
    phone = None
    if data.contact.phone is not None:
        phone = Phone(person=person_of(data.customer_id, ""), sealed=data.contact.phone)
    large = 0 < rules.paid_from_fen <= data.paid_fen
    return _with(
        case,
        policies,
        placed=True,
        channel=data.channel,
        language=data.language,
        phone=phone,
        product=data.lines[0].title,
        high_value=large or (rules.flagged and data.high_value),
        promised_at=data.promised_delivery_at,
    )


def shipped(
    case: OrderCase, event: Envelope[OrderShipped], policies: CarePolicies, now: datetime
) -> Decision[OrderCase]:
    """The first parcel counts."""
    known_at = case.facts.shipped_at
    if known_at is not None and known_at <= event.data.shipped_at:
        return Decision(case=None)
    return _with(case, policies, shipped_at=event.data.shipped_at)


def delivered(
    case: OrderCase, event: Envelope[ParcelDelivered], policies: CarePolicies, now: datetime
) -> Decision[OrderCase]:
    """Nobody needs to hear any more that it is on its way."""
    return _with(case, policies, delivered_at=event.data.delivered_at)


def received(
    case: OrderCase, event: Envelope[ReceiptConfirmed], policies: CarePolicies, now: datetime
) -> Decision[OrderCase]:
    """The first confirmation counts."""
    if case.facts.received_at is not None:
        return Decision(case=None)
    return _with(case, policies, received_at=event.data.received_at)


def refunded(
    case: OrderCase, event: Envelope[RefundCompleted], policies: CarePolicies, now: datetime
) -> Decision[OrderCase]:
    """Money went back, maybe a part of it: the chain ends."""
    return _with(case, policies, refunded=True)


def timer_fired(
    case: OrderCase, event: Envelope[TimerFired], policies: CarePolicies, now: datetime
) -> Decision[OrderCase]:
    """Carry out a step, put it off to the end of the quiet hours, or leave it out for good."""
    name = next((step for step in STEPS if step == event.data.name), None)
    facts = case.facts
    if name is None or name not in facts.armed:
        return Decision(case=None)
    due_at, step = facts.armed[name], policies.care.steps.get(name)
    obstacle = _obstacle(case, name, step, due_at, now)
    if step is None or obstacle:
        return Decision(case=_settled(case, name, obstacle or "not in the policy"))
    zone = policies.notifier.zones.name_of(facts.channel)
    if not is_open(now, zone, policies.notifier.customer_hours):
        opening = next_open(now, zone, policies.notifier.customer_hours)
        return Decision(case=case, timers={name: opening})
    notice = _notice(case, event, policies, name, step, now)
    events: tuple[Payload, ...] = (
        CareDue(
            order_id=case.order_id,
            care_step=name,
            due_at=due_at,
            means="call_task" if facts.high_value else "message",
            policy_version=policies.care.version,
        ),
    )
    case = replace(_settled(case, name, DONE), planned=(*case.planned, notice))
    return Decision(case=case, events=events)


def _with(case: OrderCase, policies: CarePolicies, **news: Any) -> Decision[OrderCase]:
    """Take up news of the order and arm, move or disarm its steps accordingly."""
    facts = case.facts.model_copy(update=news)
    armed: dict[CareStep, datetime] = {}
    for name, step in policies.care.steps.items():
        due_at = None if name in facts.steps else _due_at(facts, name, step, policies)
        if due_at is not None:
            armed[name] = due_at
    names = {name for name in STEPS if armed.get(name) != facts.armed.get(name)}
    timers = {str(name): armed.get(name) for name in names}
    case = replace(case, facts=facts.model_copy(update={"armed": armed}))
    return Decision(case=case, timers=timers)


def _due_at(
    facts: OrderFacts, name: CareStep, step: Step, policies: CarePolicies
) -> datetime | None:
    """When the step is due, outside the quiet hours; None while or once it has no reason."""
    if not facts.placed or facts.refunded:
        return None
    since = {
        "after_shipping": facts.shipped_at,
        "expected_delivery_day": facts.promised_at,
        "week_after_receipt": facts.received_at,
    }[name]
    arrived = facts.delivered_at is not None or facts.received_at is not None
    if since is None or (name != "week_after_receipt" and arrived):
        return None
    if name == "expected_delivery_day" and facts.shipped_at is None:
        return None
    zone = policies.notifier.zones.name_of(facts.channel)
    due_at = since + timedelta(seconds=step.delay_s)
    if step.at_local is not None:
        due_at = moment_of_day(due_at, zone, step.at_local)
    return next_open(_full_minute(due_at), zone, policies.notifier.customer_hours)


def _full_minute(at: datetime) -> datetime:
    """The same or the next full minute: steps that come due together are one piece of work."""
    return at + timedelta(seconds=-(at.timestamp() % -60))


def _obstacle(
    case: OrderCase, name: CareStep, step: Step | None, due_at: datetime, now: datetime
) -> str:
    """Why the step is left out now; empty when nothing is in its way."""
    if step is None:
        return "not in the policy"
    if now > due_at + timedelta(seconds=step.valid_s):
        return "too late"
    if case.disputed:
        return "dispute"
    if not case.facts.high_value and case.facts.phone is None:
        return "no phone"
    return ""


def _settled(case: OrderCase, name: CareStep, how: str) -> OrderCase:
    armed = {step: at for step, at in case.facts.armed.items() if step != name}
    steps = {**case.facts.steps, name: how}
    return replace(case, facts=case.facts.model_copy(update={"armed": armed, "steps": steps}))


def _notice(
    case: OrderCase,
    event: Envelope[TimerFired],
    policies: CarePolicies,
    name: CareStep,
    step: Step,
    now: datetime,
) -> Notice:
    facts, notifier, high = case.facts, policies.notifier, policies.care.high_value
    if facts.high_value:
        way, template = to_group(notifier, high.group), high.template
    else:
        way, template = to_customer(notifier, facts.language, facts.phone), step.template
    return Notice(
        origin=Origin.of(event, case.traces),
        about=case.order_id,
        rule=f"care:{name}",
        way=way,
        template=template,
        priority=CARE,
        params={
            "order": case.order_id,
            "product": shortened(facts.product, notifier.product_length),
            "care_step": name,
            "zone": notifier.zones.name_of(facts.channel),
        },
        policy_version=policies.care.version,
        planned_at=now,
    )
