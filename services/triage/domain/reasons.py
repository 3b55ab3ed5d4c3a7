"""Says in Chinese and English why a verdict is what it is: rule, words, order facts.

The words quoted are the policy's own (and numbers): never what else a customer wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from schemas.triage import Reason
from services.triage.domain.reading import Reading
from services.triage.domain.rules import LIKELY, Named, Ruling, TriageRules
from services.triage.domain.verdict import Verdict

NGRAM = "ngram."
"""Begins the names of reasons that the trained model gives."""
LONGEST = 200
MOST_WORDS = 4
MOST_REASONS = 50
REMEMBERED = 5_000


def reasons_of(verdict: Verdict, rules: TriageRules) -> tuple[Reason, ...]:
    """At least one for the class, the level and the route each; what weighs most comes first."""
    reading = verdict.reading
    reasons = [
        _ruling(verdict.level, reading),
        *_class(reading, rules),
        *(_ruling(rule, reading) for rule in reading.adjusted),
        *_heard(reading, rules),
        _ruling(verdict.route, reading),
        *(_ruling(rule, reading) for rule in verdict.raised),
    ]
    return tuple(reasons[:MOST_REASONS])


def _class(reading: Reading, rules: TriageRules) -> Iterator[Reason]:
    name = f"class.{reading.problem_class}.{reading.subtype}"
    of_class = rules.classes[reading.problem_class]
    subtype = of_class.subtypes[reading.subtype]
    title = (f"{of_class.zh}·{subtype.zh}", f"{of_class.en}, {subtype.en}")
    yield _reason(name, title, _words(reading, name))
    if reading.spoke:
        title = (f"读起来像{of_class.zh}", f"reads like {of_class.en}")
        yield _reason(f"{NGRAM}class", title, [*reading.spoke])
    for other in reading.also:
        words = [
            word
            for sub in rules.classes[other].subtypes
            for word in _words(reading, f"class.{other}.{sub}")
        ]
        title = (f"另涉{rules.classes[other].zh}", f"also {rules.classes[other].en}")
        yield _reason(f"also.{other}", title, words)


def _heard(reading: Reading, rules: TriageRules) -> Iterator[Reason]:
    for kind in reading.safety:
        rule = f"{NGRAM}safety" if kind == LIKELY else f"safety.{kind}"
        yield _reason(rule, rules.safety[kind], _words(reading, f"safety.{kind}"))
    if reading.threat != "none":
        name = f"threat.{reading.threat}"
        yield _reason(name, rules.threats[reading.threat], _words(reading, name))
    if reading.emotion != "calm":
        name = f"emotion.{reading.emotion}"
        yield _reason(name, rules.emotions[reading.emotion], _words(reading, name))
    for demand in reading.demands:
        yield _reason(
            f"demand.{demand}", rules.demands[demand], _words(reading, f"demand.{demand}")
        )


def _ruling(rule: Ruling, reading: Reading) -> Reason:
    facts, when = reading.facts, rule.when
    signs = [f"sign.{sign}" for sign in (*when.signs_all, *when.signs_any)]
    if when.safety:
        signs += [f"safety.{kind}" for kind in reading.safety]
    words = [word for sign in signs for word in _words(reading, sign)]
    zh, en = rule.zh, rule.en
    if "{" in zh:
        for place, value in (
            ("{value}", _yuan(facts.value_fen)),
            ("{limit}", _yuan(when.value_above_fen)),
            ("{occasion}", facts.occasion),
        ):
            zh, en = zh.replace(place, value), en.replace(place, value)
    return _reason(rule.rule, (zh, en), words)


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"{fen // 100}.{fen % 100:02d}"


def _words(reading: Reading, name: str) -> list[str]:
    found = reading.found.get(name)
    return found.words if found else []


def _reason(rule: str, named: Named | tuple[str, str], words: list[str]) -> Reason:
    zh, en = named if isinstance(named, tuple) else (named.zh, named.en)
    return _told(rule, zh, en, tuple(words[:MOST_WORDS]))


@lru_cache(maxsize=REMEMBERED)
def _told(rule: str, zh: str, en: str, words: tuple[str, ...]) -> Reason:
    if words:
        shown = dict.fromkeys(words)
        zh = f"{zh}：{''.join(f'「{word}」' for word in shown)}"
        en = f"{en}: {', '.join(f'“{word}”' for word in shown)}"
    return Reason(rule=rule, zh=zh[:LONGEST], en=en[:LONGEST])
