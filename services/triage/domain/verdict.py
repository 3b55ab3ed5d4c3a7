"""Level, route and priority of a reading, by the rules of the policy in their order."""

from __future__ import annotations

from dataclasses import dataclass

from services.triage.domain.conditions import Test, test_of
from services.triage.domain.confidence import confidences_of
from services.triage.domain.contrast import Contrast, contrast_of
from services.triage.domain.reading import Reading
from services.triage.domain.rules import LevelRule, PriorityRule, RouteRule, TriageRules

HIGHEST = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a ticket. `reading` knows the level by now."""

    reading: Reading
    level: LevelRule
    route: RouteRule
    priority: int
    raised: tuple[PriorityRule, ...]
    contrast: Contrast | None = None
    """What would have changed the level."""


class Judge:
    """A policy made ready to judge with."""

    def __init__(self, rules: TriageRules) -> None:
        self._levels: list[tuple[LevelRule, Test]] = [(r, test_of(r.when)) for r in rules.levels]
        self._routes: list[tuple[RouteRule, Test]] = [(r, test_of(r.when)) for r in rules.routes]
        self._confidence = rules.confidence
        self._by_value = next((r for r in rules.levels if r.when.value_above_fen), None)
        self._priority = [(rule, test_of(rule.when)) for rule in rules.priority]

    def judge(self, reading: Reading) -> Verdict:
        """The verdict. The last rule of levels and of routes always holds."""
        return self.judge_at(reading, self.level_of(reading))

    def level_of(self, reading: Reading) -> LevelRule:
        """The rule that gives the level."""
        return next(rule for rule, holds in self._levels if holds(reading))

    def judge_at(self, reading: Reading, level: LevelRule) -> Verdict:
        """The verdict of a ticket whose level is settled."""
        reading.level = level.level
        route = next(rule for rule, holds in self._routes if holds(reading))
        raised = tuple([rule for rule, holds in self._priority if holds(reading)])
        places = sum([rule.add for rule in raised])
        reading.confidences = confidences_of(reading, level, self._confidence)
        contrast = contrast_of(reading, level, self.level_of, self._by_value)
        return Verdict(reading, level, route, min(max(places, 0), HIGHEST), raised, contrast)
