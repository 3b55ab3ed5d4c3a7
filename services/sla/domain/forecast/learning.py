"""Learns from a history how probable a breach is: what the signs were worth at past moments. Called
by whoever forecasts; the same history, the same model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from services.sla.domain.forecast.course import Course
from services.sla.domain.forecast.handling import measured
from services.sla.domain.forecast.load import HOUR_S
from services.sla.domain.forecast.logistic import fit, score
from services.sla.domain.forecast.model import Model, Rate
from services.sla.domain.forecast.moments import Lesson, lessons
from services.sla.domain.forecast.signs import log_odds, signs

STEP_S = HOUR_S / 2
LOOKS = 1_500_000
"""Clocks looked at while learning, at most: beyond, past moments are further apart."""
LESSONS = 8_000
ENOUGH, ENOUGH_BREACHES = 200, 10
"""With fewer lessons, or fewer breaches (or as few that were not), only base rates are given."""
PRIOR = (0.0, 0.5, 0.5, 0.2, 0.1, 0.5)
PRIOR_PULL = (0.1, *[50.0] * 5)
TRUST, TRUST_PULL = (0.0, 1.0, 1.0), (1e6, 1e6, 30.0)
EARLY = 0.6
"""Weights from the first part of the past are tried on the rest: what they said too boldly there
is said less boldly."""
CLOCK_PULL = (3.0, *[50.0] * 5)

Sample = tuple[tuple[float, ...], bool]


def learn(history: Iterable[Course], now_s: float, horizon_s: float, weight: float = 1.0) -> Model:
    """From linked clocks that began before now, open ones among them. `weight`: so many clocks
    stand for one that is given, where the history is a sample."""
    courses = sorted((c for c in history if c.anchor_s < now_s), key=_by_anchor)
    model = Model(horizon_s, weight, measured(courses, now_s, weight))
    if not courses:
        return model
    found = list(lessons(courses, _moments(courses, now_s, horizon_s), horizon_s, weight))
    for lesson in found:
        model.base.setdefault((lesson.course.clock, lesson.pausing), Rate()).add(lesson.breached)
    model.lessons = len(found)
    _weigh(model, [lesson for lesson in found if not lesson.pausing])
    _spread(model, found)
    return model


def _moments(courses: Sequence[Course], now_s: float, horizon_s: float) -> list[float]:
    """Moments whose outcome is known, evenly apart. How many clocks are open at one is taken from
    how long they were."""
    begin_s, end_s = courses[0].anchor_s, now_s - horizon_s
    open_s = sum(min(course.end_s, now_s) - course.anchor_s for course in courses)
    step_s = max(STEP_S, open_s / LOOKS)
    return [begin_s + step_s * n for n in range(1, int((end_s - begin_s) / step_s) + 1)]


def _weigh(model: Model, found: Sequence[Lesson]) -> None:
    breaches = sum(lesson.breached for lesson in found)
    if len(found) < ENOUGH or min(breaches, len(found) - breaches) < ENOUGH_BREACHES:
        return
    every = max(1, math.ceil(len(found) / LESSONS))
    read = [
        signs(model.measured, lesson.course, lesson.at_s, lesson.place) for lesson in found[::every]
    ]
    model.bounds = _bounds(read)
    samples = [
        (lesson.course.clock, (model.within(values), lesson.breached))
        for lesson, values in zip(found[::every], read, strict=True)
    ]
    early = samples[: int(len(samples) * EARLY)]
    tried = _fitted(early)
    later: dict[str, list[Sample]] = {}
    for clock, (values, breached) in samples[len(early) :]:
        base = log_odds(model.base_rate(clock))
        off = score(tried.get(clock) or tried[""], values) - base
        later.setdefault(clock, []).append(((base, off), breached))
    together = [sample for of_it in later.values() for sample in of_it]
    trust = fit(together, TRUST, TRUST_PULL)
    model.weights = _fitted(samples)
    for clock in model.weights:
        model.trust[clock] = fit(later[clock], trust, TRUST_PULL)[2] if clock in later else trust[2]


def _bounds(read: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """Where nearly all of each sign lay: what was never seen says no more than the farthest that
    was."""
    edge = len(read) // 200
    return [(column[edge], column[-1 - edge]) for column in map(sorted, zip(*read, strict=True))]


def _fitted(samples: Sequence[tuple[str, Sample]]) -> dict[str, tuple[float, ...]]:
    """Weights of each clock, and of all under the empty name."""
    by_clock: dict[str, list[Sample]] = {}
    for clock, sample in samples:
        by_clock.setdefault(clock, []).append(sample)
    pooled = fit([sample for _, sample in samples], PRIOR, PRIOR_PULL)
    each = {clock: fit(of_it, pooled, CLOCK_PULL) for clock, of_it in by_clock.items()}
    return {"": pooled, **each}


def _spread(model: Model, found: Sequence[Lesson]) -> None:
    """By how much more than chance the counts of a queue were off, at past moments."""
    expected: dict[tuple[str, float], list[float]] = {}
    for lesson in found:
        chance = model.chance(lesson.course, lesson.at_s, lesson.place)
        sums = expected.setdefault((lesson.course.queue, lesson.at_s), [0.0, 0.0])
        sums[0] += lesson.breached - chance
        sums[1] += chance * (1 - chance)
    totals: dict[str, list[float]] = {}
    for (queue, _), (off, chance) in expected.items():
        sums = totals.setdefault(queue, [0.0, 0.0])
        sums[0] += off * off
        sums[1] += chance
    model.spread = {
        queue: max(1.0, (square + 1) / (chance + 1)) for queue, (square, chance) in totals.items()
    }


def _by_anchor(course: Course) -> float:
    return course.anchor_s
