"""What a policy file says about the clocks that a conversation starts: on which ways they run, how
long, when they warn. `policy` checks it, `reading` goes by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field, field_validator, model_validator

from schemas.triage import Route
from schemas.values import Flag, Ordinal, ProblemClass
from services.sla.domain.calendar.book import Name
from services.sla.domain.clock_rules import EVERY_SECOND, Closed, WarningRule, refuse_repeats
from services.sla.domain.problems import Problem, repeats

ConversationClock = Literal["human_first_response", "next_reply", "second_line", "group_hold"]


class ConversationRule(Closed):
    """A clock that starts by what is said or by who has the ticket, whatever its level.

    It never pauses. What starts and meets it is part of the clock: see `watches`.
    """

    clock: ConversationClock = Field(description="Which clock.")
    target_s: Ordinal = Field(description="Running time allowed, seconds.")
    routes: tuple[Route, ...] = Field(min_length=1, description="Ways on which it runs.")
    classes: tuple[ProblemClass, ...] | None = Field(
        default=None, min_length=1, description="Of which classes; all when left out."
    )
    bot_counts: Flag = Field(
        default=False, description="For next_reply: the bot's answer to the customer meets it."
    )
    warnings: tuple[WarningRule, ...] | None = Field(default=None, description="Its own.")
    calendar: Name = Field(default=EVERY_SECOND, description="Whose working time it counts.")

    @field_validator("routes", "classes")
    @classmethod
    def _apart(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        refuse_repeats(names or ())
        return names

    @field_validator("warnings")
    @classmethod
    def _warned_once(
        cls, warnings: tuple[WarningRule, ...] | None
    ) -> tuple[WarningRule, ...] | None:
        refuse_repeats(warning.name for warning in warnings or ())
        return warnings

    @model_validator(mode="after")
    def _consistent(self) -> ConversationRule:
        if self.bot_counts and self.clock != "next_reply":
            raise ValueError(f"{self.clock}: the bot's answer counts for next_reply only")
        if self.clock == "human_first_response" and "bot" in self.routes:
            raise ValueError(f"{self.clock}: on the way `bot` nobody has to answer")
        return self

    def runs(self, route: Route | None, problem_class: ProblemClass | None) -> bool:
        """Whether a ticket of that way and class has it."""
        return route in self.routes and (self.classes is None or problem_class in self.classes)


class Conversation:
    """The rules of a policy, with a quick answer to which of them a ticket may have."""

    def __init__(self, rules: Sequence[ConversationRule]) -> None:
        self.rules = tuple(rules)
        self.by_message = frozenset(n for n, r in enumerate(rules) if r.clock == "next_reply")
        self._at: dict[tuple[Route | None, ProblemClass | None], frozenset[int]] = {}

    def runs_at(self, route: Route | None, problem_class: ProblemClass | None) -> frozenset[int]:
        """Rules by number, of tickets of that way and class."""
        found = self._at.get((route, problem_class))
        if found is None:
            runs = (n for n, rule in enumerate(self.rules) if rule.runs(route, problem_class))
            found = self._at[route, problem_class] = frozenset(runs)
        return found


def conversation_problems(
    rules: Sequence[ConversationRule], general: Sequence[WarningRule]
) -> Iterator[Problem]:
    """What can't be kept, placed from `conversation`."""
    yield from repeats(rule.clock for rule in rules)
    for number, rule in enumerate(rules):
        for warning in general if rule.warnings is None else rule.warnings:
            if warning.before_s is not None and warning.before_s > rule.target_s:
                reason = (
                    f"{rule.clock} would warn {warning.before_s} s before its end, "
                    f"but it has {rule.target_s} s only"
                )
                yield Problem((number,), reason)
