"""Whom a breach climbs to: steps of each level, people, and the hours in which a role may be told.
Part of the notifier's policy; read by `escalation` and by the lanes to people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.notifications import Role
from schemas.sla import ClockName
from schemas.values import NO_CONTROL, Count, Language, Level, Ref
from services.notifier.domain.hours import is_zone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FURTHEST_DAYS = 8
"""Within so many days every week opens."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=30, pattern=NO_CONTROL)]
UserId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.@-]+$")]
TO_PEOPLE = "people/"
"""The lane of a channel that speaks to single persons: this and the channel's name."""
PERSON = "person/"
"""A person as the recipient of a notification: this and the name in the policy."""


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reach(_Closed):
    """Local hours in which somebody may be told. A span across midnight belongs to the day on
    which it opens."""

    zone: str = Field(description="IANA time zone.")
    opens: time = Field(description="First local time, inclusive.")
    closes: time = Field(description="Local time from which nobody is told; may be past midnight.")
    days: tuple[Weekday, ...] = Field(default=WEEK, description="Days on which it opens.")

    @model_validator(mode="after")
    def _sound(self) -> Reach:
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None:
            raise ValueError("local times have no zone")
        if not is_zone(self.zone):
            raise ValueError(f"{self.zone} is no time zone")
        if self.opens == self.closes or not self.days:
            raise ValueError("hours are empty")
        return self

    def next_open(self, at: datetime) -> datetime:
        """The first moment from `at` on in which they are open; in the zone of `at`."""
        zone = ZoneInfo(self.zone)
        day = at.astimezone(zone).date() - timedelta(days=1)
        for _ in range(FURTHEST_DAYS + 2):
            if WEEK[day.weekday()] in self.days:
                last = day + timedelta(days=1) if self.closes < self.opens else day
                opens = datetime.combine(day, self.opens, zone).astimezone(at.tzinfo)
                closes = datetime.combine(last, self.closes, zone).astimezone(at.tzinfo)
                if at < closes:
                    return max(at, opens)
            day += timedelta(days=1)
        raise AssertionError("a week without an opening was refused")


class PersonWay(_Closed):
    """A robot that a person reads, and who they are there."""

    channel: Ref = Field(description="Channel of the policy; not an SMS account.")
    account: UserId = Field(description="Their user id at the provider, for the mention.")


class Person(_Closed):
    """Somebody who is told by name. Nothing here is a phone number."""

    name: Name = Field(description="What colleagues call them, or a duty.")
    language: Language = Field(default="zh", description="Language that they are written to in.")
    ways: tuple[PersonWay, ...] = Field(
        min_length=1, max_length=5, description="The first that works carries the message."
    )
    agent: Ref | None = Field(default=None, description="Their id as an agent, if they are one.")


class Step(_Closed):
    """One rung: who is told, and how long after the ladder began."""

    role: Role = Field(description="Role.")
    after_s: Count = Field(description="After the beginning, seconds; rises from step to step.")
    people: tuple[Ref, ...] = Field(
        default=(), description="Who has it. As assignee, whoever of all people answered last."
    )
    hours: Ref | None = Field(default=None, description="When they may be told; none: any time.")
    outside: Literal["next", "wait"] = Field(
        default="next", description="Outside: the next step that may be told, or wait for hours."
    )


class LevelSteps(_Closed):
    """The ladder of a level."""

    steps: tuple[Step, ...] = Field(min_length=1, max_length=8, description="From the first on.")
    clocks: tuple[ClockName, ...] | None = Field(
        default=None, description="Clocks whose breach begins a ladder; none: all."
    )
    warnings: dict[ClockName, tuple[Ref, ...]] = Field(
        default={}, description="Warnings that begin one already: thresholds by clock."
    )


class EscalationPolicy(_Closed):
    """All of it. Without levels nobody is told."""

    pace_s: Count = Field(
        default=60, description="A person gets one message in so long at most, seconds."
    )
    hours: dict[Ref, Reach] = Field(default={}, description="Hours by name.")
    people: dict[Ref, Person] = Field(default={}, description="People by name.")
    levels: dict[Level, LevelSteps] = Field(default={}, description="Ladders by level.")

    def begins(self, level: Level, clock: str, threshold: str | None) -> bool:
        """Whether such a breach, or a warning with that threshold, begins a ladder."""
        ladder = self.levels.get(level)
        if ladder is None:
            return False
        if threshold is not None:
            return threshold in ladder.warnings.get(clock, ())  # type: ignore[call-overload]
        return ladder.clocks is None or clock in ladder.clocks

    def steps_of(self, level: Level) -> tuple[Step, ...]:
        """The steps of a level, none without a ladder."""
        ladder = self.levels.get(level)
        return () if ladder is None else ladder.steps

    def open_from(self, step: Step, at: datetime) -> datetime:
        """From when on the people of a step may be told."""
        return at if step.hours is None else self.hours[step.hours].next_open(at)

    def told(self, step: Step, agent: str | None) -> tuple[str, ...]:
        """Who is told: of an assignee's step the agent who answered last, if they are known."""
        if step.role == "assignee" and agent is not None:
            known = tuple(name for name, each in self.people.items() if each.agent == agent)
            if known:
                return known
        return step.people

    def channels(self) -> set[str]:
        """Channels that people read."""
        return {way.channel for person in self.people.values() for way in person.ways}

    def problems(self, channels: Mapping[str, Any], robots: Iterable[str]) -> Iterator[str]:
        """What does not hold together; `robots` are those of the channels that are no SMS."""
        for name, person in self.people.items():
            for way in person.ways:
                if way.channel not in channels:
                    yield f"escalation: person {name}: channel {way.channel} is not defined"
                elif way.channel not in robots:
                    yield f"escalation: person {name}: channel {way.channel} does not reach people"
        for level, ladder in self.levels.items():
            yield from self._ladder_problems(f"escalation: {level}", ladder)

    def _ladder_problems(self, where: str, ladder: LevelSteps) -> Iterator[str]:
        before = -1
        for number, step in enumerate(ladder.steps, start=1):
            place = f"{where} step {number} ({step.role})"
            if number == 1 and step.after_s:
                yield f"{place}: the first step is told at once, after_s is 0"
            if step.after_s <= before:
                yield f"{place}: after_s {step.after_s} does not rise, the step before has {before}"
            before = step.after_s
            if not step.people:
                yield f"{place} has no people"
            yield from (f"{place}: {p} is nobody" for p in step.people if p not in self.people)
            if step.hours is not None and step.hours not in self.hours:
                yield f"{place}: hours {step.hours} are not defined"
        for name, times in Counter(p for step in ladder.steps for p in step.people).items():
            if times > 1:
                yield f"{where}: {name} would be told {times} times"
