"""Queues of tickets on the shipped policy's clocks, worked on by agents in shifts, as a seeded
simulation of events. Called by `trials`; tells what each clock did and when.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from random import Random

from tests.simulation.forecast.days import HOUR_S, Calendar, Scenario

MINUTE_S = 60.0
HIGHEST = 24
"""No hour has so many times the mean of tickets."""
CLOCKS = {
    "L1": {"first_contact": 900, "solution": 14_400},
    "L2": {"first_reply": 3_600, "review": 86_400, "closure": 172_800},
    "L3": {"human_review": 1_800, "joint_resolution": 259_200},
}
PAUSING = {"solution", "review", "closure", "joint_resolution"}
QUEUE = {"L1": "urgent_group", "L2": "regular_group", "L3": "supervisor_legal"}
CLASSES = ("product_mismatch", "logistics", "usage", "service_attitude", "special")
SHARES = (35, 28, 20, 10, 7)
SLOWER = {"product_mismatch": 1.1, "logistics": 1.0, "usage": 0.8, "service_attitude": 1.0,
          "special": 1.4}  # fmt: skip


@dataclass(slots=True)
class Told:
    """What one clock did. `pauses` are stretches, the last without end while it lasts."""

    ticket: str
    clock: str
    level: str
    problem_class: str
    target_s: int
    anchor_s: float
    generation: int = 1
    met_s: float = math.inf
    cancelled_s: float = math.inf
    pauses: list[tuple[float, float]] = field(default_factory=list)

    @property
    def end_s(self) -> float:
        """Met or cancelled."""
        return min(self.met_s, self.cancelled_s)


@dataclass(slots=True)
class Ticket:
    """One complaint, with its open clocks."""

    name: str
    level: str
    problem_class: str
    clocks: dict[str, Told] = field(default_factory=dict)
    over: bool = False


@dataclass(order=True, slots=True)
class Task:
    """A piece of work for an agent; `then` follows when it is done."""

    due_s: float
    number: int
    work_s: float = field(compare=False)
    ticket: Ticket = field(compare=False)
    then: Callable[[], None] = field(compare=False)


class Desks:
    """The whole service. `play` once, then `told` has every clock."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._dice = Random(f"{scenario.name}/{seed}")
        self.calendar = Calendar.drawn(scenario, self._dice)
        self.told: list[Told] = []
        self.now_s = 0.0
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._waiting: dict[str, list[Task]] = {queue: [] for queue in QUEUE.values()}
        self._busy = dict.fromkeys(QUEUE.values(), 0)
        self._numbers = count()

    def play(self, until_s: float) -> None:
        """Everything that happens until then."""
        self._next_arrival()
        for hour in range(int(until_s // HOUR_S) + 1):
            for queue in self._waiting:
                self._at(hour * HOUR_S + 1, partial(self._take, queue))
        while self._agenda and self._agenda[0][0] <= until_s:
            self.now_s, _, act = heapq.heappop(self._agenda)
            act()

    # ---------------------------------------------------------------- time
    def _at(self, at_s: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (at_s, next(self._numbers), act))

    def _in(self, after_s: float, act: Callable[[], None]) -> None:
        self._at(self.now_s + after_s, act)

    def _about(self, middle_s: float, spread: float) -> float:
        return middle_s * self._dice.lognormvariate(0.0, spread)

    # ---------------------------------------------------------------- tickets
    def _next_arrival(self) -> None:
        """Thinned: a candidate at the highest rate, kept as often as the hour has tickets."""
        highest = self.calendar.scenario.tickets_a_day / 24 * HIGHEST
        gap_s = self._dice.expovariate(highest) * HOUR_S
        self._in(gap_s, self._arrival)

    def _arrival(self) -> None:
        highest = self.calendar.scenario.tickets_a_day / 24 * HIGHEST
        if self._dice.random() < self.calendar.arrivals_an_hour(self.now_s) / highest:
            self._open()
        self._next_arrival()

    def _open(self) -> None:
        level = self._dice.choices(("L1", "L2", "L3"), (8, 87, 5))[0]
        weights = [s * (2 if c == "logistics" and self._storm else 1)
                   for c, s in zip(CLASSES, SHARES, strict=True)]  # fmt: skip
        problem_class = self._dice.choices(CLASSES, weights)[0]
        ticket = Ticket(f"t-{next(self._numbers)}", level, problem_class)
        self._start(ticket)

    @property
    def _storm(self) -> bool:
        return self.calendar.place(self.now_s)[0].storm

    def _start(self, ticket: Ticket, generation: int = 1) -> None:
        for clock, target_s in CLOCKS[ticket.level].items():
            made = Told(
                ticket.name, clock, ticket.level, ticket.problem_class, target_s, self.now_s,
                generation,
            )  # fmt: skip
            ticket.clocks[clock] = made
            self.told.append(made)
        {"L1": self._urgent, "L2": self._routine, "L3": self._disputed}[ticket.level](ticket)

    def _urgent(self, ticket: Ticket) -> None:
        def called() -> None:
            if self._dice.random() < 0.12:  # no connection, no record
                self._in(self._about(4 * MINUTE_S, 0.4), call)
                return
            self._meet(ticket, "first_contact")
            self._maybe_wait(ticket, 0.25, offer)

        def call() -> None:
            self._task(ticket, "first_contact", 6, 0.6, called)

        def offer() -> None:
            self._task(ticket, "solution", 25, 0.7, lambda: self._resolve(ticket, "solution"))

        call()

    def _routine(self, ticket: Ticket) -> None:
        def replied() -> None:
            self._meet(ticket, "first_reply")
            if self._dice.random() < 0.02:
                self._in(self._about(HOUR_S, 1.0), lambda: self._retriage(ticket))
            self._maybe_wait(ticket, 0.35, review)

        def review() -> None:
            self._task(ticket, "review", 6, 0.5, reviewed)

        def reviewed() -> None:
            self._meet(ticket, "review")
            self._maybe_wait(ticket, 0.3, close)

        def close() -> None:
            self._task(ticket, "closure", 10, 0.7, closing)

        def closing() -> None:
            self._in(self._about(3 * HOUR_S, 1.0), lambda: self._resolve(ticket, "closure"))

        day, hour = self.calendar.place(self.now_s)
        if self._dice.random() < (0.25 if hour in day.stream else 0.6):
            self._in(self._about(20, 0.5), replied)
        else:
            self._task(ticket, "first_reply", 5, 0.5, replied)
        if self._dice.random() < 0.05:  # the customer lets it be
            self._in(self._about(8 * HOUR_S, 1.0), lambda: self._resolve(ticket, ""))

    def _disputed(self, ticket: Ticket) -> None:
        left = self._dice.randint(1, 3)

        def flagged() -> None:
            self._meet(ticket, "human_review")
            self._in(self._about(5 * HOUR_S, 0.8), joint)

        def joint() -> None:
            self._task(ticket, "joint_resolution", 20, 0.6, talked)

        def talked() -> None:
            nonlocal left
            left -= 1
            if left:
                self._maybe_wait(ticket, 0.6, joint)
            else:
                end = self._about(10 * HOUR_S, 0.9)
                self._in(end, lambda: self._resolve(ticket, "joint_resolution"))

        self._task(ticket, "human_review", 8, 0.5, flagged)

    def _retriage(self, ticket: Ticket) -> None:
        if ticket.over:
            return
        self._cancel(ticket)
        ticket.over = True
        self._start(Ticket(ticket.name, "L1", ticket.problem_class), 2)

    def _maybe_wait(self, ticket: Ticket, share: float, then: Callable[[], None]) -> None:
        """For customer or carrier: clocks of results pause."""
        if self._dice.random() >= share:
            then()
            return
        carrier = ticket.problem_class == "logistics" and self._dice.random() < 0.5
        middle_h = (14 if self._storm else 8) if carrier else 3
        back_s = self.now_s + self._about(middle_h * HOUR_S, 1.1)
        for clock, told in ticket.clocks.items():
            if clock in PAUSING and told.end_s == math.inf:
                told.pauses.append((self.now_s, back_s))
        self._at(back_s, then)

    # ---------------------------------------------------------------- ends
    def _meet(self, ticket: Ticket, clock: str) -> None:
        told = ticket.clocks[clock]
        if not ticket.over and told.end_s == math.inf:
            told.met_s = self.now_s

    def _resolve(self, ticket: Ticket, clock: str) -> None:
        if ticket.over:
            return
        if clock:
            self._meet(ticket, clock)
        self._cancel(ticket)
        ticket.over = True

    def _cancel(self, ticket: Ticket) -> None:
        for told in ticket.clocks.values():
            if told.end_s == math.inf:
                told.cancelled_s = self.now_s

    # ---------------------------------------------------------------- agents
    def _task(
        self, ticket: Ticket, clock: str, minutes: float, spread: float, then: Callable[[], None]
    ) -> None:
        told = ticket.clocks[clock]
        paused_s = sum(end - begin for begin, end in told.pauses)
        due_s = told.anchor_s + told.target_s + paused_s
        work_s = self._about(minutes * MINUTE_S * SLOWER[ticket.problem_class], spread)
        queue = QUEUE[ticket.level]
        heapq.heappush(self._waiting[queue], Task(due_s, next(self._numbers), work_s, ticket, then))
        self._take(queue)

    def _take(self, queue: str) -> None:
        """Whoever is free takes the next by deadline; now and then another one."""
        waiting = self._waiting[queue]
        while waiting and self._busy[queue] < self._at_work(queue):
            task = heapq.heappop(waiting)
            if waiting and self._dice.random() < 0.15:
                task = self._another(waiting, task)
            if task.ticket.over:
                continue
            self._busy[queue] += 1
            speed = self._dice.lognormvariate(0.0, 0.25)
            self._in(task.work_s * speed, partial(self._done, queue, task))

    def _at_work(self, queue: str) -> int:
        return self.calendar.at_work(queue, self.now_s, len(self._waiting[queue]))

    def _another(self, waiting: list[Task], task: Task) -> Task:
        place = self._dice.randrange(len(waiting))
        other, waiting[place] = waiting[place], task
        heapq.heapify(waiting)
        return other

    def _done(self, queue: str, task: Task) -> None:
        self._busy[queue] -= 1
        if not task.ticket.over:
            task.then()
        self._take(queue)
