"""What `classify` gives out: a verdict as the fields of the contract, with how sure it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.triage.domain import TriageRules
from services.triage.domain.reasons import NGRAM, reasons_of
from services.triage.domain.rules import Ruling
from services.triage.domain.verdict import Verdict
from services.triage.messages import Message, OrderGiven

DEMANDS = {
    "refund": "refund",
    "return": "return",
    "exchange": "exchange",
    "reship": "reship",
    "compensation": "compensation",
    "price_protection": "compensation",
    "repair": "repair",
    "explanation": "explanation",
}
"""What is asked for, by the contract's seven names; an invoice is none of them."""
_FACTS = {
    "value_above_fen": ("value_fen",),
    "gift_due": ("gift",),
    "custom_made": ("custom_made",),
    "opened": ("opened",),
    "overdue": ("promised_at",),
    "delivered": ("received_at",),
}
"""Which facts of an order a condition looks at."""


class Answers:
    """Turns verdicts of one policy into answers; made once per policy."""

    def __init__(self, rules: TriageRules) -> None:
        self._rules = rules
        rulings: Iterator[Ruling] = (
            rule
            for family in (rules.adjust, rules.levels, rules.routes, rules.priority)
            for rule in family
        )
        self._looks_at = {ruling.rule: _facts_of(ruling) for ruling in rulings}

    def answer(self, message: Message, verdict: Verdict) -> dict[str, Any]:
        """The fields of one answer."""
        reading = verdict.reading
        by_order = self._decided_by(message.order)
        return {
            "id": message.id,
            "class": reading.problem_class,
            "also": list(reading.also),
            "subtype": reading.subtype,
            "nature": reading.nature,
            "level": verdict.level.level,
            "emotion": reading.emotion,
            "demands": list(dict.fromkeys(DEMANDS[d] for d in reading.demands if d in DEMANDS)),
            "safety": bool(reading.safety),
            "threat": reading.threat != "none",
            "route": verdict.route.route,
            "confidence": confidence_of(verdict),
            "reasons": list(self._reasons(verdict, by_order)),
        }

    def _decided_by(self, order: OrderGiven | None) -> set[str]:
        """Rules that look at a fact which the order states."""
        if order is None:
            return set()
        known = {name for name, value in order if value is not None}
        return {rule for rule, facts in self._looks_at.items() if facts & known}

    def _reasons(self, verdict: Verdict, by_order: set[str]) -> Iterator[dict[str, str]]:
        for reason in reasons_of(verdict, self._rules):
            kind, name = "rule", reason.rule
            if name.startswith(NGRAM):
                kind, name = "ngram", name.removeprefix(NGRAM)
            elif name in by_order or name.startswith("order."):
                kind = "order"
            yield {kind: name, "text_zh": reason.zh, "text_en": reason.en}


def confidence_of(verdict: Verdict) -> dict[str, float]:
    """How sure each answer is, 0 to 1: the probability that it is right."""
    sure = verdict.reading.confidences
    if sure is None:  # only of a reading that no judge has seen
        return {}
    of = {"class": sure.problem_class, "level": sure.level, "safety": sure.safety}
    of |= {"threat": sure.threat, "emotion": sure.emotion}
    return {name: round(value, 3) for name, value in of.items()}


def _facts_of(ruling: Ruling) -> set[str]:
    return {
        fact
        for condition in ruling.when.model_fields_set & _FACTS.keys()
        for fact in _FACTS[condition]
    }
