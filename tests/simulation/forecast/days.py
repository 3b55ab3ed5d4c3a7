"""The course of the days in a simulated service: when tickets come, who is at work. Read by
`desks`; all of it follows from scenario and dice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

HOUR_S, DAY_S = 3600.0, 86_400.0
ARRIVALS = (0.4, 0.25, 0.2, 0.15, 0.15, 0.2, 0.4, 0.7, 1.0, 1.3, 1.4, 1.4,
            1.2, 1.2, 1.3, 1.3, 1.3, 1.2, 1.2, 1.4, 1.9, 2.0, 1.6, 0.85)  # fmt: skip
"""By hour of the day, as a share of the mean."""
AT_WORK = {
    "regular_group": (5,) * 8 + (9, 13, 14, 14, 12, 13, 14, 14, 14, 13, 13, 15, 18, 18, 15, 10),
    "urgent_group": (2,) * 8 + (3, 5, 5, 5, 4, 5, 5, 5, 5, 5, 5, 5, 7, 7, 6, 4),
    "supervisor_legal": (1,) * 8 + (2, 3, 3, 3, 2, 3, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1),
}
"""Agents by hour of the day."""
OVERTIME, OVERTIME_FROM = 1.5, 4
"""So many times as many, from so many waiting tasks an agent."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`lead_days` are days before the forecasts begin, `days` those with forecasts. What may
    happen on any of the earlier days happens for sure on the later ones if it is named. `staff`:
    times as many agents."""

    name: str
    spike: bool = False
    short_night: bool = False
    absent: bool = False
    storm: bool = False
    tickets_a_day: int = 620
    staff: float = 1.0
    lead_days: int = 14
    days: int = 2


@dataclass(slots=True)
class Day:
    """One day: times as many tickets at an hour, shares of agents at work, slower carriers, the
    hours of a stream (the bot knows few answers then)."""

    arrivals: list[float]
    staff: dict[str, list[float]]
    storm: bool = False
    stream: tuple[int, ...] = ()


@dataclass(slots=True)
class Calendar:
    """All days of a scenario."""

    scenario: Scenario
    days: list[Day] = field(default_factory=list)

    @classmethod
    def drawn(cls, scenario: Scenario, dice: Random) -> Calendar:
        """Past days have streams, absences and storms of their own, by chance."""
        made = cls(scenario)
        for number in range(scenario.lead_days + scenario.days + 5):
            past = number < scenario.lead_days
            now = scenario.lead_days <= number < scenario.lead_days + scenario.days
            spike = (scenario.spike and now) or (past and dice.random() < 0.3)
            night = (scenario.short_night and now) or (past and dice.random() < 0.15)
            absent = (scenario.absent and now) or (past and dice.random() < 0.1)
            storm = (scenario.storm and now) or (past and dice.random() < 0.1)
            made.days.append(_day(dice, now, spike, night, absent, storm))
        return made

    def arrivals_an_hour(self, at_s: float) -> float:
        """Tickets that come in an hour, as things are at that moment."""
        day, hour = self.place(at_s)
        return self.scenario.tickets_a_day / 24 * day.arrivals[hour]

    def at_work(self, queue: str, at_s: float, waiting: int) -> int:
        """Agents of that queue; by day more of them while much is waiting."""
        day, hour = self.place(at_s)
        planned = AT_WORK[queue][hour] * day.staff[queue][hour] * self.scenario.staff
        more = OVERTIME if waiting > OVERTIME_FROM * planned and 8 <= hour < 23 else 1.0
        return max(0, round(planned * more))

    def place(self, at_s: float) -> tuple[Day, int]:
        """The day and its hour."""
        number = min(int(at_s // DAY_S), len(self.days) - 1)
        return self.days[number], int(at_s % DAY_S // HOUR_S)


def _day(dice: Random, now: bool, spike: bool, night: bool, absent: bool, storm: bool) -> Day:
    busy = dice.lognormvariate(0.0, 0.12)
    arrivals = [share * busy for share in ARRIVALS]
    stream: tuple[int, ...] = ()
    if spike:
        begin = dice.choice((19, 20))
        times = dice.uniform(5.0, 9.0) if now else dice.uniform(2.0, 8.0)
        stream = (begin, begin + 1)
        for hour in stream:
            arrivals[hour] *= times
    staff = {queue: [dice.uniform(0.85, 1.1)] * 24 for queue in AT_WORK}
    for queue in staff:
        if night:
            staff[queue] = [0.4 * s if h < 8 or h > 21 else s for h, s in enumerate(staff[queue])]
        if absent and queue == dice.choice(tuple(AT_WORK)):
            staff[queue] = [0.55 * share for share in staff[queue]]
    if storm:
        arrivals = [share * 1.3 for share in arrivals]
    return Day(arrivals, staff, storm, stream)
