"""A ticket that opens is triaged, once. What changes the picture later: `retriage`."""

from __future__ import annotations

from datetime import datetime

from schemas.envelope import Envelope
from schemas.rules import Decision
from schemas.tickets import TicketOpened
from schemas.topics import lane_of_level
from schemas.triage import Triaged
from schemas.values import ProblemClass
from services.triage.domain.case import TicketTriage
from services.triage.domain.clusters.sighting import sighting_of
from services.triage.domain.facts import Facts, day_in_shop, facts_of
from services.triage.domain.opinion import Scorer
from services.triage.domain.phrases import FinderOf, plain_finder
from services.triage.domain.picture import picture_of
from services.triage.domain.reader import Reader
from services.triage.domain.reading import Reading
from services.triage.domain.rules import TriageRules
from services.triage.domain.telling import triaged_of
from services.triage.domain.verdict import Judge, Verdict


class Triager:
    """A policy made ready to decide with, and the model beside it; made once per policy."""

    def __init__(
        self,
        rules: TriageRules,
        scorer: Scorer | None = None,
        finder_of: FinderOf = plain_finder,
    ) -> None:
        self.rules = rules
        self.model = scorer.version if scorer and rules.model else None
        """Version of the model that reads along."""
        self.judge = Judge(rules)
        self._reader = Reader(rules, scorer, finder_of)

    def verdict(self, ticket: TicketOpened, dated: bool = True) -> Verdict:
        """Read and judge one ticket. Never fails for what a customer wrote. `dated`: it is known
        when the ticket was opened; else no day in the text is near or far by the calendar."""
        facts = facts_of(ticket, self.rules.gift)
        at = ticket.opened_at if dated else None
        return self.judge.judge(self.read(ticket.text, facts, at))

    def read(self, text: str, facts: Facts, at: datetime | None = None) -> Reading:
        """Read one text, written at that time. Never fails for what it says."""
        today = day_in_shop(at, self.rules.gift) if at else None
        return self._reader.read(text, facts, today)

    def subtypes(self, ticket: TicketOpened) -> dict[ProblemClass, str]:
        """Of every class the sub-type that this ticket would be, were it of that class."""
        facts = facts_of(ticket, self.rules.gift)
        return self._reader.subtypes(self.read(ticket.text, facts, ticket.opened_at))

    def is_told_what_to_answer(self, text: str) -> bool:
        """Whether a text gives orders to a machine that reads it."""
        return self._reader.is_told_what_to_answer(text)


def triage(
    case: TicketTriage | None, event: Envelope[TicketOpened], policy: Triager, now: datetime
) -> Decision[TicketTriage]:
    """Triage a new ticket. One that was triaged before stays as it is."""
    if case is not None:
        return Decision(case=None)
    verdict = policy.verdict(event.data)
    triaged = triaged_of(event.data, verdict, policy.rules, now, policy.model)
    kept = _kept(event, triaged, verdict.reading, policy.rules)
    return Decision(case=kept, events=(triaged,), lane=lane_of_level(triaged.level))


def _kept(
    event: Envelope[TicketOpened], triaged: Triaged, reading: Reading, rules: TriageRules
) -> TicketTriage:
    urgent = lane_of_level(triaged.level) == "urgent"
    return TicketTriage(
        ticket_id=triaged.ticket_id,
        shop_id=event.shopid,
        problem_class=triaged.problem_class,
        subtype=triaged.subtype,
        level=triaged.level,
        safety=triaged.safety,
        threat=triaged.threat,
        route=triaged.route,
        priority=triaged.priority,
        points=reading.points,
        customer_id=triaged.customer_id,
        order_id=triaged.order_id,
        line_id=triaged.line_id,
        policy_version=triaged.policy_version,
        opened_at=triaged.opened_at,
        triaged_at=triaged.triaged_at,
        picture=picture_of(event.data, reading, urgent=urgent),
        sighting=sighting_of(event.data, triaged, rules.clusters) if rules.clusters else None,
    )
