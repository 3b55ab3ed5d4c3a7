"""What was understood of a ticket so far, over all its messages and what is known of its order:
answers and names of findings, never a text. Kept by the store; `retriage` judges from it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, TypeVar, get_args

from schemas.tickets import TicketOpened
from schemas.triage import Emotion, Nature, Threat
from schemas.values import Channel, Demand, Language, ProblemClass
from services.triage.domain.days import Occasion
from services.triage.domain.facts import Facts
from services.triage.domain.language import ReadLanguage
from services.triage.domain.lexicon import Found
from services.triage.domain.reading import Reading
from services.triage.domain.rules import TriageRules

EMOTIONS: tuple[Emotion, ...] = ("angry", "annoyed", "calm")
CLASSES: tuple[ProblemClass, ...] = get_args(ProblemClass)
N = TypeVar("N", bound=str)


@dataclass(frozen=True, slots=True)
class Picture:
    """`urgent`: it was ever told in the urgent lane; `changes`: by machines, that were no rise;
    `by_person`: a person has decided. The rest are answers, see `Reading`; `occasion` is a name and
    its day (ISO 8601), if that is known."""

    facts: Facts
    problem_class: ProblemClass
    subtype: str
    nature: Nature
    channel: Channel
    also: tuple[ProblemClass, ...] = ()
    emotion: Emotion = "calm"
    demands: tuple[Demand, ...] = ()
    safety: tuple[str, ...] = ()
    threat: Threat = "none"
    signs: tuple[str, ...] = ()
    confidence: float = 0.0
    unclear: bool = False
    language: Language = "zh"
    read_language: ReadLanguage = "und"
    occasion: tuple[str, str | None] | None = None
    urgent: bool = False
    changes: int = 0
    by_person: bool = False

    def as_json(self) -> dict[str, Any]:
        """JSON-compatible form; what is as usual is left out."""
        return {**_unusual(self, _USUAL), "facts": _unusual(self.facts, _NO_FACTS)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Picture:
        """The picture that `as_json` wrote, by this version or an earlier one."""
        lists = {each: tuple(part) for each, part in value.items() if isinstance(part, list)}
        known = {each: part for each, part in {**value, **lists}.items() if each in _FIELDS}
        facts = {each: part for each, part in value["facts"].items() if each in _FACT_NAMES}
        return cls(**{**known, "facts": Facts(**facts)})

    def known_to(self, rules: TriageRules) -> Picture:
        """Without what the policy of today has no name for: it may be another than at first."""
        subtypes = rules.classes[self.problem_class].subtypes
        return replace(
            self,
            subtype=self.subtype if self.subtype in subtypes else next(iter(subtypes)),
            demands=tuple(name for name in self.demands if name in rules.demands),
            safety=tuple(name for name in self.safety if name in rules.safety),
            threat=self.threat if self.threat in rules.threats else "none",
            emotion=self.emotion if self.emotion in rules.emotions else "calm",
        )

    def reading(self, found: Mapping[str, Found]) -> Reading:
        """The answers as something to judge; `found` are the words that reasons may quote."""
        return Reading(
            facts=self.facts,
            found=dict(found),
            demands=self.demands,
            emotion=self.emotion,
            safety=self.safety,
            threat=self.threat,
            signs=frozenset(self.signs),
            problem_class=self.problem_class,
            also=self.also,
            subtype=self.subtype,
            nature=self.nature,
            confidence=self.confidence,
            unclear=self.unclear,
            occasion=self.occasion and _as_occasion(*self.occasion),
            language=self.read_language,
        )

    def with_message(self, read: Reading, rules: TriageRules) -> Picture:
        """With another message: what it says comes on top, nothing is taken back. The class
        stays; what the message is about besides is noted."""
        about = [*self.also, read.problem_class] if not read.unclear else [*self.also]
        of = self.facts if self.facts.value_fen is not None else read.facts
        return replace(
            self,
            facts=replace(self.facts, value_fen=of.value_fen, value_told=of.value_told),
            also=tuple(dict.fromkeys(name for name in about if name != self.problem_class)),
            emotion=_first(EMOTIONS, {self.emotion, read.emotion}),
            demands=_both(rules.demands, self.demands, read.demands),
            safety=_both(rules.safety, self.safety, read.safety),
            threat=_first((*rules.threats, "none"), {self.threat, read.threat}),
            signs=tuple(sorted({*self.signs, *read.signs})),
            occasion=_occasion_of(read) or self.occasion,
            read_language=read.language if self.read_language == "und" else self.read_language,
        )

    def with_class(
        self, problem_class: ProblemClass, subtype: str, confidence: float, rules: TriageRules
    ) -> Picture:
        """With another main class, clearly recognised; the one before is among the further ones.
        Raises KeyError when the policy knows no such sub-type."""
        others = dict.fromkeys((self.problem_class, *self.also))
        return replace(
            self,
            problem_class=problem_class,
            subtype=subtype,
            nature=rules.classes[problem_class].subtypes[subtype].nature,
            also=tuple(name for name in others if name != problem_class),
            confidence=confidence,
            unclear=False,
        )


_FIELDS = {each.name: each for each in fields(Picture)}
_USUAL = [(name, each.default) for name, each in _FIELDS.items() if name != "facts"]
_NO_FACTS = [(each.name, each.default) for each in fields(Facts)]
_FACT_NAMES = frozenset(name for name, _ in _NO_FACTS)


def _unusual(of: object, usual: list[tuple[str, Any]]) -> dict[str, Any]:
    told = {}
    for name, value in usual:  # once for every ticket
        part = getattr(of, name)
        if part != value:
            told[name] = part
    return told


def picture_of(ticket: TicketOpened, reading: Reading, *, urgent: bool) -> Picture:
    """What the first reading of a ticket understood."""
    return Picture(
        facts=reading.facts,
        problem_class=reading.problem_class,
        subtype=reading.subtype,
        nature=reading.nature,
        channel=ticket.channel,
        also=reading.also,
        emotion=reading.emotion,
        demands=reading.demands,
        safety=reading.safety,
        threat=reading.threat,
        signs=tuple(sorted(reading.signs)),
        confidence=round(reading.confidence, 3),
        unclear=reading.unclear,
        language=ticket.language,
        read_language=reading.language,
        occasion=_occasion_of(reading),
        urgent=urgent,
    )


def _occasion_of(reading: Reading) -> tuple[str, str | None] | None:
    found = reading.occasion
    if found is None:
        return None
    return found.name, found.on.isoformat() if found.on else None


def _as_occasion(name: str, on: str | None) -> Occasion:
    return Occasion(name, date.fromisoformat(on) if on else None)


def _first(order: Iterable[N], said: set[N]) -> N:
    return next(name for name in order if name in said)


def _both(order: Iterable[N], before: Iterable[N], now: Iterable[N]) -> tuple[N, ...]:
    """What either says, in the order of the policy."""
    said = {*before, *now}
    return tuple(name for name in order if name in said)
