"""Rates, backlogs and gaps are read from nothing but the times of what happened."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isnan

import pytest

from chaos.recovery.measured import Seen, Strike, backlog_gone_s, recovery_of
from chaos.recovery.setting import Pace
from chaos.recovery.windows import Span, gone_s, most_in, open_ones, window_behind

PACE = Pace(per_s=10.0, window_s=20.0)
LATE_S = 0.5
"""Of every ticket while all is well."""


def test_a_rate_tells_how_often_it_happened_within() -> None:
    times_s = [number / 7 for number in range(300)]
    assert Span(10, 20).rate(times_s) == pytest.approx(7, rel=0.01)
    assert Span(10, 20).rate([at_s for at_s in times_s if not 10 <= at_s < 20]) < 0.1
    assert Span(10, 20).rate([]) == 0


def test_a_rate_hardly_depends_on_when_the_last_batch_came() -> None:
    batches = [at_s for second in range(40) for at_s in [float(second)] * 50]
    for shift in range(10):
        assert Span(5 + shift / 10, 25 + shift / 10).rate(batches) == pytest.approx(50, rel=0.01)


def test_a_gap_reaches_to_the_ends_of_the_span() -> None:
    assert Span(0, 10).gap_s([1, 2, 3]) == 7
    assert Span(0, 10).gap_s([4, 4.5, 9]) == 4.5
    assert Span(0, 10).gap_s([-1, 11]) == 10


def test_what_is_open_was_begun_and_not_done() -> None:
    looks = dict(open_ones(Span(0, 3), begun_s=[0, 1, 1], done_s=[0.5, 2]))
    assert [looks[at] for at in (0.0, 1.0, 2.0, 3.0)] == [1, 2, 1, 1]
    assert most_in(list(looks.items()), Span(0, 3)) == 2
    assert most_in([], Span(0, 3)) is None


def test_a_look_without_an_answer_allows_nothing() -> None:
    looks = [(0.0, 4), (1.0, inf), (2.0, 3)]
    assert most_in(looks, Span(0, 3)) == 4
    assert most_in(looks, Span(0.5, 1.5)) is None


def test_a_backlog_is_gone_when_it_stays_gone() -> None:
    looks = [(0.0, 9), (1.0, 2), (2.0, 9), (3.0, 2), (4.0, 2), (5.0, 2), (6.0, 2), (7.0, 9)]
    assert gone_s(looks, since_s=0.5, enough=2) == 2.5
    assert gone_s(looks, since_s=6.5, enough=2) is None
    assert gone_s(looks[:5], since_s=0.0, enough=2) == 3.0
    assert gone_s([], since_s=0.0, enough=2) is None


def test_the_window_behind_lies_under_load() -> None:
    assert window_behind(100, 5.0, 20, ended_s=140) == Span(105, 125)
    assert window_behind(100, 30.0, 20, ended_s=140) == Span(120, 140)
    assert window_behind(100, None, 20, ended_s=140) == Span(120, 140)


def seen(down_s: float, worked_off_per_s: float) -> Seen:
    """An even load over 100 s; from 40 s on nobody is told anything for so long, then all that
    waited at such a rate."""
    planned = [number / PACE.per_s for number in range(1000)]
    told, free_s = [], 0.0
    for at_s in planned:
        free_s = max(at_s + LATE_S, free_s + (1 / worked_off_per_s if at_s >= 40 else 0.0))
        if 40 <= free_s < 40 + down_s:
            free_s = 40 + down_s
        told.append(free_s)
    waiting = [(float(second), 0.0) for second in range(100)]
    return Seen(Strike(40, 40 + down_s, "sla: pid 1 -> 2"), planned, told, told, waiting)


def test_what_comes_back_is_back() -> None:
    found = recovery_of("service-killed", seen(down_s=10, worked_off_per_s=60), PACE)
    assert found.share == pytest.approx(100, abs=5)
    assert found.gone_s == pytest.approx(1, abs=1)
    assert found.gap_s == found.untold_s == pytest.approx(10, abs=0.1)


def test_what_stays_slow_is_seen_as_slow() -> None:
    found = recovery_of("service-killed", seen(down_s=10, worked_off_per_s=9), PACE)
    assert found.share == pytest.approx(90, abs=2)
    assert found.gone_s is None or found.gone_s > 30


def test_services_may_have_more_to_do_than_customers_wait_for() -> None:
    quick = seen(down_s=1, worked_off_per_s=60)
    before = Span(20, 40)
    assert backlog_gone_s(quick, before, PACE.per_s) is not None
    busy = [(float(second), 5_000.0 if 41 <= second < 60 else 0.0) for second in range(100)]
    late = Seen(quick.strike, quick.planned_s, quick.told_s, quick.published_s, busy)
    assert backlog_gone_s(late, before, PACE.per_s) == 19
    never = [(float(second), 5_000.0 if second >= 41 else 0.0) for second in range(100)]
    stuck = Seen(quick.strike, quick.planned_s, quick.told_s, quick.published_s, never)
    assert backlog_gone_s(stuck, before, PACE.per_s) is None


def test_one_unanswered_look_before_the_fault_hides_no_backlog() -> None:
    quick = seen(down_s=1, worked_off_per_s=60)
    busy = [(float(second), 5_000.0 if 41 <= second < 60 else 0.0) for second in range(100)]
    busy[30] = (30.0, inf)
    late = replace(quick, waiting=busy)
    assert recovery_of("broker-killed", late, PACE).gone_s == 19


def test_where_nobody_answered_before_the_fault_nothing_is_measured() -> None:
    quick = seen(down_s=1, worked_off_per_s=60)
    blind = [(at_s, inf if at_s <= 40 else 0.0) for at_s, _ in quick.waiting]
    found = recovery_of("broker-killed", replace(quick, waiting=blind), PACE)
    assert (found.gone_s, found.missed) == (None, "nobody knows what waited before it")


def test_what_was_healed_behind_the_load_is_no_figure() -> None:
    whole = seen(down_s=10, worked_off_per_s=60)
    late = Seen(Strike(40, 95), whole.planned_s, whole.told_s, whole.published_s, whole.waiting)
    found = recovery_of("service-killed", late, PACE)
    assert found.missed
    assert isnan(found.share)
