"""The ladder of one breach as a state machine: TRANSITIONS is the whole table. Pure; moved by the
rules in `ladders`, stored by `store`.

A ladder is `raised` until it ends, for one reason and for good. Each step is told once at most, and
nothing is told after the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from schemas.sla import ClockName
from schemas.values import Level, ProblemClass
from services.notifier.domain.escalation_policy import EscalationPolicy, Step

NAMESPACE = UUID("b0a52f5e-3d0c-5c4f-9a55-4b7a7d8a1e2c")
Cause = Literal["breached", "warned"]
State = Literal["raised", "acknowledged", "met", "cancelled", "answered", "resolved"]
TRANSITIONS: frozenset[tuple[State, State]] = frozenset(
    {
        ("raised", "acknowledged"),
        ("raised", "met"),
        ("raised", "cancelled"),
        ("raised", "answered"),
        ("raised", "resolved"),
    }
)

OF_THE_LEVEL = frozenset(
    {
        "first_contact", "solution", "first_reply", "review", "closure", "human_review",
        "joint_resolution",
    }
)  # fmt: skip
"""Clocks that a ticket has for its level and class: with others they are over."""
SORTING = "human_triage"
"""Clock of a ticket that a person has to sort: also over once it goes another way."""
DATED = frozenset({"platform", "promise"})
"""Clocks that run to a date, which may move."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """One ladder. `told` is the number of the step told last (from 1, as the policy counts them),
    0 before the first; `stepped_at` is when that was. What happened from `since_at` on (the breach,
    or the warning) may settle it; `raised_at` is when we began."""

    id: UUID
    clock: ClockName
    generation: int
    level: Level
    problem_class: ProblemClass
    cause: Cause
    due_at: datetime
    since_at: datetime
    raised_at: datetime
    state: State = "raised"
    told: int = 0
    stepped_at: datetime | None = None
    people: tuple[str, ...] = ()
    """Everybody who was told."""
    by: str | None = None
    ended_at: datetime | None = None

    @property
    def occasion(self) -> str:
        """What there is one ladder for."""
        return occasion_of(self.clock, self.generation, self.due_at, self.cause)

    @property
    def is_open(self) -> bool:
        """It still climbs, or waits for somebody."""
        return self.state == "raised"


@dataclass(frozen=True, slots=True)
class Climb:
    """What a look at a ladder says: `step` and its `people` are told now, and it is looked at
    `again_at`, if ever."""

    ladder: Ladder
    step: Step | None = None
    people: tuple[str, ...] = ()
    again_at: datetime | None = None


def occasion_of(clock: str, generation: int, due_at: datetime, cause: Cause = "breached") -> str:
    """Clock and generation; of a dated clock, whose date may move and pass again, with the date.
    A warning is another occasion than the breach."""
    date = f":{due_at:%Y%m%dT%H%M%S%f}" if clock in DATED else ""
    warned = ":warned" if cause == "warned" else ""
    return f"{clock}:{generation}{date}{warned}"


def ladder_id(shop_id: str, ticket_id: str, occasion: str) -> UUID:
    """The same for the same occasion, however often it is told."""
    return uuid5(NAMESPACE, "\x1f".join((shop_id, ticket_id, occasion)))


def climb(ladder: Ladder, policy: EscalationPolicy, agent: str | None, now: datetime) -> Climb:
    """Tell the next step if it is due and somebody of it may be told now. `agent` answered last.

    Outside its hours a step lets the next one go before, or waits; while none may be told the
    ladder waits for whoever may be first.
    """
    steps = policy.steps_of(ladder.level)
    if not ladder.is_open or ladder.told >= len(steps):
        return Climb(ladder)
    due_at = _due_at(ladder, steps, ladder.told)
    if now < due_at:
        return Climb(ladder, again_at=due_at)
    opens: list[datetime] = []
    for number in range(ladder.told, len(steps)):
        step = steps[number]
        people = tuple(p for p in policy.told(step, agent) if p not in ladder.people)
        if not people:
            continue
        opens_at = policy.open_from(step, now)
        if opens_at <= now:
            return _told(ladder, steps, number, people, now)
        opens.append(opens_at)
        if step.outside == "wait":
            break
    return Climb(ladder, again_at=min(opens, default=None))


def end(ladder: Ladder, state: State, at: datetime, by: str | None = None) -> Ladder:
    """The ladder, ended. Raises ValueError for a move outside the table."""
    if (ladder.state, state) not in TRANSITIONS:
        raise ValueError(f"{ladder.state} to {state} is no transition")
    return replace(ladder, state=state, by=by, ended_at=max(at, ladder.raised_at))


def _due_at(ladder: Ladder, steps: Sequence[Step], number: int) -> datetime:
    """Counted from when the step before was really told: everybody has their time to answer."""
    if ladder.told == 0 or ladder.stepped_at is None:
        return ladder.raised_at + timedelta(seconds=steps[number].after_s)
    gap_s = steps[number].after_s - steps[ladder.told - 1].after_s
    return ladder.stepped_at + timedelta(seconds=gap_s)


def _told(
    ladder: Ladder, steps: Sequence[Step], number: int, people: tuple[str, ...], now: datetime
) -> Climb:
    ladder = replace(ladder, told=number + 1, stepped_at=now, people=(*ladder.people, *people))
    more = ladder.told < len(steps)
    again_at = _due_at(ladder, steps, ladder.told) if more else None
    return Climb(ladder, steps[number], people, again_at)
