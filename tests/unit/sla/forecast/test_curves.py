"""Handling times by hand: those that are still open count for as long as they were seen."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.domain.forecast.curves import LIKE_OTHERS, Stay, measure

EDGES = (0.0, 1.0, 2.0, 4.0)
ALL = (("solution",),)


def test_ends_by_time_spent() -> None:
    """Four clocks: ended at 0.5, seen until 0.5, ended at 1.5, seen until 3. In the first stretch
    one ended in 0.5 + 0.5 + 1 + 1 of time, in the second one in 0.5 + 1, in the third none."""
    stays = [Stay(ALL, age, ended) for age, ended in (
        (0.5, True), (0.5, False), (1.5, True), (3.0, False)
    )]  # fmt: skip
    curve = measure(stays, EDGES).of(ALL)
    assert curve.rates == pytest.approx((1 / 3, 1 / 1.5, 0.0))
    assert curve.still_open(0, 1) == pytest.approx(math.exp(-1 / 3))
    assert curve.still_open(0.5, 1.5) == pytest.approx(math.exp(-1 / 6 - 1 / 3))
    assert curve.still_open(2, 9) == 1.0


def test_to_leave_out_what_is_still_open_would_make_all_look_fast() -> None:
    ended = [Stay(ALL, 0.5, True)] * 10
    waiting = [Stay(ALL, 1.0, False)] * 90
    assert measure(ended, EDGES).of(ALL).still_open(0, 1) < 0.2
    assert measure(ended + waiting, EDGES).of(ALL).still_open(0, 1) > 0.85


def test_a_small_group_leans_on_the_wider_one() -> None:
    wide, narrow = ("solution",), ("solution", "L1")
    others = [Stay((wide,), 1.0, False)] * 999 + [Stay((wide,), 0.5, True)]
    own = [Stay((wide, narrow), 0.5, True)]
    found = measure(others + own, EDGES)
    alone, wider = 1 / 0.5, found.of((wide,)).rates[0]
    assert wider == pytest.approx(2 / (999 + 1))
    expected = (1 + LIKE_OTHERS * wider) / (0.5 + LIKE_OTHERS)
    assert found.of((wide, narrow)).rates[0] == pytest.approx(expected)
    assert wider < expected < alone


def test_a_group_that_was_never_seen_has_the_curve_of_the_wider_one() -> None:
    found = measure([Stay(ALL, 0.5, True)], EDGES)
    assert found.of((*ALL, ("solution", "L9"))).rates == found.of(ALL).rates
    assert found.of((("other",),)).still_open(0, 4) == 1.0


stays = st.lists(
    st.builds(Stay, st.just(ALL), st.floats(0, 5), st.booleans()), min_size=1, max_size=30
)


@given(stays, st.floats(0, 4), st.floats(0, 4), st.floats(0, 4))
def test_the_longer_the_fewer_are_open(
    given_stays: list[Stay], first: float, second: float, third: float
) -> None:
    curve = measure(given_stays, EDGES).of(ALL)
    low, middle, high = sorted((first, second, third))
    assert 0 <= curve.still_open(low, high) <= curve.still_open(low, middle) <= 1
    product = curve.still_open(low, middle) * curve.still_open(middle, high)
    assert curve.still_open(low, high) == pytest.approx(product, rel=1e-9, abs=1e-12)
