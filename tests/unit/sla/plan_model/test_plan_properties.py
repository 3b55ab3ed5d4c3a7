"""The plan of any story under any calendar, against counting seconds, and against the engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.domain.calendar.book import CalendarBook
from services.sla.domain.calendar.opening import Calendars
from services.sla.domain.calendar.working_time import Calendar
from services.sla.domain.plan import plan
from services.sla.domain.plan_model.clocks import PlannedClock, planned_clocks
from services.sla.domain.plan_model.ticket import Ticket
from tests.support.sla_story import at
from tests.support.slow_calendar import SlowCalendar
from tests.support.slow_clocks import Happening, slow_clocks
from tests.unit.sla.plan_model.told import CALENDARS, event, ticket
from tests.unit.sla.test_properties import LAST, POLICY, TARGETS, stories

ALWAYS = CALENDARS["always"]
SECOND = timedelta(seconds=1)


@st.composite
def spans(draw: st.DrawFn) -> list[str]:
    """Spans of seconds after nine o'clock, and everything from two minutes later."""
    points = sorted(draw(st.sets(st.integers(0, LAST), max_size=8)))
    pairs = zip(points[::2], points[1::2], strict=False)
    shown = [f"09:{a // 60:02}:{a % 60:02}-09:{b // 60:02}:{b % 60:02}" for a, b in pairs]
    return [*shown, "09:02:30-24:00:00"]


def calendar_of(hours: list[str]) -> Calendar:
    rule = {"zone": "UTC", "week": {"daily": hours}}
    return Calendars(CalendarBook.model_validate({"calendars": {"one": rule}}))["one"]


def ticket_of(story: list[Happening], now: int) -> Ticket:
    """Opened as what the first triage of the story says."""
    first = next(each for each in story if each.what == "triaged")
    events = [_event(each) for each in story if each is not first]
    return Ticket.model_validate(ticket(first.value, now, *events))


def _event(each: Happening) -> dict[str, Any]:
    if each.what == "triaged":
        return event(each.second, "retriaged", level=each.value, **{"class": "product_mismatch"})
    more = {"cause": each.value} if each.what == "waiting" else {}
    return event(each.second, each.what, human=True, call_id="c", **more)


def brief(clock: PlannedClock) -> dict[str, Any]:
    def second(moment: Any) -> Any:
        return None if moment is None else (moment - at(0)).total_seconds()

    return {
        "clock": clock.clock,
        "generation": clock.generation,
        "state": clock.state,
        "anchor": second(clock.anchor_at),
        "met": second(clock.met_at),
        "breached": second(clock.breached_at),
        "ran": (clock.used / SECOND, clock.paused / SECOND),
    }


def agrees_with_counting_seconds(story: list[Happening], hours: list[str], now: int) -> None:
    slow_calendar = SlowCalendar(ZoneInfo("UTC"), {"sun": hours})
    slow = slow_clocks(story, TARGETS, now, lambda second: slow_calendar.works(at(second)))
    for each in slow:
        del each["used"]
    found = planned_clocks(ticket_of(story, now), POLICY, calendar_of(hours))
    assert [brief(clock) for clock in found] == slow


@settings(max_examples=300)
@given(stories(), spans(), st.integers(100, LAST))
def test_the_plan_agrees_with_counting_seconds(
    story: list[Happening], hours: list[str], now: int
) -> None:
    agrees_with_counting_seconds(story, hours, now)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@settings(max_examples=20_000)
@given(stories(), spans(), st.integers(100, LAST))
def test_the_plan_agrees_with_counting_seconds_all_night(
    story: list[Happening], hours: list[str], now: int
) -> None:
    agrees_with_counting_seconds(story, hours, now)


@settings(max_examples=300)
@given(stories(), st.integers(100, LAST))
def test_the_plan_agrees_with_the_engine(story: list[Happening], now: int) -> None:
    told = ticket_of(story, now)
    engine = plan(told.ledger(), POLICY, told.now)
    found = planned_clocks(told, POLICY, ALWAYS)
    assert [(c.clock, c.generation, c.state, c.anchor_at, c.due_at, c.met_at) for c in found] == [
        (c.term.clock, c.generation, c.state, c.anchor_at, c.due_at, c.met_at) for c in engine
    ]


@settings(max_examples=150)
@given(stories(), spans(), st.randoms(use_true_random=False))
def test_the_order_of_telling_does_not_matter(
    story: list[Happening], hours: list[str], random: Any
) -> None:
    told, calendar = ticket_of(story, LAST), calendar_of(hours)
    events = list(told.events)
    random.shuffle(events)
    shuffled = told.model_copy(update={"events": tuple(events)})
    assert planned_clocks(shuffled, POLICY, calendar) == planned_clocks(told, POLICY, calendar)


@settings(max_examples=150)
@given(stories(), spans(), st.integers(100, LAST))
def test_what_ran_and_what_was_lost_is_all_there_was(
    story: list[Happening], hours: list[str], now: int
) -> None:
    told, calendar = ticket_of(story, now), calendar_of(hours)
    for clock in planned_clocks(told, POLICY, calendar):
        known = [at for _, at in clock.warnings if at is not None]
        assert known == sorted(known)
        if clock.due_at is not None:
            assert len(known) == len(clock.warnings)
            assert all(anchor <= clock.due_at for anchor in (clock.anchor_at, *known))
        assert clock.overdue == timedelta() or clock.state == "breached"
        assert min(clock.used, clock.paused) >= timedelta()
