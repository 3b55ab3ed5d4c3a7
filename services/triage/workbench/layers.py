"""A ticket taken through every layer of the reading, each with what it took and gave. Made for
`explain`; see docs/triage.md for the layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from difflib import SequenceMatcher
from typing import Any

from schemas.triage import Reason
from services.triage.domain.conditions import test_of
from services.triage.domain.facts import Facts, facts_of
from services.triage.domain.lexicon import Lexicon
from services.triage.domain.orders import without_orders
from services.triage.domain.reader import Heard, Reader
from services.triage.domain.reading import Reading
from services.triage.domain.reasons import reasons_of
from services.triage.domain.rules import Ruling, When
from services.triage.model import LinearScorer
from services.triage.workbench.otherwise import Otherwise
from services.triage.workbench.readers import Ready
from services.triage.workbench.recorded import Recorded

FAMILIES_OF_MANY = ("classes", "about", "emotions", "threats")
FLAGS = ("safety", "disputed", "gift", "asks")
FACT_OF = {"value_above_fen": "value_fen", "parcel_any": "parcel"}
"""The fact behind a condition, where its name is another."""
SAID_OF = {
    "safety": "safety", "unclear": "unclear", "level_any": "level", "class_any": "problem_class",
    "class_none": "problem_class", "about_any": "problem_class", "subtype_any": "subtype",
    "nature_any": "nature", "emotion_any": "emotion", "threat_any": "threat",
    "demand_any": "demands", "demand_none": "demands",
    "signs_all": "signs", "signs_any": "signs", "signs_none": "signs",
}  # fmt: skip
Texts = Mapping[str, Mapping[str, str]]
LIKELIEST = 5
LEAST = 0.02


def layers_of(recorded: Recorded, by: Ready) -> dict[str, Any]:
    """Everything, layer by layer."""
    ticket, rules, scorer = recorded.ticket, by.triager.rules, by.scorer
    reader, lexicon = Reader(rules, scorer), Lexicon(rules)
    facts = facts_of(ticket, rules.gift)
    normal = lexicon.normal(ticket.text)
    heard = reader.heard(ticket.text, facts)
    verdict = by.triager.verdict(ticket, recorded.dated)
    reading = verdict.reading
    reasons = [_reason(reason) for reason in reasons_of(verdict, rules)]
    texts = {reason["rule"]: reason for reason in reasons}
    return {
        "facts": asdict(facts),
        "facts_from_text": _from_text(facts, reading.facts),
        "normal_form": normal,
        "left_out": [*_left_out(normal, without_orders(normal))],
        "findings": _findings(heard),
        "model": _model(heard, scorer) if rules.model else None,
        "reading": _reading(reading),
        "adjusted": [_told(rule, texts) | {"points": rule.points} for rule in reading.adjusted],
        "level": _chosen(verdict.level, rules.levels, reading, texts),
        "route": _chosen(verdict.route, rules.routes, reading, texts),
        "priority": {
            "places": verdict.priority,
            "rules": [_told(rule, texts) | {"add": rule.add} for rule in verdict.raised],
        },
        "reasons": reasons,
        "otherwise": [*Otherwise(by.triager, recorded.dated).told(ticket)],
    }


def _from_text(known: Facts, used: Facts) -> dict[str, Any]:
    """What the order does not say, and the text does."""
    before = asdict(known)
    return {name: value for name, value in asdict(used).items() if value != before[name]}


def _left_out(normal: str, kept: str) -> Iterator[str]:
    """Pieces of the text that were taken for orders to a machine."""
    matcher = SequenceMatcher(None, normal, kept, autojunk=False)
    for kind, start, end, _, _ in matcher.get_opcodes():
        if kind in {"delete", "replace"} and normal[start:end].strip():
            yield normal[start:end]


def _findings(heard: Heard) -> list[dict[str, Any]]:
    return [
        {"name": name, "points": found.points, "words": found.words}
        for name, found in heard.found.items()
    ]


def _model(heard: Heard, scorer: LinearScorer) -> dict[str, Any]:
    """Its probabilities, and the pieces that spoke most for what it thinks likely."""
    opinion = scorer.opinion(heard.text, heard.features)
    told: dict[str, Any] = {"text": heard.text, "signs": dict(heard.features)}
    for family in FAMILIES_OF_MANY:
        likely: Mapping[str, float] = getattr(opinion, family)
        told[family] = _ranked(likely, heard, scorer, family)
    subtypes = sorted(opinion.subtypes.items(), key=lambda one: -one[1])[:LIKELIEST]
    told["subtypes"] = [{"name": name, "sum": round(points, 2)} for name, points in subtypes]
    for flag in FLAGS:
        spoke = list(scorer.spoke(heard.text, flag))
        told[flag] = {"probability": round(getattr(opinion, flag), 3), "pieces": spoke}
    return told


def _ranked(
    likely: Mapping[str, float], heard: Heard, scorer: LinearScorer, family: str
) -> list[dict[str, Any]]:
    # What is stated of a class is summed apart; its pieces are those of the class.
    head = "classes" if family == "about" else family
    return [
        {
            "name": name,
            "probability": round(probability, 3),
            "pieces": list(scorer.spoke(heard.text, f"{head}.{name}")),
        }
        for name, probability in sorted(likely.items(), key=lambda one: -one[1])
        if probability >= LEAST
    ]


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "class": reading.problem_class,
        "also": list(reading.also),
        "subtype": reading.subtype,
        "nature": reading.nature,
        "emotion": reading.emotion,
        "demands": list(reading.demands),
        "safety": list(reading.safety),
        "threat": reading.threat,
        "signs": sorted(reading.signs),
        "points": round(reading.points, 2),
        "confidence": round(reading.confidence, 3),
        "unclear": reading.unclear,
    }


def _reason(reason: Reason) -> dict[str, str]:
    return {"rule": reason.rule, "text_zh": reason.zh, "text_en": reason.en}


def _told(rule: Ruling, texts: Texts) -> dict[str, Any]:
    """With its places filled in, as its reason has them; of many reasons the last are left out."""
    plain = {"rule": rule.rule, "text_zh": rule.zh, "text_en": rule.en}
    return dict(texts.get(rule.rule, plain))


def _chosen(
    chosen: Ruling, among: tuple[Any, ...], reading: Reading, texts: Texts
) -> dict[str, Any]:
    """The rule that won, and why each one before it did not hold."""
    before = among[: [rule.rule for rule in among].index(chosen.rule)]
    outcome = getattr(chosen, "level", None) or getattr(chosen, "route", None)
    return {
        "is": outcome,
        **_told(chosen, texts),
        "before": [
            {
                "rule": rule.rule,
                "would_give": getattr(rule, "level", None) or getattr(rule, "route", None),
                "failed": [*_failed(rule.when, reading)],
            }
            for rule in before
        ],
    }


def _failed(when: When, reading: Reading) -> Iterator[dict[str, Any]]:
    """Parts of a condition that do not hold, with what was there instead."""
    for name in sorted(when.model_fields_set):
        asked = getattr(when, name)
        if not test_of(When(**{name: asked}))(reading):
            yield {"condition": name, "asked": _plain(asked), "found": _there(name, reading)}


def _there(name: str, reading: Reading) -> Any:
    if name in SAID_OF:
        return _plain(getattr(reading, SAID_OF[name]))
    return _plain(getattr(reading.facts, FACT_OF.get(name, name), None))


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset | set):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value
