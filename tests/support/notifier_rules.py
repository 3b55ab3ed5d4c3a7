"""Runs the notifier's pure rules event by event, as the runtime would, without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from schemas.envelope import Payload
from schemas.rules import Decision
from services.notifier.app import care_desk, notices_desk
from services.notifier.bell import Bell
from services.notifier.domain.care_policy import CarePolicies
from services.notifier.domain.notice import Notice, Phone
from services.notifier.domain.order import OrderCase, order_key
from services.notifier.domain.ticket import TicketCase
from tests.support.notifier_story import (
    BOX,
    CUSTOMER,
    NOON,
    ORDER,
    SHOP,
    TICKET,
    at,
    default_policies,
    event,
    timer,
)

assert BOX.phone is not None
PHONE = Phone(person=CUSTOMER, sealed=BOX.phone)


@dataclass
class TicketStory:
    """One ticket. `order_phone` is what the store would find of its order."""

    policies: CarePolicies = field(default_factory=default_policies)
    case: TicketCase = field(default_factory=lambda: TicketCase(TICKET, SHOP))
    now: datetime = NOON
    timers: dict[str, datetime] = field(default_factory=dict)
    events: list[Payload] = field(default_factory=list)

    def tell(self, *payloads: Payload) -> list[Notice]:
        """What these events made us say."""
        said: list[Notice] = []
        desk = notices_desk(self.policies.notifier, Bell([]))
        for payload in payloads:
            rule: Callable[..., Decision[TicketCase]] = desk.rules[type(payload)]
            said += self._take(rule(self.case, event(payload, self.now), desk.policy, self.now))
        return said

    def wait(self, name: str) -> list[Notice]:
        """Let time pass until that timer fires; what was said then."""
        self.now = self.timers.pop(name)
        desk = notices_desk(self.policies.notifier, Bell([]))
        fired = timer(TICKET, name, self.now)
        rule: Callable[..., Decision[TicketCase]] = desk.rules[type(fired.data)]
        return self._take(rule(self.case, fired, desk.policy, self.now))

    def _take(self, decision: Decision[TicketCase]) -> list[Notice]:
        _change(self.timers, decision)
        self.events += decision.events
        if decision.case is None:
            return []
        said = list(decision.case.planned)
        self.case = replace(decision.case, planned=(), version=self.case.version + 1)
        return said


@dataclass
class OrderStory:
    """One order."""

    policies: CarePolicies = field(default_factory=default_policies)
    case: OrderCase = field(default_factory=lambda: OrderCase(order_key(SHOP, ORDER), SHOP, ORDER))
    now: datetime = NOON
    timers: dict[str, datetime] = field(default_factory=dict)
    events: list[Payload] = field(default_factory=list)

    def tell(self, *payloads: Payload) -> None:
        """Take up these events."""
        desk = care_desk(self.policies, Bell([]))
        for payload in payloads:
            rule: Callable[..., Decision[OrderCase]] = desk.rules[type(payload)]
            self._take(rule(self.case, event(payload, self.now), desk.policy, self.now))

    def wait(self, name: str, *, late_s: float = 0.0) -> list[Notice]:
        """Let time pass until that timer fires, maybe late; what was said then."""
        due_at = self.timers.pop(name)
        self.now = due_at + timedelta(seconds=late_s)
        desk = care_desk(self.policies, Bell([]))
        fired = timer(self.case.key, name, due_at)
        rule: Callable[..., Decision[OrderCase]] = desk.rules[type(fired.data)]
        return self._take(rule(self.case, fired, desk.policy, self.now))

    @property
    def steps(self) -> dict[Any, str]:
        """What became of the steps that are over."""
        return self.case.facts.steps

    def _take(self, decision: Decision[OrderCase]) -> list[Notice]:
        _change(self.timers, decision)
        self.events += decision.events
        if decision.case is None:
            return []
        said = list(decision.case.planned)
        self.case = replace(decision.case, planned=(), version=self.case.version + 1)
        return said


def _change(timers: dict[str, datetime], decision: Decision[Any]) -> None:
    for name, due_at in decision.timers.items():
        if due_at is None:
            timers.pop(name, None)
        else:
            timers[name] = due_at


def names(notices: list[Notice]) -> list[str]:
    """Rule and recipient of each."""
    return [f"{notice.rule} to {notice.way.recipient}" for notice in notices]


def evening() -> datetime:
    """Half past nine in China."""
    return at(9.5 * 3_600)
