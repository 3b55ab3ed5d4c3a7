"""Verdicts as the events that tell others: Triaged and Retriaged. Called by the rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from schemas.tickets import TicketOpened
from schemas.triage import Confidence, Occasion, Retriaged, Triaged
from services.triage.domain.case import TicketTriage
from services.triage.domain.picture import Picture
from services.triage.domain.proposal import Proposal
from services.triage.domain.reading import Reading
from services.triage.domain.reasons import MOST_REASONS, reasons_of
from services.triage.domain.rules import TriageRules
from services.triage.domain.verdict import Verdict


def triaged_of(
    ticket: TicketOpened,
    verdict: Verdict,
    rules: TriageRules,
    now: datetime,
    model: str | None = None,
) -> Triaged:
    """The event that tells others; what they need of the ticket travels along. `model`: version
    of the trained model that read along."""
    return Triaged(
        ticket_id=ticket.ticket_id,
        **_answers(verdict, rules, model),
        reasons=reasons_of(verdict, rules),
        triaged_at=now,
        opened_at=ticket.opened_at,
        channel=ticket.channel,
        language=ticket.language,
        customer_id=ticket.customer_id,
        contact=ticket.contact,
        order_id=ticket.order_id,
        line_id=ticket.line_id,
    )


def retriaged_of(
    case: TicketTriage,
    picture: Picture,
    verdict: Verdict,
    proposal: Proposal,
    rules: TriageRules,
    now: datetime,
    model: str | None = None,
) -> Retriaged:
    """The same for a ticket that was triaged before. How the customer is reached is known by
    then and not told again."""
    first, *others = reasons_of(verdict, rules)
    reasons = (first, proposal.why, *proposal.reasons, *others)
    return Retriaged(
        ticket_id=case.ticket_id,
        **_answers(verdict, rules, model),
        reasons=reasons[:MOST_REASONS],
        triaged_at=now,
        opened_at=case.opened_at,
        channel=picture.channel,
        language=picture.language,
        customer_id=case.customer_id,
        order_id=case.order_id,
        line_id=case.line_id,
        cause=proposal.cause,
        was_level=case.level,
        was_class=case.problem_class,
        was_route=case.route,
        agent_id=proposal.agent_id,
    )


def _answers(verdict: Verdict, rules: TriageRules, model: str | None) -> dict[str, Any]:
    reading = verdict.reading
    return {
        "problem_class": reading.problem_class,
        "also": reading.also,
        "subtype": reading.subtype,
        "nature": reading.nature,
        "level": verdict.level.level,
        "emotion": reading.emotion,
        "demands": reading.demands,
        "safety": bool(reading.safety),
        "threat": reading.threat,
        "route": verdict.route.route,
        "priority": verdict.priority,
        "policy_version": rules.version,
        "model_version": model,
        "confidence": _confidence(reading),
        "occasion": _occasion(reading),
        "read_language": None if reading.language == "und" else reading.language,
    }


def _occasion(reading: Reading) -> Occasion | None:
    found = reading.occasion
    return None if found is None else Occasion(name=found.name or None, on=found.on)


def _confidence(reading: Reading) -> Confidence | None:
    """Of each answer, where a model has read along; put together from several messages, of the
    class alone. Of a class that was not recognised well enough to say: none."""
    sure = reading.confidences
    if sure is None or reading.opinion is None:
        of_class = _per_mille(reading.confidence)
        return Confidence(problem_class=of_class) if of_class else None
    return Confidence(
        problem_class=_per_mille(sure.problem_class) or None,
        level=_per_mille(sure.level),
        safety=_per_mille(sure.safety),
        threat=_per_mille(sure.threat),
        emotion=_per_mille(sure.emotion),
    )


def _per_mille(share: float) -> int:
    return round(min(max(share, 0.0), 1.0) * 1000)
