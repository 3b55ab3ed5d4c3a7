"""The one rule of this service: a ticket that opens is triaged, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.envelope import Envelope
from schemas.rules import Decision
from schemas.tickets import TicketOpened
from schemas.topics import lane_of_level
from schemas.triage import Route, Threat, Triaged
from schemas.values import Level, ProblemClass
from services.triage.domain.facts import facts_of
from services.triage.domain.opinion import Scorer
from services.triage.domain.reader import Reader
from services.triage.domain.reasons import reasons_of
from services.triage.domain.rules import TriageRules
from services.triage.domain.verdict import Judge, Verdict


@dataclass(frozen=True, slots=True)
class TicketTriage:
    """What is kept of a triaged ticket. `version`: as loaded (0: never stored); the
    store counts on."""

    ticket_id: str
    shop_id: str
    problem_class: ProblemClass
    subtype: str
    level: Level
    safety: bool
    threat: Threat
    route: Route
    priority: int
    points: float
    customer_id: str | None
    order_id: str | None
    line_id: str | None
    policy_version: str
    opened_at: datetime
    triaged_at: datetime
    version: int = 0


class Triager:
    """A policy made ready to decide with, and the model beside it; made once per policy."""

    def __init__(self, rules: TriageRules, scorer: Scorer | None = None) -> None:
        self.rules = rules
        self._reader = Reader(rules, scorer)
        self._judge = Judge(rules)

    def verdict(self, ticket: TicketOpened) -> Verdict:
        """Read and judge one ticket. Never fails for what a customer wrote."""
        facts = facts_of(ticket, self.rules.gift)
        return self._judge.judge(self._reader.read(ticket.text, facts))


def triage(
    case: TicketTriage | None, event: Envelope[TicketOpened], policy: Triager, now: datetime
) -> Decision[TicketTriage]:
    """Triage a new ticket. One that was triaged before stays as it is."""
    if case is not None:
        return Decision(case=None)
    verdict = policy.verdict(event.data)
    triaged = triaged_of(event.data, verdict, policy.rules, now)
    kept = _kept(event.shopid, triaged, verdict.reading.points)
    return Decision(case=kept, events=(triaged,), lane=lane_of_level(triaged.level))


def triaged_of(
    ticket: TicketOpened, verdict: Verdict, rules: TriageRules, now: datetime
) -> Triaged:
    """The event that tells others; what they need of the ticket travels along."""
    reading = verdict.reading
    return Triaged(
        ticket_id=ticket.ticket_id,
        problem_class=reading.problem_class,
        also=reading.also,
        subtype=reading.subtype,
        nature=reading.nature,
        level=verdict.level.level,
        emotion=reading.emotion,
        demands=reading.demands,
        safety=bool(reading.safety),
        threat=reading.threat,
        route=verdict.route.route,
        priority=verdict.priority,
        reasons=reasons_of(verdict, rules),
        policy_version=rules.version,
        triaged_at=now,
        opened_at=ticket.opened_at,
        channel=ticket.channel,
        language=ticket.language,
        customer_id=ticket.customer_id,
        contact=ticket.contact,
        order_id=ticket.order_id,
        line_id=ticket.line_id,
    )


def _kept(shop_id: str, triaged: Triaged, points: float) -> TicketTriage:
    return TicketTriage(
        ticket_id=triaged.ticket_id,
        shop_id=shop_id,
        problem_class=triaged.problem_class,
        subtype=triaged.subtype,
        level=triaged.level,
        safety=triaged.safety,
        threat=triaged.threat,
        route=triaged.route,
        priority=triaged.priority,
        points=points,
        customer_id=triaged.customer_id,
        order_id=triaged.order_id,
        line_id=triaged.line_id,
        policy_version=triaged.policy_version,
        opened_at=triaged.opened_at,
        triaged_at=triaged.triaged_at,
    )
