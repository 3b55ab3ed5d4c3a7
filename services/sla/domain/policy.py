"""The SLA policy: which clocks a class and level has, how long, what meets and pauses them.
The file's model in `services/sla/policy.py` adds loading; `plan` asks for `terms`.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import get_args

from pydantic import Field, ValidationInfo, field_validator

from schemas.values import Level, ProblemClass, Ref
from services.sla.domain.clock_rules import (
    ClockRule,
    Closed,
    RouteSet,
    Target,
    TargetSet,
    Term,
    WarningRule,
    refuse_repeats,
)
from services.sla.domain.policy_checks import check_routes, check_targets, places

LEVELS: tuple[Level, ...] = get_args(Level)


class SlaRules(Closed):
    """The whole policy. A ticket keeps the version that it began with."""

    version: Ref = Field(default="unversioned", description="Filled in from the content.")
    urgency: tuple[Level, ...] = Field(description="The levels, most urgent first.")
    warnings: tuple[WarningRule, ...] = Field(description="When clocks warn, unless they say.")
    clocks: tuple[ClockRule, ...] = Field(description="How each clock behaves.")
    targets: tuple[TargetSet, ...] = Field(description="Which clocks run, and how long.")
    routes: tuple[RouteSet, ...] = Field(default=(), description="Clocks of a way, likewise.")

    @field_validator("urgency")
    @classmethod
    def _all_levels(cls, urgency: tuple[Level, ...]) -> tuple[Level, ...]:
        if sorted(urgency) != sorted(LEVELS):
            raise ValueError(f"name each of {', '.join(LEVELS)} once, most urgent first")
        return urgency

    @field_validator("warnings")
    @classmethod
    def _warned_once(cls, warnings: tuple[WarningRule, ...]) -> tuple[WarningRule, ...]:
        refuse_repeats(warning.name for warning in warnings)
        return warnings

    @field_validator("clocks")
    @classmethod
    def _stated_once(cls, clocks: tuple[ClockRule, ...]) -> tuple[ClockRule, ...]:
        refuse_repeats(rule.clock for rule in clocks)
        return clocks

    @field_validator("targets")
    @classmethod
    def _sound(cls, targets: tuple[TargetSet, ...], info: ValidationInfo) -> tuple[TargetSet, ...]:
        if {"clocks", "warnings"} <= set(info.data):  # else their own error is told
            check_targets(targets, info.data["clocks"], info.data["warnings"])
        return targets

    @field_validator("routes")
    @classmethod
    def _sound_routes(
        cls, routes: tuple[RouteSet, ...], info: ValidationInfo
    ) -> tuple[RouteSet, ...]:
        if {"clocks", "warnings", "targets"} <= set(info.data):
            rest = info.data["targets"], info.data["clocks"], info.data["warnings"]
            check_routes(routes, *rest)
        return routes

    def terms(
        self, problem_class: ProblemClass, level: Level, *, unsure: bool = False
    ) -> tuple[Term, ...]:
        """The clocks of a class and level, in the order of the file; of a ticket that a person
        has to sort (`unsure`) also those of that way."""
        terms = self._terms[problem_class, level]
        return (*self._terms_unsure, *terms) if unsure else terms

    @cached_property
    def _terms_unsure(self) -> tuple[Term, ...]:
        rules = {rule.clock: rule for rule in self.clocks}
        return tuple(self._term(rules[t.clock], t) for each in self.routes for t in each.clocks)

    @cached_property
    def _terms(self) -> dict[tuple[ProblemClass, Level], tuple[Term, ...]]:
        rules = {rule.clock: rule for rule in self.clocks}
        return {
            place: tuple(self._term(rules[target.clock], target) for target in chosen.clocks)
            for place, chosen in places(self.targets).items()
        }

    def _term(self, rule: ClockRule, target: Target) -> Term:
        warnings = self.warnings if target.warnings is None else target.warnings
        thresholds = [warning.threshold(target.target_s) for warning in warnings]
        return Term(
            clock=target.clock,
            target_s=target.target_s,
            target=timedelta(seconds=target.target_s),
            met_by=frozenset(rule.met_by),
            pauses_for=frozenset(rule.pauses_for),
            restarts=rule.kind == "resolution",
            thresholds=tuple(sorted(thresholds, key=lambda t: t.left, reverse=True)),
        )
