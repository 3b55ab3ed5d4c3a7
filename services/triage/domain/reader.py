"""Reads a complaint: words and order facts become class, emotion, demands, danger and threat.

Made once per policy; `verdict` turns a reading into level, route and priority.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from schemas.triage import Emotion
from schemas.values import ProblemClass
from services.triage.domain.amounts import PriceFinder
from services.triage.domain.conditions import Test, test_of
from services.triage.domain.days import Occasion, occasion_in
from services.triage.domain.facts import Facts
from services.triage.domain.features import folded, signs
from services.triage.domain.language import language_of
from services.triage.domain.length import unrepeated
from services.triage.domain.lexicon import Found, Lexicon
from services.triage.domain.opinion import SUREST, Opinion, Scorer
from services.triage.domain.orders import without_orders
from services.triage.domain.phrases import FinderOf, plain_finder
from services.triage.domain.reading import Reading
from services.triage.domain.rules import (
    DAY_FAR,
    DAY_NEAR,
    LIKELY,
    Adjustment,
    ModelUse,
    TriageRules,
)

_OCCASIONS = frozenset({"birthday", "festival", "present", "gift_hurry"})
_MONEY_DEMANDED = "sign.extortion"
"""Where money is asked for under threat, it is no price."""
_FAMILIES = ("demand", "safety", "threat", "sign")
_SPOKEN = re.compile(r"[^\W\d_]")
"""A letter of any script: of a text without one the model would guess."""
N = TypeVar("N", bound=str)


@dataclass(frozen=True, slots=True)
class Heard:
    """What stands in a text, before anything is made of it. `facts`: with the price that it
    names, if the order's is unknown."""

    facts: Facts
    found: dict[str, Found]
    normal: str
    text: str
    """As the model sees it, see `features.folded`."""
    features: dict[str, int]
    """What else the model sees, see `features.signs`."""
    length: int
    """Characters."""


class Reader:
    """A policy made ready to read with; with a model, that decides what words alone can't."""

    def __init__(
        self,
        rules: TriageRules,
        scorer: Scorer | None = None,
        finder_of: FinderOf = plain_finder,
    ) -> None:
        self.rules = rules
        self._model = (scorer, rules.model) if scorer and rules.model else None
        self._lexicon = Lexicon(rules, finder_of)
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
        normal = unrepeated(without_orders(self._lexicon.normal(text)))
        found = self._lexicon.find(normal)
        if facts.value_fen is None and _MONEY_DEMANDED not in found:
            price = self._prices.price(normal)
            if price is not None:
                facts = replace(facts, value_fen=price[0], value_told=price[1])
        return Heard(facts, found, normal, folded(normal), signs(found, normal), len(normal))

    def is_told_what_to_answer(self, text: str) -> bool:
        """Whether a text gives orders to a machine that reads it."""
        normal = self._lexicon.normal(text)
        return without_orders(normal) != normal

    def read(self, text: str, facts: Facts, today: date | None = None) -> Reading:
        """Read one complaint. Never fails for what a text says. `today`: the day on which it was
        written, in the shop's calendar; None when that is unknown."""
        heard = self.heard(text, facts)
        reading = self._hear(heard.facts, heard.found)
        reading.language = language_of(heard.normal, bool(heard.found))
        reading.states_price = heard.facts is not facts
        if not _OCCASIONS.isdisjoint(reading.signs) or facts.occasion:
            self._find_day(reading, heard.normal, today)
        if self._model is None or not _SPOKEN.search(heard.normal):
            self._adjust_and_classify(reading)
            return reading
        scorer, use = self._model
        opinion = scorer.opinion(heard.text, heard.features)
        reading.opinion = opinion
        self._add(reading, opinion, heard, scorer, use)
        self._adjust_and_classify(reading)
        if not _says_nothing(heard, use.brief):
            self._decide(reading, opinion, use)
            reading.spoke = scorer.spoke(heard.text, f"classes.{reading.problem_class}")
        return reading

    def subtypes(self, reading: Reading) -> dict[ProblemClass, str]:
        """Of every class the sub-type that it would be, were it that class."""
        return {name: self._subtype(reading, reading.opinion, name) for name in self.rules.classes}

    def _find_day(self, reading: Reading, normal: str, today: date | None) -> None:
        """What it is needed for, and whether that day is near (or was just missed) or far."""
        facts, gift = reading.facts, self.rules.gift
        found = occasion_in(normal, today)
        reading.occasion = found.occasion if found else None
        if facts.occasion:
            on = date.fromisoformat(facts.needed_on) if facts.needed_on else None
            reading.occasion = Occasion(facts.occasion, on)
        if found is None or (found.away is None and not found.stated):
            return
        away = found.away
        near = away is None or -gift.missed_days <= away <= gift.near_days
        sign = DAY_NEAR if near else DAY_FAR
        reading.signs |= {sign}
        day = found.occasion.on
        reading.found[f"sign.{sign}"] = Found(words=[day.isoformat()] if day else [])

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
            found[f"safety.{LIKELY}"] = Found(words=[*scorer.spoke(heard.text, "safety")])
        if reading.threat == "none":
            kind = max(opinion.threats, key=lambda name: opinion.threats[name])
            if opinion.threats[kind] >= use.threat_from:
                reading.threat, reading.threat_read = kind, True
                spoke = scorer.spoke(heard.text, f"threats.{kind}")
                found[f"threat.{kind}"] = Found(words=[*spoke])
        for sign, probability, least in (
            ("disputed", opinion.disputed, use.disputed_from),
            ("gift", opinion.gift, use.gift_from),
        ):
            if probability >= least:
                reading.signs |= {f"{LIKELY}_{sign}"}
                spoke = scorer.spoke(heard.text, sign)
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
        second = max((name for name in odds if name != main), key=lambda name: odds[name])
        reading.runner_up = second, odds[second] / whole
        reading.unclear = reading.confidence < use.unclear_below

    def _subtype(self, reading: Reading, opinion: Opinion | None, main: ProblemClass) -> str:
        """The one that was said most clearly, or else the likeliest, or else the first."""
        of_class = self.rules.classes[main].subtypes
        said = {
            name: reading.found[place].points
            for name in of_class
            if (place := f"class.{main}.{name}") in reading.found
        }
        if said:
            return max(said, key=lambda name: said[name])
        likely = opinion.subtypes if opinion else {}
        return max(of_class, key=lambda name: likely.get(f"{main}.{name}", 0.0))

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
