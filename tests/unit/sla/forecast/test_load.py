"""The load of a queue by hand: what is due before, and how fast work gets done."""

from __future__ import annotations

import pytest

from services.sla.domain.forecast.load import HOUR_S, Line, Pace
from services.sla.domain.forecast.moments import Place, Queues, lessons
from tests.unit.sla.forecast.courses import HORIZON_S, course, second


def pace_of(*hours: float, days: float = 10) -> Pace:
    """Clocks ended at these hours of ten days."""
    return Pace([second(hour) for hour in hours], second(0), second(24 * days))


def test_what_is_usual_at_an_hour_of_the_day() -> None:
    """Each day at half past nine one ends, on two days three do: 14 in ten days, a mean of 14 / 240
    an hour, which counts as one more day."""
    daily = [24 * day + 9.5 for day in range(10)]
    pace = pace_of(*daily, 9.6, 9.7, 33.6, 33.7)
    usual = (14 + 14 / 240) / 11
    assert pace.usual(second(9), second(10)) == pytest.approx(usual)
    assert pace.usual(second(9.5), second(10)) == pytest.approx(usual / 2)
    assert pace.usual(second(11), second(12)) == pytest.approx(14 / 240 / 11)
    assert pace.at_most(second(9), second(10)) == 3  # the busiest two of ten days


def test_at_this_speed() -> None:
    """Twelve ended in the last hour: six are expected in half an hour."""
    pace = pace_of(*[230 + n / 12 for n in range(12)])
    now_s = second(231)
    assert pace.at_this_speed(now_s, now_s + HOUR_S / 2) == pytest.approx(6)
    assert pace.lately(now_s) > 2
    later = pace.usual(second(232), second(234)) * pace.lately(now_s)
    assert pace.at_this_speed(now_s, second(234)) == pytest.approx(12 + later)


def test_last_hours_that_are_asked_for_later() -> None:
    later = pace_of(9.5).with_ends([second(300.5), second(300.6)])
    assert later.at_this_speed(second(301), second(302)) == pytest.approx(2)


def test_of_a_sample_each_stands_for_several() -> None:
    pace = Pace([second(230.5)], second(0), second(240), weight=10.0)
    assert pace.at_this_speed(second(231), second(232)) == pytest.approx(10)
    assert Line([1.0, 2.0, 3.0], weight=10.0).ahead(2.5) == 20


def test_places_in_the_queue() -> None:
    """Before one due at 04:00 come one of its name that is overdue and a call; what pauses is not
    in the way."""
    overdue, call = course(0, span_h=1), course(1, span_h=2, clock="first_contact")
    own, pausing = course(0), course(0, span_h=3, pause_h=1)
    queues = Queues([overdue, call, own, pausing], second(2))
    assert queues.place(own) == Place(1, 2)
    assert queues.place(pausing) == Place(1, 2)  # two hours left: as if due at four, too


def test_what_the_past_teaches() -> None:
    """At two: one will be met in time, one late, one pauses, one is overdue, one due at nine."""
    open_then = [
        course(0, 3), course(0, 5), course(0, pause_h=1, pause_end_h=8), course(0, 5, span_h=1),
        course(0, 8, span_h=9),
    ]  # fmt: skip
    found = list(lessons(open_then, [second(2)], HORIZON_S, 1.0))
    assert [(each.pausing, each.breached) for each in found] == [
        (False, False), (False, True), (True, False),
    ]  # fmt: skip
    assert [each.place for each in found] == [Place(1, 1), Place(1, 1), Place(3, 3)]
