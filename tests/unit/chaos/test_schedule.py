"""A seed decides what is broken when: always the same, every fault before any comes twice."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from chaos.catalog import CATALOG
from chaos.disks import SIZES_MB
from chaos.faults import away, offsets, providers, store
from chaos.schedule import FIRST_S, KILLS, PARTS, Strike, plan, together
from chaos.world import World

LASTING_S = {code: fault.lasts_s for code, fault in CATALOG.items()}
SEEDS = st.integers(0, 2**31)
FULL_S = 300.0
WAYS = {
    "X9": len(away.WAYS),
    "X14": 2,
    "X16": len(offsets.SET_BACK),
    "X20": len(SIZES_MB),
    "X22": providers.WAYS,
    "X24": len(store.WAYS),
}
"""Faults that strike in several ways, one after the other."""


def others(strikes: list[Strike]) -> list[str]:
    return [strike.code for strike in strikes if strike.code not in KILLS]


@given(SEEDS, st.floats(5, 1000))
def test_a_seed_replays(seed: int, seconds: float) -> None:
    assert plan(seed, seconds, LASTING_S) == plan(seed, seconds, dict(reversed(LASTING_S.items())))


@given(SEEDS, st.floats(5, 1000))
def test_every_strike_begins_under_load_and_ends_within_the_run(seed: int, seconds: float) -> None:
    for strike in plan(seed, seconds, LASTING_S):
        assert strike.at_s >= FIRST_S
        assert strike.at_s + LASTING_S[strike.code] <= seconds + 0.001


@given(SEEDS)
def test_no_fault_comes_twice_before_all_that_fit(seed: int) -> None:
    codes = others(list(plan(seed, 2000, LASTING_S)))
    every = set(LASTING_S) - set(KILLS)
    assert set(codes[: len(every)]) == every


@given(SEEDS)
def test_a_full_run_kills_fifteen_times(seed: int) -> None:
    strikes = plan(seed, FULL_S, LASTING_S)
    assert sum(strike.code in KILLS for strike in strikes) >= 15


def test_a_full_run_breaks_more_than_half_of_what_there_is_for_most_seeds() -> None:
    every = set(LASTING_S) - set(KILLS)
    shares = [
        len(set(others(list(plan(seed, FULL_S, LASTING_S))))) / len(every) for seed in range(100)
    ]
    assert sum(share > 0.5 for share in shares) >= 95
    assert min(shares) > 0.4


def test_some_come_in_pairs_and_some_alone() -> None:
    pairs = alone = 0
    for seed in range(30):
        strikes = [each for each in plan(seed, FULL_S, LASTING_S) if each.code not in KILLS]
        paired = {
            each
            for one, other in combinations(strikes, 2)
            if other.at_s < one.at_s + LASTING_S[one.code]
            for each in (one, other)
        }
        pairs += len(paired) // 2
        alone += len(strikes) - len(paired)
    assert pairs >= 60
    assert alone >= 60


@given(SEEDS)
def test_faults_of_the_same_part_are_not_planned_together(seed: int) -> None:
    strikes = [each for each in plan(seed, FULL_S, LASTING_S) if each.code not in KILLS]
    for one, other in combinations(strikes, 2):
        if other.at_s < one.at_s + LASTING_S[one.code]:
            assert together(one.code, other.code)


def test_ten_seeds_strike_everything_there_is_in_each_of_its_ways() -> None:
    struck: Counter[str] = Counter()
    ways: dict[str, set[int]] = {code: set() for code in WAYS}
    for seed in range(1, 11):
        world = World(cast(Any, None), cast(Any, None), print, seed=seed)
        for strike in plan(seed, FULL_S, LASTING_S):
            struck[strike.code] += 1
            if strike.code in ways:
                ways[strike.code].add(world.turn(strike.code, WAYS[strike.code]))
    assert all(struck[code] >= 3 for code in CATALOG), struck
    assert {code: len(seen) for code, seen in ways.items()} == WAYS


def test_parts_are_those_of_faults_that_there_are() -> None:
    assert set(PARTS) <= set(CATALOG)


@given(SEEDS)
def test_where_each_is_to_be_alone_none_begins_before_the_last_has_ended(seed: int) -> None:
    strikes = plan(seed, FULL_S, LASTING_S, alone=True)
    for strike, later in pairwise(strikes):
        assert later.at_s >= strike.at_s + LASTING_S[strike.code]


def test_what_does_not_fit_in_is_left_out() -> None:
    assert {s.code for s in plan(1, 20, {"X1": 5.0, "X7": 31.0})} == {"X1"}
    assert plan(1, 5, {"X7": 31.0}) == []


def test_one_fault_alone_comes_again_and_again() -> None:
    assert len(plan(1, 60, {"X1": 6.0})) >= 5
