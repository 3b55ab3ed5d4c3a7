"""Plays a scenario, forecasts at many of its moments by what was known then, and compares with
what came. Called by `__main__` and by the unit test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from services.sla.domain.forecast.course import Course, State, Watched, course_of, linked
from services.sla.domain.forecast.handling import refreshed
from services.sla.domain.forecast.learning import learn
from services.sla.domain.forecast.model import Model
from services.sla.domain.forecast.outlook import outlooks
from tests.simulation.forecast.days import DAY_S, HOUR_S, Scenario
from tests.simulation.forecast.desks import Desks, Told

HORIZON_S = 4 * HOUR_S
LEARN_S = 12 * HOUR_S
LOOK_S = HOUR_S / 2
TAIL_S = 2 * DAY_S
LATELY_S = 6 * HOUR_S
BEGIN_AT = datetime(2026, 3, 1, 16, tzinfo=UTC)
"""Midnight in Shanghai: the simulated days begin then."""


class Case(NamedTuple):
    """One clock at one moment: what was said, the base rate known then, and what came."""

    clock: str
    said: float
    base: float
    breached: bool


class Count(NamedTuple):
    """One queue at one moment: how many breaches were expected, between which numbers, how
    probable it was that there would be any, and how many came."""

    queue: str
    expected: float
    low: int
    high: int
    at_least_one: float
    came: int


@dataclass(slots=True)
class Played:
    """All forecasts of one scenario and seed."""

    scenario: Scenario
    cases: list[Case] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)


def played(scenario: Scenario, seed: int, look_s: float = LOOK_S) -> Played:
    """Forecasts every `look_s` seconds of the scenario's last days."""
    world, outcome = Desks(scenario, seed), Played(scenario)
    begin_s = scenario.lead_days * DAY_S
    until_s = begin_s + scenario.days * DAY_S
    world.play(until_s + TAIL_S)
    told = sorted(world.told, key=lambda each: each.anchor_s)
    model: Model | None = None
    past = Past(told)
    for number in range(int((until_s - begin_s) // look_s)):
        now_s = begin_s + number * look_s
        if model is None or now_s % LEARN_S == 0:
            model = learn(past.all(now_s), stamp(now_s), HORIZON_S)
        seen = past.lately(now_s)
        model = refreshed(model, [course for _, course in seen], stamp(now_s))
        _compare(outcome, model, seen, now_s)
    return outcome


class Past:
    """What was known of the clocks at a moment."""

    def __init__(self, told: Sequence[Told]) -> None:
        """`told` by anchor."""
        self._told = told
        self._of_ticket: dict[str, list[Told]] = {}
        for each in told:
            self._of_ticket.setdefault(each.ticket, []).append(each)

    def all(self, now_s: float) -> list[Course]:
        """Every clock, as the store would have told it then."""
        pairs = [(None, known(each, now_s)) for each in self._told if each.anchor_s < now_s]
        return [course for _, course in linked(pairs)]

    def lately(self, now_s: float) -> list[tuple[Told, Course]]:
        """Those of tickets with a clock that was open within the last hours."""
        begun = [each for each in self._told if each.anchor_s < now_s]
        tickets = dict.fromkeys(e.ticket for e in begun if e.end_s > now_s - LATELY_S)
        return linked(
            (each, known(each, now_s))
            for ticket in tickets
            for each in self._of_ticket[ticket]
            if each.anchor_s < now_s
        )


def _compare(
    outcome: Played, model: Model, seen: Sequence[tuple[Told, Course]], now_s: float
) -> None:
    running = [(each, course) for each, course in seen if each.end_s > now_s]
    told = {(each.ticket, each.clock, each.generation): each for each, _ in running}
    pairs = [(watched(each, now_s), course) for each, course in running]
    for queue in outlooks(model, pairs, (), at(now_s)):
        came = 0
        for risk in queue.risks:
            own = risk.clock
            late_s = breach_s(told[own.ticket_id, own.clock, own.generation])
            breached = late_s is not None and now_s < late_s <= now_s + HORIZON_S
            base = model.base_rate(own.clock, pausing=own.state == "paused")
            outcome.cases.append(Case(own.clock, risk.chance, base, breached))
            came += breached
        outcome.counts.append(
            Count(queue.queue, queue.expected, queue.low, queue.high, queue.at_least_one, came)
        )


def breach_s(told: Told) -> float | None:
    """When it ran out of time, if it did."""
    due_s = told.anchor_s + told.target_s
    for begin_s, end_s in told.pauses:
        if begin_s >= due_s:
            break
        due_s += end_s - begin_s
    return due_s if due_s < told.end_s else None


def known(told: Told, now_s: float) -> Course:
    """The course as the store would tell it at that moment."""
    return course_of(watched(told, now_s), at(now_s))


def watched(told: Told, now_s: float) -> Watched:
    """The row of the store at that moment."""
    begun = [pause for pause in told.pauses if pause[0] <= now_s]
    stop_s = min(told.end_s, now_s)
    paused_s = sum(min(end_s, stop_s) - begin_s for begin_s, end_s in begun)
    pausing = bool(begun) and begun[-1][1] > now_s and told.end_s > now_s
    due_s = told.anchor_s + told.target_s + sum(end_s - begin_s for begin_s, end_s in begun)
    late = due_s < stop_s
    state: State = (
        "paused" if pausing else "breached" if late else "met" if told.met_s <= now_s
        else "cancelled" if told.cancelled_s <= now_s else "pending"
    )  # fmt: skip
    return Watched(
        told.ticket, told.clock, told.generation, told.level, told.problem_class, state,
        told.target_s, at(told.anchor_s), None if pausing else at(due_s),
        met_at=at(told.met_s) if told.met_s <= now_s else None,
        cancelled_at=at(told.cancelled_s) if state == "cancelled" else None,
        paused_at=at(begun[0][0]) if begun else None,
        used_s=int(stop_s - told.anchor_s - paused_s) if pausing or told.end_s <= now_s else None,
    )  # fmt: skip


def at(moment_s: float) -> datetime:
    """A moment of the simulation on the calendar."""
    return BEGIN_AT + timedelta(seconds=moment_s)


def stamp(moment_s: float) -> float:
    """A moment of the simulation in seconds since 1970."""
    return BEGIN_AT.timestamp() + moment_s
