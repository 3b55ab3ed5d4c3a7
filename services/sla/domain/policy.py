"""The SLA policy: which clocks a class and level has, how long, what meets and pauses them, whose
working time they count.
The file's model in `services/sla/policy.py` adds loading; `plan` asks for `terms`.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Self, get_args

from pydantic import Field, ValidationInfo, field_validator

from schemas.sla import ClockName
from schemas.values import Fen, Level, ProblemClass, Ref
from services.sla.domain.calendar.book import CalendarBook
from services.sla.domain.clock_rules import (
    ClockRule,
    Closed,
    RouteSet,
    Target,
    TargetSet,
    Term,
    Threshold,
    WarningRule,
    refuse_repeats,
)
from services.sla.domain.conversation.rules import (
    Conversation,
    ConversationRule,
    conversation_problems,
)
from services.sla.domain.policy_calendars import (
    Hours,
    book_problems,
    named,
    unknown,
    unknown_of_sets,
    with_holidays,
)
from services.sla.domain.policy_checks import check_routes, check_targets, places
from services.sla.domain.problems import refuse

LEVELS: tuple[Level, ...] = get_args(Level)


class SlaRules(Closed):
    """The whole policy. A ticket keeps the version that it began with."""

    version: Ref = Field(default="unversioned", description="Filled in from the content.")
    book: CalendarBook | None = Field(
        default=None, description="The calendars that clocks name, filled in from calendars/."
    )
    counted_by: Ref | None = Field(
        default=None,
        exclude=True,
        description="Version of the calendars whose holidays are laid over; none of the first.",
    )
    urgency: tuple[Level, ...] = Field(description="The levels, most urgent first.")
    warnings: tuple[WarningRule, ...] = Field(description="When clocks warn, unless they say.")
    clocks: tuple[ClockRule, ...] = Field(description="How each clock behaves.")
    targets: tuple[TargetSet, ...] = Field(description="Which clocks run, and how long.")
    routes: tuple[RouteSet, ...] = Field(default=(), description="Clocks of a way, likewise.")
    conversation: tuple[ConversationRule, ...] = Field(
        default=(), description="Clocks that the conversation starts."
    )
    breach_costs_fen: dict[ClockName, Fen] = Field(
        default_factory=dict, description="What a breach costs us; only comparisons ask for it."
    )

    @field_validator("book")
    @classmethod
    def _countable(cls, book: CalendarBook | None) -> CalendarBook | None:
        if book is not None:
            refuse(book_problems(book))
        return book

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
    def _stated_once(
        cls, clocks: tuple[ClockRule, ...], info: ValidationInfo
    ) -> tuple[ClockRule, ...]:
        refuse_repeats(rule.clock for rule in clocks)
        if "book" in info.data:
            refuse(unknown(clocks, info.data["book"]))
        return clocks

    @field_validator("targets")
    @classmethod
    def _sound(cls, targets: tuple[TargetSet, ...], info: ValidationInfo) -> tuple[TargetSet, ...]:
        if {"clocks", "warnings"} <= set(info.data):  # else their own error is told
            check_targets(targets, info.data["clocks"], info.data["warnings"])
        if "book" in info.data:
            refuse(unknown_of_sets(targets, info.data["book"]))
        return targets

    @field_validator("routes")
    @classmethod
    def _sound_routes(
        cls, routes: tuple[RouteSet, ...], info: ValidationInfo
    ) -> tuple[RouteSet, ...]:
        if {"clocks", "warnings", "targets"} <= set(info.data):
            rest = info.data["targets"], info.data["clocks"], info.data["warnings"]
            check_routes(routes, *rest)
        if "book" in info.data:
            refuse(unknown_of_sets(routes, info.data["book"]))
        return routes

    @field_validator("conversation")
    @classmethod
    def _sound_conversation(
        cls, rules: tuple[ConversationRule, ...], info: ValidationInfo
    ) -> tuple[ConversationRule, ...]:
        if "warnings" in info.data:
            refuse(conversation_problems(rules, info.data["warnings"]))
        if "book" in info.data:
            refuse(unknown(rules, info.data["book"]))
        return rules

    def terms(
        self, problem_class: ProblemClass, level: Level, *, unsure: bool = False
    ) -> tuple[Term, ...]:
        """The clocks of a class and level, in the order of the file; of a ticket that a person
        has to sort (`unsure`) also those of that way."""
        terms = self._terms[problem_class, level]
        return (*self._terms_unsure, *terms) if unsure else terms

    @property
    def calendars_named(self) -> frozenset[str]:
        """Calendars that its clocks count by, but for the one of every second."""
        return named((*self.clocks, *self.conversation), (*self.targets, *self.routes))

    def counting_by(self, today: CalendarBook, version: str) -> Self:
        """The same policy, hours and all, with the holidays known today: `version` names whose.

        Itself when no clock follows holidays. Raises UnusableError when they don't go together.
        """
        if self.book is None or not self.book.holidays or self.counted_by == version:
            return self
        parts = {name: getattr(self, name) for name in type(self).model_fields}
        book = with_holidays(self.book, today)
        return type(self)(**{**parts, "book": book, "counted_by": version})

    @cached_property
    def _hours(self) -> Hours:
        return Hours(self.book)

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

    @cached_property
    def talk(self) -> Conversation:
        """The rules of the conversation, ready to be asked."""
        return Conversation(self.conversation)

    @cached_property
    def conversation_terms(self) -> tuple[Term, ...]:
        """The clocks of the conversation, in the order of the file. They never pause."""
        return tuple(
            Term(
                clock=rule.clock,
                target_s=rule.target_s,
                target=timedelta(seconds=rule.target_s),
                met_by=frozenset(),
                pauses_for=frozenset(),
                restarts=False,
                thresholds=self._thresholds(rule.warnings, rule.target_s),
                calendar=self._hours.of(rule.calendar),
            )
            for rule in self.conversation
        )

    def _thresholds(
        self, own: tuple[WarningRule, ...] | None, target_s: int
    ) -> tuple[Threshold, ...]:
        warnings = self.warnings if own is None else own
        found = [warning.threshold(target_s) for warning in warnings]
        return tuple(sorted(found, key=lambda t: t.left, reverse=True))

    def _term(self, rule: ClockRule, target: Target) -> Term:
        longest = rule.longest_pause_s
        return Term(
            clock=target.clock,
            target_s=target.target_s,
            target=timedelta(seconds=target.target_s),
            met_by=frozenset(rule.met_by),
            pauses_for=frozenset(rule.pauses_for),
            restarts=rule.kind == "resolution",
            thresholds=self._thresholds(target.warnings, target.target_s),
            calendar=self._hours.of(target.calendar or rule.calendar),
            longest_pause=longest if longest is None else timedelta(seconds=longest),
        )
