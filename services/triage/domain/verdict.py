"""Level, route and priority of a reading, by the rules of the policy in their order."""

from __future__ import annotations

from dataclasses import dataclass

from services.triage.domain.conditions import Test, test_of
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


class Judge:
    """A policy made ready to judge with."""

    def __init__(self, rules: TriageRules) -> None:
        self._levels: list[tuple[LevelRule, Test]] = [(r, test_of(r.when)) for r in rules.levels]
        self._routes: list[tuple[RouteRule, Test]] = [(r, test_of(r.when)) for r in rules.routes]
        self._priority = [(rule, test_of(rule.when)) for rule in rules.priority]

    def judge(self, reading: Reading) -> Verdict:
        """The verdict. The last rule of levels and of routes always holds."""
        level = next(rule for rule, holds in self._levels if holds(reading))
        reading.level = level.level
        route = next(rule for rule, holds in self._routes if holds(reading))
        raised = tuple([rule for rule, holds in self._priority if holds(reading)])
        places = sum([rule.add for rule in raised])
        return Verdict(reading, level, route, min(max(places, 0), HIGHEST), raised)
