"""Work is spread evenly from a clock's start to its deadline, over working time only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.sla.domain.plan import plan
from services.sla.domain.plan_model.ticket import Ticket
from services.sla.workbench.staffing import EPOCH, HOUR, Handling, Load
from tests.support.sla_story import at
from tests.unit.sla.plan_model.told import CALENDARS, event, ticket
from tests.unit.sla.workbench.made_up import SHIPPED

NINE_H = (at(0) - EPOCH) // HOUR


def load_of(*told: dict[str, Any], only: str, calendar: str | None = None, s: int = 600) -> Load:
    """The work that one kind of clock of these tickets asks for."""
    found = Load(Handling(s))
    for each in told:
        known = Ticket.model_validate(each)
        count_by = CALENDARS[calendar] if calendar else None
        for clock in plan(known.ledger(), SHIPPED.rules, known.now, count_by=count_by):
            if clock.term.clock == only:
                found.take(clock)
    return found


def hours(load: Load) -> dict[int, Any]:
    """Seconds of work by hour since nine."""
    return {hour - NINE_H: pytest.approx(work_s) for hour, work_s in sorted(load.hours().items())}


def opened(second: float, level: str = "L2") -> dict[str, Any]:
    """A ticket that begins then, of which no clock has a deed."""
    told = ticket(level, 300_000)
    return {**told, "opened_at": at(second).isoformat()}


def test_a_deed_within_one_hour() -> None:
    assert hours(load_of(opened(600, "L1"), only="first_contact")) == {0: 600}


def test_a_deed_over_several_hours() -> None:
    assert hours(load_of(opened(1_800, "L1"), only="solution", s=1_200)) == {
        0: 150, 1: 300, 2: 300, 3: 300, 4: 150,
    }  # fmt: skip


def test_the_deeds_of_several_tickets_add_up() -> None:
    both = load_of(opened(0), opened(1_800), only="first_reply", s=3_600)
    assert hours(both) == {0: 5_400, 1: 1_800}
    assert both.told() == {
        "person_hours": 2.0, "mean": 1.0, "p95": 1.5, "most": 1.5,
        "most_at": "2026-01-04T09:00:00Z",
    }  # fmt: skip


def test_nobody_works_outside_the_hours_of_the_calendar() -> None:
    """Five in the afternoon of a worked Sunday in Shanghai: an hour there, seven the next day,
    with an hour's break."""
    load = load_of(opened(0), only="review", calendar="cn-office", s=2_400)
    found = load.hours()
    assert {at(0) + (hour - NINE_H) * HOUR for hour in found} == {
        datetime(2026, 1, 4, 9, tzinfo=UTC),
        *(datetime(2026, 1, day, hour, tzinfo=UTC) for day in (5, 6)
          for hour in (1, 2, 3, 5, 6, 7, 8, 9)),
        *(datetime(2026, 1, 7, hour, tzinfo=UTC) for hour in (1, 2, 3, 5, 6, 7, 8)),
    }  # fmt: skip
    assert list(found.values()) == pytest.approx([100] * 24)


def test_what_was_cancelled_or_has_no_deadline_asks_for_nothing() -> None:
    ended = ticket("L2", 9_000, event(60, "resolved"))
    paused = ticket("L2", 9_000, event(60, "waiting", cause="carrier"))
    assert load_of(ended, only="first_reply").told()["person_hours"] == 0
    assert load_of(paused, only="review").told() == {
        "person_hours": 0.0, "mean": 0.0, "p95": 0.0, "most": 0.0, "most_at": None,
    }  # fmt: skip


def test_no_work_is_lost_or_made() -> None:
    told = [opened(617 * number, ("L1", "L2", "L3")[number % 3]) for number in range(60)]
    for clock, count in (("solution", 20), ("closure", 20), ("joint_resolution", 20)):
        for calendar in (None, "cn-service", "cn-office", "night-shift"):
            load = load_of(*told, only=clock, calendar=calendar)
            assert load.work_s == 600 * count
            assert sum(load.hours().values()) == pytest.approx(load.work_s)
