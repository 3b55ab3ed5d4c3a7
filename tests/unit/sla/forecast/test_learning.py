"""What a history teaches: base rates when it is short, and never more for a later deadline."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.domain.forecast.learning import learn
from services.sla.domain.forecast.logistic import fit, probability, solve
from services.sla.domain.forecast.model import Model
from services.sla.domain.forecast.moments import Place
from tests.unit.sla.forecast.courses import HORIZON_S, course, second, two_weeks

NOW_H = 340.0
EMPTY = Place()


@cache
def learned() -> Model:
    return learn(two_weeks(), second(NOW_H), HORIZON_S)


def test_of_nothing_known_one_in_ten_is_assumed() -> None:
    model = learn([], second(0), HORIZON_S)
    assert (model.learned, model.lessons) == (False, 0)
    assert model.chance(course(0), second(1), EMPTY) == pytest.approx(0.1)


def test_of_little_known_it_tells_the_base_rate() -> None:
    """Ten tickets, two of them late by two hours, looked at every half hour while they were not."""
    some = [course(n * 8, n * 8 + (6 if n % 5 == 0 else 1), ticket=f"t-{n}") for n in range(10)]
    model = learn(some, second(90), HORIZON_S)
    assert not model.learned
    rate = model.base["solution", False]
    assert (rate.clocks, rate.breaches) == (7 + 8 + 8 * 2, 7 + 8)  # none at the very beginning
    chance = model.chance(course(90), second(91), EMPTY)
    assert chance == pytest.approx((rate.breaches + 0.5) / (rate.clocks + 5))


def test_where_none_was_looked_at_in_time_the_rate_is_that_of_all() -> None:
    """Each was met within minutes, between two looks: not one in a hundred is late."""
    quick = [course(n + 0.1 * (n > 0), n + 0.2, ticket=f"t-{n}") for n in range(100)]
    model = learn(quick, second(101), HORIZON_S)
    assert model.lessons == 0
    assert model.chance(course(100), second(101), EMPTY) == pytest.approx(0.5 / 105)


def test_the_older_it_is_the_likelier_it_is_late() -> None:
    """All that is met in time is met within three hours."""
    fresh = learned().chance(course(NOW_H - 0.1), second(NOW_H), EMPTY)
    old = learned().chance(course(NOW_H - 3.5), second(NOW_H), EMPTY)
    assert fresh < 0.4
    assert old > 0.8


def test_what_is_over_or_overdue_or_due_later_is_not_breached_within_the_horizon() -> None:
    at_s = second(NOW_H)
    assert learned().chance(course(NOW_H - 1, NOW_H - 0.5), at_s, EMPTY) == 0
    assert learned().chance(course(NOW_H - 5), at_s, EMPTY) == 0
    assert learned().chance(course(NOW_H - 1, span_h=5.1), at_s, EMPTY) == 0


@given(
    age_h=st.floats(0.01, 20), left_h=st.floats(0.01, 4), more_h=st.floats(0, 4),
    of_name=st.integers(0, 200), others=st.integers(0, 200),
)  # fmt: skip
def test_a_later_deadline_is_never_likelier_to_be_breached(
    age_h: float, left_h: float, more_h: float, of_name: int, others: int
) -> None:
    place, at_s = Place(of_name, of_name + others), second(NOW_H)
    early = course(NOW_H - age_h, span_h=age_h + left_h)
    later = course(NOW_H - age_h, span_h=age_h + left_h + more_h)
    chance = learned().chance(early, at_s, place)
    assert 0 <= learned().chance(later, at_s, place) <= chance + 1e-12 <= 1 + 1e-12


def test_one_that_pauses_is_less_at_risk_than_one_that_runs() -> None:
    at_s = second(NOW_H)
    running = learned().chance(course(NOW_H - 3), at_s, EMPTY)
    pausing = learned().chance(course(NOW_H - 4, pause_h=NOW_H - 1), at_s, EMPTY)
    assert 0 <= pausing < running


def test_the_same_history_in_any_order_teaches_the_same() -> None:
    backwards = learn(two_weeks()[::-1], second(NOW_H), HORIZON_S)
    assert (backwards.weights, backwards.spread) == (learned().weights, learned().spread)


def test_weights_by_hand() -> None:
    """Three of four with the sign, one of four without: odds of 3 and of 1 to 3."""
    rows = [((1.0,), True)] * 3 + [((1.0,), False)] + [((0.0,), True)] + [((0.0,), False)] * 3
    found = fit(rows, (0.0, 0.0), (1e-9, 1e-9))
    assert probability(found, (1.0,)) == pytest.approx(0.75, abs=1e-4)
    assert probability(found, (0.0,)) == pytest.approx(0.25, abs=1e-4)
    turned = [((1 - x,), y) for (x,), y in rows]
    assert fit(turned, (0.0, 0.0), (1e-9, 1e-9))[1] == 0  # a sign never speaks against
    assert fit(rows, (0.0, 0.5), (1e9, 1e9)) == pytest.approx((0.0, 0.5), abs=1e-6)
    assert solve([[2.0, 1.0], [1.0, 3.0]], [4.0, 7.0]) == pytest.approx([1.0, 2.0])
