"""A seed decides what is broken when: always the same, every fault before any comes twice."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chaos.catalog import CATALOG
from chaos.schedule import FIRST_S, plan

LASTING_S = {code: fault.lasts_s for code, fault in CATALOG.items()}
SEEDS = st.integers(0, 2**31)


@given(SEEDS, st.floats(5, 1000))
def test_a_seed_replays(seed: int, seconds: float) -> None:
    assert plan(seed, seconds, LASTING_S) == plan(seed, seconds, dict(reversed(LASTING_S.items())))


@given(SEEDS, st.floats(5, 1000))
def test_every_strike_begins_under_load_and_ends_within_the_run(seed: int, seconds: float) -> None:
    for strike in plan(seed, seconds, LASTING_S):
        assert strike.at_s >= FIRST_S
        assert strike.at_s + LASTING_S[strike.code] <= seconds + 1


def test_a_long_run_has_each_fault_before_any_comes_twice() -> None:
    for seed in range(30):
        codes = [strike.code for strike in plan(seed, 900, LASTING_S)]
        assert set(codes[: len(LASTING_S)]) == set(LASTING_S)


def test_some_come_in_pairs() -> None:
    together = 0
    for seed in range(30):
        strikes = plan(seed, 300, LASTING_S)
        for one, other in pairwise(strikes):
            together += other.at_s < one.at_s + LASTING_S[one.code]
    assert together >= 10


def test_what_does_not_fit_in_is_left_out() -> None:
    assert {s.code for s in plan(1, 20, {"X1": 5.0, "X7": 31.0})} == {"X1"}
    assert plan(1, 5, {"X7": 31.0}) == []
