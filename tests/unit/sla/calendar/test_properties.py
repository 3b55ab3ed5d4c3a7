"""Working time against the slow and obvious way, and what must hold of any calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.sla.calendar.generated import (
    QUARTER_S,
    WINDOW_DAYS,
    Pair,
    amounts,
    pairs,
    seconds_in_window,
)
from tests.unit.sla.calendar.shipped import SHIPPED

SECOND = timedelta(seconds=1)
TICK = timedelta.resolution
names = st.sampled_from(sorted(SHIPPED))
FIRST_AT = datetime(2020, 1, 1, tzinfo=UTC)
moments = st.one_of(
    st.integers(0, 14 * 366 * 86_400).map(lambda second: FIRST_AT + second * SECOND),
    st.integers(0, 14 * 366 * 86_400_000_000).map(lambda tick: FIRST_AT + tick * TICK),
)


def agrees_with_looking_at_the_clock(pair: Pair, start_s: int, end_s: int, amount: int) -> None:
    from_at = pair.from_at + min(start_s, end_s) * SECOND
    to_at = pair.from_at + max(start_s, end_s) * SECOND
    limit_at = pair.from_at + WINDOW_DAYS * 86_400 * SECOND
    assert pair.fast.between(from_at, to_at) == pair.slow.between(from_at, to_at, QUARTER_S)
    if pair.fast.between(from_at, limit_at) >= amount:
        due_at = pair.fast.due(from_at, amount)
        assert due_at == pair.slow.due(from_at, amount, limit_at, QUARTER_S)
    assert pair.fast.is_working(from_at) == pair.slow.works(from_at)


@settings(max_examples=300)
@given(pairs(), seconds_in_window, seconds_in_window, amounts)
def test_the_calendar_agrees_with_looking_at_the_clock(
    pair: Pair, start_s: int, end_s: int, amount: int
) -> None:
    agrees_with_looking_at_the_clock(pair, start_s, end_s, amount)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@settings(max_examples=20_000)
@given(pairs(), seconds_in_window, seconds_in_window, amounts)
def test_the_calendar_agrees_with_looking_at_the_clock_all_night(
    pair: Pair, start_s: int, end_s: int, amount: int
) -> None:
    agrees_with_looking_at_the_clock(pair, start_s, end_s, amount)


@settings(max_examples=40)
@given(pairs(step_s=7), st.integers(0, WINDOW_DAYS * 24), st.integers(0, 4000), st.integers(1, 900))
def test_second_by_second(pair: Pair, hour: int, length_s: int, amount: int) -> None:
    from_at = pair.from_at + timedelta(hours=hour)
    to_at = from_at + length_s * SECOND
    assert pair.fast.between(from_at, to_at) == pair.slow.between(from_at, to_at)
    if pair.fast.between(from_at, to_at) >= amount:
        assert pair.fast.due(from_at, amount) == pair.slow.due(from_at, amount, to_at)


@settings(max_examples=60)
@given(pairs(), st.lists(st.integers(-1500, 1500), min_size=2, max_size=5))
def test_the_order_of_questions_does_not_matter(pair: Pair, days: list[int]) -> None:
    moments_at = [pair.from_at + timedelta(days=day) for day in days]
    known = [pair.fast.between(pair.from_at, at) for at in moments_at]
    for at, expected in zip(reversed(moments_at), reversed(known), strict=True):
        assert pair.again().between(pair.from_at, at) == expected
        assert pair.fast.between(pair.from_at, at) == expected


@settings(max_examples=200)
@given(names, moments, moments, moments)
def test_additive(name: str, a: datetime, b: datetime, c: datetime) -> None:
    calendar = SHIPPED[name]
    assert calendar.passed(a, b) + calendar.passed(b, c) == calendar.passed(a, c)
    whole = [at.replace(microsecond=0) for at in (a, b, c)]
    first, second = calendar.between(*whole[:2]), calendar.between(*whole[1:])
    assert first + second == calendar.between(whole[0], whole[2])
    assert calendar.between(a, b) == -calendar.between(b, a)


@settings(max_examples=200)
@given(names, moments, moments, amounts, amounts)
def test_monotone(name: str, a: datetime, b: datetime, less: int, more: int) -> None:
    calendar = SHIPPED[name]
    a, b = sorted((a, b))
    less, more = sorted((less, more))
    assert timedelta() <= calendar.passed(a, b) <= b - a
    assert a <= calendar.due(a, less) <= calendar.due(a, more)
    assert calendar.due(a, more) <= calendar.due(b, more)


@settings(max_examples=200)
@given(names, moments, st.integers(0, 10_000_000), st.integers(0, 100_000))
def test_invertible(name: str, at: datetime, amount: int, more: int) -> None:
    calendar = SHIPPED[name]
    due_at = calendar.due(at, amount)
    assert calendar.between(at, due_at) == amount
    assert calendar.due(due_at, more) == calendar.due(at, amount + more) or not more
    if amount:  # the earliest such instant
        assert calendar.passed(at, due_at - TICK) == amount * SECOND - TICK


@settings(max_examples=150)
@given(names, moments, moments)
def test_due_after_what_lies_between_is_not_later(name: str, a: datetime, b: datetime) -> None:
    calendar = SHIPPED[name]
    a, b = sorted((a, b))
    reached_at = calendar.reach(a, calendar.passed(a, b))
    assert a <= reached_at <= b
    assert not calendar.passed(reached_at, b)
