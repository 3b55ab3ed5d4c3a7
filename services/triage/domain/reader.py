"""Reads a complaint: words and order facts become class, emotion, demands, danger and threat.

Made once per policy; `verdict` turns a reading into level, route and priority.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from schemas.triage import Emotion
from schemas.values import ProblemClass
from services.triage.domain.amounts import PriceFinder
from services.triage.domain.conditions import Test, test_of
from services.triage.domain.facts import Facts
from services.triage.domain.features import pieces, signs
from services.triage.domain.lexicon import Found, Lexicon
from services.triage.domain.opinion import SUREST, Opinion, Scorer
from services.triage.domain.orders import without_orders
from services.triage.domain.reading import Reading
from services.triage.domain.rules import LIKELY, Adjustment, ModelUse, TriageRules

_FAMILIES = ("demand", "safety", "threat", "sign")
N = TypeVar("N", bound=str)


@dataclass(frozen=True, slots=True)
class Heard:
    """What stands in a text, before anything is made of it. `facts`: with the price that it
    names, if the order's is unknown."""

    facts: Facts
    found: dict[str, Found]
    pieces: list[str]
    features: dict[str, int]
    """What else the model sees, see `features.signs`."""
    length: int
    """Characters."""


class Reader:
    """A policy made ready to read with; with a model, that decides what words alone can't."""

    def __init__(self, rules: TriageRules, scorer: Scorer | None = None) -> None:
        self.rules = rules
        self._model = (scorer, rules.model) if scorer and rules.model else None
        self._lexicon = Lexicon(rules)
        self._prices = PriceFinder(rules.stated_price)
        self._adjust: list[tuple[Adjustment, Test]] = [
            (rule, test_of(rule.when)) for rule in rules.adjust
        ]
        self._places: dict[str, tuple[ProblemClass, str]] = {
            f"class.{name}.{subtype}": (name, subtype)
            for name, words in rules.classes.items()
            for subtype in words.subtypes
        }

        self._order = {subtype: place for place, (_, subtype) in enumerate(self._places.values())}

    def heard(self, text: str, facts: Facts) -> Heard:
        """What stands in a text. Never fails for what it says."""
        normal = without_orders(self._lexicon.normal(text))
        if facts.value_fen is None:
            price_fen = self._prices.fen(normal)
            facts = facts if price_fen is None else replace(facts, value_fen=price_fen)
        found = self._lexicon.find(normal)
        return Heard(facts, found, pieces(normal), signs(found, normal), len(normal))

    def read(self, text: str, facts: Facts) -> Reading:
        """Read one complaint. Never fails for what a text says."""
        heard = self.heard(text, facts)
        reading = self._hear(heard.facts, heard.found)
        if self._model is None:
            self._adjust_and_classify(reading)
            return reading
        scorer, use = self._model
        opinion = scorer.opinion(heard.pieces, heard.features)
        self._add(reading, opinion, heard, scorer, use)
        self._adjust_and_classify(reading)
        if not _says_nothing(heard, use.brief):
            self._decide(reading, opinion, use)
            reading.spoke = scorer.spoke(heard.pieces, f"classes.{reading.problem_class}")
        return reading

    def _adjust_and_classify(self, reading: Reading) -> None:
        reading.adjusted = tuple([rule for rule, holds in self._adjust if holds(reading)])
        self._classify(reading)

    def _hear(self, facts: Facts, found: dict[str, Found]) -> Reading:
        rules = self.rules
        names: dict[str, set[str]] = {family: set() for family in _FAMILIES}
        for place in found:
            family, _, short = place.partition(".")
            if family in names:
                names[family].add(short)
        return Reading(
            facts=facts,
            found=found,
            demands=_in_order(rules.demands, names["demand"]),
            emotion=self._emotion(found),
            safety=_in_order(rules.safety, names["safety"]),
            threat=next(iter(_in_order(rules.threats, names["threat"])), "none"),
            signs=frozenset(names["sign"]),
        )

    def _emotion(self, found: dict[str, Found]) -> Emotion:
        """The strongest that is stated; too little for a strong one still counts for the next."""
        points = 0.0
        for name, words in self.rules.emotions.items():
            heard = found.get(f"emotion.{name}")
            points += heard.points if heard else 0.0
            if points >= words.from_points:
                return name
        return "calm"

    def _add(
        self, reading: Reading, opinion: Opinion, heard: Heard, scorer: Scorer, use: ModelUse
    ) -> None:
        """What the model adds to the words. It takes nothing away of what they say."""
        found = reading.found
        if not reading.safety and opinion.safety >= use.safety_from:
            reading.safety = (LIKELY,)
            found[f"safety.{LIKELY}"] = Found(words=[*scorer.spoke(heard.pieces, "safety")])
        if reading.threat == "none":
            kind = max(opinion.threats, key=lambda name: opinion.threats[name])
            if opinion.threats[kind] >= use.threat_from:
                reading.threat = kind
                spoke = scorer.spoke(heard.pieces, f"threats.{kind}")
                found[f"threat.{kind}"] = Found(words=[*spoke])
        for sign, probability, least in (
            ("disputed", opinion.disputed, use.disputed_from),
            ("gift", opinion.gift, use.gift_from),
        ):
            if probability >= least:
                reading.signs |= {f"{LIKELY}_{sign}"}
                spoke = scorer.spoke(heard.pieces, sign)
                found[f"sign.{LIKELY}_{sign}"] = Found(words=[*spoke])
        if opinion.asks >= use.asks_from and "explanation" not in reading.demands:
            reading.demands = _in_order(self.rules.demands, {*reading.demands, "explanation"})
        reading.emotion = max(opinion.emotions, key=lambda name: opinion.emotions[name])

    def _decide(self, reading: Reading, opinion: Opinion, use: ModelUse) -> None:
        """Main class, further ones and sub-type by the model; order facts shift it."""
        odds = dict(opinion.classes)
        for rule in reading.adjusted:
            name, _ = self._places[f"class.{rule.subtype}"]
            odds[name] *= math.exp(rule.points * use.fact_weight)
        whole = sum(odds.values())
        main = max(odds, key=lambda name: odds[name])
        others = sorted(opinion.about, key=lambda name: -opinion.about[name])
        said = [n for n in others if n != main and opinion.about[n] >= use.also_from]
        if main != reading.problem_class or reading.unclear:
            reading.subtype = self._subtype(reading, opinion, main)
        reading.problem_class, reading.also = main, tuple(said[: use.also_most])
        reading.nature = self.rules.classes[main].subtypes[reading.subtype].nature
        reading.confidence = min(SUREST, odds[main] / whole)
        reading.unclear = reading.confidence < use.unclear_below

    def _subtype(self, reading: Reading, opinion: Opinion, main: ProblemClass) -> str:
        """The one that was said most clearly, or else the likeliest."""
        of_class = self.rules.classes[main].subtypes
        said = {
            name: reading.found[place].points
            for name in of_class
            if (place := f"class.{main}.{name}") in reading.found
        }
        if said:
            return max(said, key=lambda name: said[name])
        return max(of_class, key=lambda name: opinion.subtypes.get(f"{main}.{name}", 0.0))

    def _classify(self, reading: Reading) -> None:
        points: dict[tuple[ProblemClass, str], float] = {}
        for name, found in reading.found.items():
            place = self._places.get(name)
            if place is not None:
                points[place] = found.points
        for rule in reading.adjusted:
            place = self._places[f"class.{rule.subtype}"]
            points[place] = points.get(place, 0.0) + rule.points
        totals: dict[ProblemClass, float] = {}
        best: dict[ProblemClass, tuple[float, str]] = {}
        for (problem_class, subtype), value in points.items():
            totals[problem_class] = totals.get(problem_class, 0.0) + value
            most, name = best.get(problem_class, (0.0, subtype))
            if value > most or (value == most and self._named_before(subtype, name)):
                best[problem_class] = (value, subtype)
            else:
                best[problem_class] = (most, name)
        self._mix(reading, totals, {name: subtype for name, (_, subtype) in best.items()})

    def _named_before(self, subtype: str, other: str) -> bool:
        return self._order[subtype] < self._order[other]

    def _mix(
        self,
        reading: Reading,
        totals: dict[ProblemClass, float],
        best: dict[ProblemClass, str],
    ) -> None:
        """Weigh the classes against each other; equal points go to the one named first."""
        mixture = self.rules.mixture
        shares = {
            name: totals[name] * mixture.factors.get(name, 1.0)
            for name in self.rules.classes
            if totals.get(name, 0.0) > 0
        }
        main, subtype = self._places[f"class.{mixture.otherwise}"]
        if shares:
            main = max(shares, key=lambda name: shares[name])
            subtype = best[main]
        most = shares.get(main, 0.0)
        least = max(mixture.also_from, mixture.also_share * most)
        further = sorted(shares, key=lambda name: -shares[name])
        reading.problem_class, reading.subtype = main, subtype
        reading.also = tuple(n for n in further if n != main and totals[n] >= least)
        reading.nature = self.rules.classes[main].subtypes[subtype].nature
        reading.points = most
        reading.unclear = most < mixture.unclear_below


def _in_order(names: Iterable[N], heard: set[str]) -> tuple[N, ...]:
    """Those that were heard, in the order of the policy."""
    return tuple([name for name in names if name in heard]) if heard else ()


def _says_nothing(heard: Heard, brief: int) -> bool:
    """A greeting, say: a model would guess, and sound sure."""
    return heard.length <= brief and not any(name.startswith("class.") for name in heard.found)
