"""How sure each answer is: the probability that it is right. Called by `verdict`.

What the model says is calibrated when it is trained; what words or facts decided alone has the
values of the policy's section `confidence`.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from services.triage.domain.opinion import SUREST
from services.triage.domain.reading import Confidences, Reading
from services.triage.domain.reading_policy import ConfidenceUse, Told
from services.triage.domain.rules import LIKELY, LevelRule

_ORDER_FACTS = frozenset(
    {"gift_due", "custom_made", "opened", "overdue", "delivered", "parcel_any", "value_above_fen"}
)


def confidences_of(reading: Reading, rule: LevelRule, use: ConfidenceUse) -> Confidences:
    """Of a reading whose level that rule made."""
    opinion = reading.opinion
    safety = _told(
        use.safety, bool(reading.safety), reading.safety == (LIKELY,),
        opinion.safety if opinion else None, use.agrees_from,
    )  # fmt: skip
    threat = _told(
        use.threat, reading.threat != "none", reading.threat_read,
        _any_of(opinion.threats.values()) if opinion else None, use.agrees_from,
    )  # fmt: skip
    emotion = opinion.emotions[reading.emotion] if opinion else use.emotion
    return Confidences(
        problem_class=min(SUREST, reading.confidence),
        level=min(SUREST, _of_level(reading, rule, use, safety)),
        safety=safety,
        threat=threat,
        emotion=min(SUREST, emotion),
    )


def _told(
    by: Told, said: bool, by_model: bool, probability: float | None, agrees_from: float
) -> float:
    if probability is None:
        return by.words if said else by.silence
    if not said:
        return min(SUREST, 1 - probability)
    if by_model:
        return probability
    return by.both if probability >= agrees_from else by.words


def _any_of(probabilities: Iterable[float]) -> float:
    """At least one of several kinds, of which usually one stands out."""
    return max(probabilities)


def _of_level(reading: Reading, rule: LevelRule, use: ConfidenceUse, safety: float) -> float:
    when, opinion = rule.when, reading.opinion
    if when.safety:
        return safety
    by_order = when.model_fields_set & _ORDER_FACTS
    if by_order and not (by_order == {"value_above_fen"} and reading.states_price):
        return use.order
    if opinion and f"{LIKELY}_gift" in when.signs_all:
        return opinion.gift
    if opinion and f"{LIKELY}_disputed" in when.signs_all:
        return opinion.disputed
    if rule.level != "L2":
        return use.level.get(rule.rule, use.level_by_words)
    if not opinion:
        return use.routine
    return prod(1 - chance for chance in (opinion.safety, opinion.gift, opinion.disputed))
