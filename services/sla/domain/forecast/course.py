"""What is known of a clock, as the store reads it, and its course as the forecast looks at it:
open, paused or over at any past moment. Used by all modules of this package.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypeVar

_BY_LEVEL = {"L1": "urgent_group", "L2": "regular_group", "L3": "supervisor_legal"}
_BY_CLOCK = {"human_triage": "human_triage", "second_line": "second_line"}
T = TypeVar("T")
State = Literal["pending", "paused", "met", "cancelled", "breached"]


def queue_of(clock: str, level: str) -> str:
    """Who works on it: the group of the level, or the one that the clock itself is about."""
    return _BY_CLOCK.get(clock) or _BY_LEVEL.get(level, "regular_group")


class Watched(NamedTuple):
    """A clock as it is stored. `paused_at` is when its first pause began, if it had one.

    `used_s` is running time used, of one that has stopped or pauses.
    """

    ticket_id: str
    clock: str
    generation: int
    level: str
    problem_class: str
    state: State
    target_s: int
    anchor_at: datetime
    due_at: datetime | None
    met_at: datetime | None = None
    cancelled_at: datetime | None = None
    paused_at: datetime | None = None
    used_s: int | None = None


class Course(NamedTuple):
    """A clock in seconds since 1970. Several pauses count as one from where the first began.

    `span_s` is what it may run. `end_s` is when it was met or cancelled, infinite while neither;
    `pause_end_s` is infinite while it pauses. `steps` are when other clocks of its ticket were met.
    """

    ticket_id: str
    clock: str
    level: str
    problem_class: str
    queue: str
    anchor_s: float
    span_s: float
    end_s: float = math.inf
    met: bool = False
    pause_s: float = math.inf
    pause_end_s: float = math.inf
    steps: tuple[float, ...] = ()

    def stage(self, at_s: float) -> tuple[int, float]:
        """How many steps its ticket had taken by then, two at most, and when the last thing
        happened from which it goes on: its anchor, such a step, or the end of a pause."""
        taken, since_s = 0, self.anchor_s
        for step_s in self.steps:
            if step_s <= at_s:
                taken, since_s = taken + 1, max(since_s, step_s)
        if self.pause_end_s <= at_s:
            since_s = max(since_s, self.pause_end_s)
        return min(taken, 2), since_s

    def due_s(self, at_s: float) -> float:
        """The deadline as it was known then; infinite while it paused."""
        if at_s < self.pause_s:
            return self.anchor_s + self.span_s
        if at_s < self.pause_end_s:
            return math.inf
        return self.anchor_s + self.span_s + self.pause_end_s - self.pause_s

    def left_s(self, at_s: float) -> float:
        """What it may still run then; negative when it is overdue."""
        due_s = self.due_s(at_s)
        stopped_s = self.pause_s if due_s == math.inf else at_s
        return (self.anchor_s + self.span_s if due_s == math.inf else due_s) - stopped_s

    @property
    def final_due_s(self) -> float:
        """The deadline as the last that is known of it."""
        return self.due_s(max(self.anchor_s, min(self.end_s, _FAR_S)))


_FAR_S = 1e11


def course_of(watched: Watched, now: datetime) -> Course:
    """The course of a stored clock, as it is known at `now`.

    Of one on a calendar with closed hours the span is what lies on the wall between anchor and
    deadline.
    """
    anchor_s = watched.anchor_at.timestamp()
    span_s, due_at = float(watched.target_s), watched.due_at
    pause_s = pause_end_s = math.inf
    if due_at is None:  # it pauses, or paused when it ended
        pause_s = min(anchor_s + min(watched.used_s or 0, watched.target_s), now.timestamp())
    else:
        wall_s = due_at.timestamp() - anchor_s
        if watched.paused_at is not None and wall_s > span_s:
            pause_s = max(watched.paused_at.timestamp(), anchor_s)
            pause_end_s = pause_s + wall_s - span_s
        else:
            span_s = wall_s
    return Course(
        watched.ticket_id,
        watched.clock,
        watched.level,
        watched.problem_class,
        queue_of(watched.clock, watched.level),
        anchor_s,
        max(span_s, 1.0),
        _end_s(watched),
        watched.met_at is not None,
        pause_s,
        pause_end_s,
    )


def linked(pairs: Iterable[tuple[T, Course]]) -> list[tuple[T, Course]]:
    """Courses with what belongs to them, by anchor, now with the steps of each: when something
    else of the same ticket was met. All clocks of a ticket are to be among them."""
    ordered = sorted(pairs, key=lambda pair: pair[1].anchor_s)
    met: dict[str, list[Course]] = {}
    for _, course in ordered:
        if course.met:
            met.setdefault(course.ticket_id, []).append(course)
    return [
        (of_it, _with_steps(course, met.get(course.ticket_id, ()))) for of_it, course in ordered
    ]


def _with_steps(course: Course, met: Sequence[Course]) -> Course:
    steps = sorted(other.end_s for other in met if other.clock != course.clock)
    return course._replace(steps=tuple(steps)) if steps else course


def _end_s(watched: Watched) -> float:
    """Of one that was breached and never met, the ticket's end is known by what was used."""
    ended_at = watched.met_at or watched.cancelled_at
    if ended_at is not None:
        return ended_at.timestamp()
    if watched.state == "breached" and watched.due_at is not None and watched.used_s is not None:
        return watched.due_at.timestamp() + max(watched.used_s - watched.target_s, 0)
    return math.inf
