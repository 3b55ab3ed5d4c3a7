"""What a policy file says about single clocks: how they behave, how long, when they warn.
`policy` puts these values together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from schemas.sla import ClockName
from schemas.tickets import WaitCause
from schemas.values import Level, Ordinal, ProblemClass
from services.sla.domain.calendar.book import Name
from services.sla.domain.calendar.working_time import Calendar
from services.sla.domain.problems import refuse, repeats

Deed = Literal[
    "call_made", "agent_replied", "reviewed", "flagged_for_review", "solution_offered", "resolved",
    "classified",
]  # fmt: skip
LevelClock = Literal[
    "first_contact", "solution", "first_reply", "review", "closure", "human_review",
    "joint_resolution", "human_triage",
]  # fmt: skip
"""Clocks that a level or a route brings; the contract knows more, which other events start."""
EVERY_SECOND = "always"
"""The calendar of a clock that names none."""
Percent = Annotated[int, Field(ge=1, le=99, strict=True)]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A warning. `left` is the running time that is left when it speaks."""

    name: str
    left: timedelta


@dataclass(frozen=True, slots=True)
class Term:
    """One clock as a ticket of a certain class and level gets it. Thresholds come in order; no
    calendar means every second."""

    clock: ClockName
    target_s: int
    target: timedelta
    met_by: frozenset[Deed]
    pauses_for: frozenset[WaitCause]
    restarts: bool
    thresholds: tuple[Threshold, ...]
    calendar: Calendar | None = None
    longest_pause: timedelta | None = None
    dated: bool = False
    """Its deadline is a date that somebody set, and may be set anew."""


class Closed(BaseModel):
    """Content with nothing but the named fields: a typing error is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WarningRule(Closed):
    """When to warn: at a percentage of the target, or so many seconds before its end."""

    percent: Percent | None = Field(default=None, description="Of the target, by running time.")
    before_s: Ordinal | None = Field(default=None, description="Running time before the end.")

    @model_validator(mode="after")
    def _one_way(self) -> WarningRule:
        if (self.percent is None) == (self.before_s is None):
            raise ValueError("say either percent or before_s")
        return self

    @property
    def name(self) -> str:
        """What events call it: p75 for 75 per cent, b300 for 300 seconds before the end."""
        return f"b{self.before_s}" if self.percent is None else f"p{self.percent}"

    def threshold(self, target_s: int) -> Threshold:
        """The same for one target, exact to the microsecond."""
        if self.percent is None:
            return Threshold(self.name, timedelta(seconds=self.before_s or 0))
        return Threshold(self.name, timedelta(seconds=target_s) * (100 - self.percent) / 100)


class ClockRule(Closed):
    """How a clock behaves, whatever its target.

    A reply clock asks for an answer: it never pauses, and a reopening does not start it again.
    A resolution clock asks for a result: it pauses for `pauses_for` and keeps what is used.
    """

    clock: LevelClock = Field(description="Which clock.")
    kind: Literal["reply", "resolution"] = Field(description="What it asks for.")
    met_by: tuple[Deed, ...] = Field(min_length=1, description="Any one of these meets it.")
    pauses_for: tuple[WaitCause, ...] = Field(default=(), description="Waits that stop it.")
    longest_pause_s: Ordinal | None = Field(
        default=None, description="A wait stops it for so long at most, seconds on the wall."
    )
    calendar: Name = Field(default=EVERY_SECOND, description="Whose working time it counts.")

    @field_validator("met_by", "pauses_for")
    @classmethod
    def _apart(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        refuse_repeats(names)
        return names

    @model_validator(mode="after")
    def _consistent(self) -> ClockRule:
        if self.kind == "reply" and self.pauses_for:
            raise ValueError(f"{self.clock} is a reply clock: it can't pause")
        if self.longest_pause_s is not None and not self.pauses_for:
            raise ValueError(f"{self.clock} has a longest pause, but never pauses")
        return self


class Target(Closed):
    """How long a clock may run, and when it warns (as everywhere unless said here)."""

    clock: LevelClock = Field(description="Which clock.")
    target_s: Ordinal = Field(description="Running time allowed, seconds.")
    warnings: tuple[WarningRule, ...] | None = Field(default=None, description="Its own.")
    calendar: Name | None = Field(default=None, description="Its own.")

    @field_validator("warnings")
    @classmethod
    def _apart(cls, warnings: tuple[WarningRule, ...] | None) -> tuple[WarningRule, ...] | None:
        refuse_repeats(warning.name for warning in warnings or ())
        return warnings


class TargetSet(Closed):
    """The clocks of a level: for the classes named, or for all that no other set names."""

    level: Level = Field(description="Which level.")
    classes: tuple[ProblemClass, ...] | None = Field(
        default=None, min_length=1, description="Which classes; all others when left out."
    )
    clocks: tuple[Target, ...] = Field(description="The clocks that run.")

    @field_validator("clocks")
    @classmethod
    def _some_and_apart(cls, clocks: tuple[Target, ...]) -> tuple[Target, ...]:
        if not clocks:
            raise ValueError("no clocks: every class of every level needs at least one")
        refuse_repeats(target.clock for target in clocks)
        return clocks


class RouteSet(Closed):
    """The clocks that a ticket has besides those of its level, while it goes that way."""

    route: Literal["human_triage"] = Field(description="Which way.")
    clocks: tuple[Target, ...] = Field(min_length=1, description="The clocks that run.")

    @field_validator("clocks")
    @classmethod
    def _apart(cls, clocks: tuple[Target, ...]) -> tuple[Target, ...]:
        refuse_repeats(target.clock for target in clocks)
        return clocks


def refuse_repeats(names: Iterable[str]) -> None:
    """Raise UnusableError when a name stands there twice."""
    refuse(repeats(names))
