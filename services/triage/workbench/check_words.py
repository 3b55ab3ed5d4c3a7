"""Checks of a policy's words: what can never be found, contradicts itself, is a name of ours, is
missing, or stands in none of our own texts. Called by `lint`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from schemas.triage import Route
from schemas.values import Level, ProblemClass
from services.triage.domain.facts import Facts
from services.triage.domain.features import LABELS
from services.triage.domain.lexicon import Lexicon
from services.triage.domain.orders import without_orders
from services.triage.domain.phrases import PhraseBook
from services.triage.domain.reader import Reader
from services.triage.domain.reading_policy import Negation
from services.triage.domain.rules import LIKELY, TriageRules
from services.triage.model import finder_of
from services.triage.workbench.finding import Finding, Weight
from services.triage.workbench.listed import (
    STRENGTHS,
    Listed,
    alternatives,
    examples,
    listed,
    plain_words,
)

IDENTIFIERS = frozenset(
    name.lower()
    for name in (*get_args(Level), *get_args(ProblemClass), *get_args(Route))
    if "_" in name or name in get_args(Level)
)
"""Names of our answers that no customer would write by themselves."""
ALSO_PLAIN = (frozenset(name.lower() for name in get_args(ProblemClass)) | LABELS) - IDENTIFIERS
"""Names of ours, or words of orders to a machine, that are ordinary words too."""


def check_findable(rules: TriageRules) -> Iterator[Finding]:
    """Phrases that no text can hit."""
    reader, lexicon = Reader(rules, finder_of=finder_of), Lexicon(rules, finder_of)
    for one in listed(rules):
        for word, text in examples(one.phrase):
            why = _lost(one, word, text, reader, lexicon)
            if why:
                advice = "write it as a text looks after that, or take it out"
                yield Finding("error", "never-found", one.path, why, advice)
                break
    for path, word in plain_words(rules):
        normal = lexicon.normal(word).strip()
        if word.strip() != normal:
            what = f"“{word}” is never met: the normal form makes “{normal}” of it"
            yield Finding("error", "never-found", path, what, "write it in the normal form")


def _lost(one: Listed, word: str, text: str, reader: Reader, lexicon: Lexicon) -> str | None:
    normal = lexicon.normal(text)
    if normal.strip() != text.strip():
        return f"“{word}” is never met: the normal form makes “{normal}” of “{text}”"
    if without_orders(normal).strip() != normal.strip():
        return f"“{word}” is never met: “{text}” is taken for an order to a machine"
    if one.cancels or one.name in reader.heard(text, Facts()).found:
        return None
    return f"“{word}” says {one.name}, and “{text}” does not: it is negated, neutral or taken back"


def check_silent(rules: TriageRules) -> Iterator[Finding]:
    """Kinds of danger, threat or demand without any phrase; but for what the model says."""
    for family in ("safety", "threats", "demands"):
        for name, kind in getattr(rules, family).items():
            if not kind.says and (family, name) != ("safety", LIKELY):
                what = f"{family}.{name} has no phrase: no word says it"
                yield Finding("error", "silent", (family, name, "says"), what, "add its phrases")


def check_contradictions(rules: TriageRules) -> Iterator[Finding]:
    """Phrases that stand in two lists of which one undoes the other."""
    places: dict[str, list[Listed]] = defaultdict(list)
    for one in listed(rules):
        for other in places[one.phrase]:
            if told := _clash(one, other):
                weight, what = told
                advice = "keep the one that is meant"
                yield Finding(weight, "listed-twice", one.path, f"“{one.phrase}” {what}", advice)
        places[one.phrase].append(one)
    for place, word in enumerate(rules.neutral):
        for one in places.get(word, ()):
            what = f"“{word}” is an ordinary word, and says {one.name}: it goes on saying it"
            advice = "a phrase inside a longer ordinary word is passed over; this one is not"
            yield Finding("hint", "listed-twice", ("neutral", place), what, advice)
    for kind, words in (("negation", rules.negation), ("refusal", rules.refusal)):
        yield from _without_effect(kind, words)


def _clash(one: Listed, other: Listed) -> tuple[Weight, str] | None:
    if one.name == other.name:
        if one.cancels != other.cancels:
            return "error", f"says {one.name} and takes it back"
        if one.cancels:
            return "hint", f"is both {other.strength} and {one.strength} for {one.name}"
        if one.strength != other.strength:
            return "error", f"is both {other.strength} and {one.strength} for {one.name}"
        return "hint", f"stands twice in {one.name}, {one.strength}"
    if one.cancels or other.cancels:
        return None
    family, other_family = one.name.partition(".")[0], other.name.partition(".")[0]
    if family == other_family == "emotion":
        return "hint", f"says both {other.name} and {one.name}"
    sure = one.strength == other.strength == STRENGTHS[0]
    if sure and family == other_family and _class(one) != _class(other):
        return "hint", f"leaves little doubt of {other.name}, and of {one.name}"
    return None


def _class(one: Listed) -> str:
    return one.name.split(".")[1]


def _without_effect(kind: str, words: Negation) -> Iterator[Finding]:
    for place, word in enumerate(words.before):
        by = [form for form in words.not_when if word.startswith(form) or word.endswith(form)]
        if by:
            what = f"“{word}” never negates: “{by[0]}” says that it only looks like a negator"
            yield Finding("error", "listed-twice", (kind, "before", place), what, "keep one")


def check_labels(rules: TriageRules) -> Iterator[Finding]:
    """Names of our own answers among the phrases: whoever writes them would steer the result."""
    for one in listed(rules):
        for word in sorted(alternatives(one.phrase)):
            if word in IDENTIFIERS:
                what = f"“{word}” is a name of our own answers: a text could steer by it"
                yield Finding("error", "own-label", one.path, what, "take it out")
            elif word in ALSO_PLAIN:
                what = f"“{word}” is also a name of ours, or a word of orders to a machine"
                advice = "a text that names it counts as if a customer had meant it"
                yield Finding("hint", "own-label", one.path, what, advice)


def check_unseen(rules: TriageRules, texts: Iterable[str]) -> Iterator[Finding]:
    """Phrases that none of these texts has: nobody has shown that they are ever written."""
    lexicon = Lexicon(rules, finder_of)
    phrases: Sequence[Listed] = [*listed(rules)]
    book = PhraseBook((one.phrase for one in phrases), finder_of)
    met = {hit[0] for text in texts for hit in book.find(lexicon.normal(text))}
    for one in phrases:
        if one.phrase not in met:
            what = f"no training text has “{one.phrase}” ({one.name})"
            advice = "is it ever written? the model knows it from no text"
            yield Finding("hint", "unseen", one.path, what, advice)
