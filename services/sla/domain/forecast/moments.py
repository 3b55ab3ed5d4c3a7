"""A history seen from inside: what stood open at past moments, and what came of it. `learning`
takes its lessons from here; a forecast looks at the present in the same way.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from services.sla.domain.forecast.course import Course
from services.sla.domain.forecast.load import Line


class Place(NamedTuple):
    """Clocks that are due before one: of its name in its queue, and of all names there."""

    of_name: float = 0.0
    of_queue: float = 0.0


class Lesson(NamedTuple):
    """A clock that was open at a past moment and might have been breached within the horizon."""

    course: Course
    at_s: float
    place: Place
    pausing: bool
    breached: bool


def breached_by(course: Course, from_s: float, until_s: float) -> bool:
    """Whether its deadline passed in (from, until] without what it asks for."""
    due_s = course.final_due_s
    return from_s < due_s <= until_s and due_s < course.end_s


class Queues:
    """What stands open at one moment and does not pause. What is overdue comes first of all."""

    def __init__(self, open_then: Iterable[Course], at_s: float, weight: float = 1.0) -> None:
        """`weight`: so many clocks stand for one that is given."""
        self._at_s = at_s
        dues: dict[tuple[str, str], list[float]] = {}
        for course in open_then:
            due_s = course.due_s(at_s)
            if due_s != math.inf:
                dues.setdefault((course.queue, course.clock), []).append(due_s)
                dues.setdefault((course.queue, ""), []).append(due_s)
        self._lines = {name: Line(found, weight) for name, found in dues.items()}

    def place(self, course: Course) -> Place:
        """Of an open clock; of one that pauses as if it ran from now on."""
        due_s = self._at_s + course.left_s(self._at_s)
        names = (course.queue, course.clock), (course.queue, "")
        return Place(*[line.ahead(due_s) if (line := self._lines.get(n)) else 0.0 for n in names])


def may_breach(course: Course, at_s: float, horizon_s: float) -> bool:
    """Not overdue, and due within the horizon if it runs on from now."""
    return 0 < course.left_s(at_s) <= horizon_s


def lessons(
    courses: Sequence[Course], moments: Sequence[float], horizon_s: float, weight: float
) -> Iterator[Lesson]:
    """All of them, at each of the moments, which ascend. The courses ascend by anchor."""
    anchors = [course.anchor_s for course in courses]
    open_then: list[Course] = []
    begun = 0
    for at_s in moments:
        upto = bisect_right(anchors, at_s)
        open_then = [c for c in (*open_then, *courses[begun:upto]) if c.end_s > at_s]
        begun = upto
        queues = Queues(open_then, at_s, weight)
        for course in open_then:
            if may_breach(course, at_s, horizon_s):
                pausing = course.due_s(at_s) == math.inf
                breached = breached_by(course, at_s, at_s + horizon_s)
                yield Lesson(course, at_s, queues.place(course), pausing, breached)
