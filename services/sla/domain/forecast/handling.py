"""Handling times, paces and outcomes of a history: what signs are read from. Called by `learning`,
and by whoever asks again later without learning anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.sla.domain.forecast.course import Course
from services.sla.domain.forecast.curves import Stay, measure
from services.sla.domain.forecast.load import HOUR_S, Pace
from services.sla.domain.forecast.model import Model
from services.sla.domain.forecast.signs import Measured, Outcomes, groups, step_groups

SHARES = (
    *[0.02 * step for step in range(5)],
    *[0.05 * step for step in range(2, 20)],
    *(0.98, 1.0, 1.5, 2.0, 4.0),
)
"""Where the rate of ending may change: by parts of the target; below, by length of a wait and by
time since the last step."""
PAUSES_S = tuple(h * HOUR_S for h in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 48.0, 96.0, 240.0))
STEPS_S = tuple(60.0 * m for m in (
    0, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1080, 1440, 2160, 2880, 5760
))  # fmt: skip


def measured(courses: Sequence[Course], now_s: float, weight: float) -> Measured:
    """Of courses by anchor; each stands for `weight` of them."""
    ends = measure((_handled(course, now_s) for course in courses), SHARES)
    paused = [course for course in courses if course.pause_s < now_s]
    pauses = measure((_paused(course, now_s) for course in paused), PAUSES_S)
    steps = measure((stay for course in courses for stay in _steps(course, now_s)), STEPS_S)
    by_queue, by_clock = _by_name(courses)
    since_s = courses[0].anchor_s if courses else now_s
    paces = {
        name: Pace([c.end_s for c in of_it], since_s, now_s, weight)
        for name, of_it in by_queue.items()
    }
    outcomes = {clock: Outcomes(of_it, now_s) for clock, of_it in by_clock.items()}
    return Measured(ends, steps, pauses, paces, outcomes)


def _by_name(
    courses: Sequence[Course],
) -> tuple[dict[tuple[str, str], list[Course]], dict[str, list[Course]]]:
    """By queue and clock, the empty name for all of a queue; and by clock alone."""
    by_queue: dict[tuple[str, str], list[Course]] = {}
    by_clock: dict[str, list[Course]] = {}
    for course in courses:
        by_queue.setdefault((course.queue, course.clock), []).append(course)
        by_queue.setdefault((course.queue, ""), []).append(course)
        by_clock.setdefault(course.clock, []).append(course)
    return by_queue, by_clock


def _handled(course: Course, now_s: float) -> Stay:
    until_s = min(course.end_s, now_s)
    paused_s = max(min(course.pause_end_s, until_s) - course.pause_s, 0.0)
    ran_s = max(until_s - course.anchor_s - paused_s, 0.0)
    return Stay(groups(course), ran_s / course.span_s, course.end_s <= now_s)


def _steps(course: Course, now_s: float) -> Iterator[Stay]:
    """Each stretch from one step, or the end of a pause, to the next."""
    until_s = min(course.end_s, now_s)
    marks = [s for s in (*course.steps, course.pause_s, course.pause_end_s) if s < until_s]
    begin_s = course.anchor_s
    for mark_s in sorted([*marks, until_s]):
        if mark_s > begin_s and not course.pause_s <= begin_s < course.pause_end_s:
            stage, since_s = course.stage(begin_s)
            ended = mark_s == until_s and course.end_s <= now_s
            yield Stay(step_groups(course, stage), mark_s - since_s, ended)
        begin_s = max(begin_s, mark_s)


def _paused(course: Course, now_s: float) -> Stay:
    end_s = min(course.pause_end_s, now_s, course.end_s)
    went_on = course.pause_end_s <= min(now_s, course.end_s)
    return Stay(groups(course), max(end_s - course.pause_s, 0.0), went_on)


def refreshed(model: Model, lately: Sequence[Course], now_s: float) -> Model:
    """The same lessons at a later moment. `lately`: clocks that ended, or were due, within the last
    three hours at least."""
    ends, known = _by_name(lately)
    paces = {
        name: pace.with_ends([c.end_s for c in ends.get(name, ()) if c.end_s < now_s])
        for name, pace in model.measured.paces.items()
    }
    outcomes = {
        clock: Outcomes(known.get(clock, ()), now_s, past.share)
        for clock, past in model.measured.outcomes.items()
    }
    return replace(model, measured=model.measured._replace(paces=paces, outcomes=outcomes))
