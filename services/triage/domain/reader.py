"""Reads a complaint: words and order facts become class, emotion, demands, danger and threat.

Made once per policy; `verdict` turns a reading into level, route and priority.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from schemas.triage import Emotion
from schemas.values import ProblemClass
from services.triage.domain.amounts import PriceFinder
from services.triage.domain.conditions import Test, test_of
from services.triage.domain.facts import Facts
from services.triage.domain.lexicon import Found, Lexicon
from services.triage.domain.reading import Reading
from services.triage.domain.rules import Adjustment, TriageRules

_FAMILIES = ("demand", "safety", "threat", "sign")
N = TypeVar("N", bound=str)


class Reader:
    """A policy made ready to read with."""

    def __init__(self, rules: TriageRules) -> None:
        self.rules = rules
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

    def read(self, text: str, facts: Facts) -> Reading:
        """Read one complaint. Never fails for what a text says."""
        normal = self._lexicon.normal(text)
        if facts.value_fen is None:
            price_fen = self._prices.fen(normal)
            facts = facts if price_fen is None else replace(facts, value_fen=price_fen)
        reading = self._hear(facts, self._lexicon.find(normal))
        reading.adjusted = tuple([rule for rule, holds in self._adjust if holds(reading)])
        self._classify(reading)
        return reading

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
