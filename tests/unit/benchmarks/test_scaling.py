"""The arithmetic of growth: plans rise with the rate, simulations agree with what is foretold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.scaling import pauses, skew
from benchmarks.scaling.costs import cost_of
from benchmarks.scaling.model import UTILISATION, Cost, Limits, Prices, plan, tickets_a_day
from schemas.topics import SERVICES

COST = Cost(
    python_us=dict.fromkeys(SERVICES, 300.0),
    postgres_us=500.0,
    kafka_us=300.0,
    kafka_bytes=12_000.0,
    wal_bytes=30_000.0,
    table_bytes=20_000.0,
    events=10.0,
)


def test_a_plan_keeps_every_part_below_its_planned_share() -> None:
    made = plan(10_000, COST, Limits(), Prices())
    for service, pods in made.pods.items():
        assert 10_000 * COST.python_us[service] / 1e6 / pods <= UTILISATION
    assert made.partitions >= max(made.pods.values())
    assert 10_000 * COST.postgres_us / 1e6 / (made.shards * 16) <= UTILISATION
    assert 10_000 * COST.wal_bytes / 1e6 / (made.shards * 150) <= UTILISATION


def test_everything_grows_with_the_rate_and_nothing_falls_below_its_least() -> None:
    small, large = (plan(rate, COST, Limits(), Prices()) for rate in (1, 50_000))
    assert set(small.pods.values()) == {2}
    assert (small.partitions, small.shards, small.brokers) == (6, 1, 3)
    assert large.shards > small.shards
    assert large.brokers > small.brokers
    assert large.cny_month > small.cny_month


def test_what_binds_the_database_is_named() -> None:
    light = replace(COST, wal_bytes=1_000.0)
    assert plan(10_000, light, Limits(), Prices()).shard_bound_by == "CPU"
    assert plan(10_000, COST, Limits(), Prices()).shard_bound_by == "WAL"


def test_a_day_is_its_peak_and_a_quiet_rest() -> None:
    assert tickets_a_day(100, Limits(peak_hours_a_day=1, base_share=0)) == 360_000
    assert tickets_a_day(100, Limits(peak_hours_a_day=24)) == 8_640_000


def test_costs_come_from_the_measured_pipeline() -> None:
    figures: list[dict[str, Any]] = [
        *({"name": f"  CPU {service}", "value": 300.0} for service in SERVICES),
        {"name": "CPU postgres", "value": 500.0},
        {"name": "CPU kafka", "value": 300.0},
        {"name": "Kafka a ticket", "value": 12_000.0},
        {"name": "database log a ticket", "value": 30_000.0},
        {"name": "database a ticket", "value": 20_000.0},
        {"name": "records a ticket", "value": 10.0},
    ]
    assert cost_of({"benches": {"pipeline": {"figures": figures}}}) == COST
    assert cost_of({"benches": {}}) is None


def test_a_hot_shop_burdens_shards_but_not_partitions() -> None:
    found = skew.simulate(20_000, 24, 8, 0.6, seed=1)
    assert found.hottest_shop_share > 0.6
    assert found.partitions_by_ticket < 1.2
    assert found.shards_by_shop > 4
    assert found.shards_by_shop_and_line < 2


@pytest.mark.parametrize(("load", "pause_s"), [(0.3, 9.0), (0.6, 2.0), (0.6, 9.0), (0.8, 5.0)])
def test_a_pause_costs_what_arithmetic_foretells(load: float, pause_s: float) -> None:
    seen = pauses.simulate(load * 1_000, 1_000, pause_s)
    assert seen.gone_after_s == pytest.approx(
        pauses.foretold_s(load * 1_000, 1_000, pause_s), rel=0.05, abs=0.1
    )
    assert seen.longest_wait_s >= pause_s


def test_an_overloaded_partition_never_catches_up() -> None:
    assert pauses.simulate(1_100, 1_000, 1.0, patience_s=20).gone_after_s == float("inf")
    assert pauses.foretold_s(1_100, 1_000, 1.0) == float("inf")
