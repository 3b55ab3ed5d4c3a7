"""How many partitions, pods, database shards and how much storage a rate asks for. Pure arithmetic
over measured costs of one ticket; `docs/scaling.md` shows what it gives."""

from __future__ import annotations

import math
from dataclasses import dataclass

UTILISATION = 0.6
"""Of a core or a disk that is planned with: above it queues grow fast, and a peak has no room."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one ticket costs, as measured by `bench pipeline`."""

    python_us: dict[str, float]
    """CPU microseconds by service."""
    postgres_us: float
    kafka_us: float
    kafka_bytes: float
    """On the broker's disk, one copy."""
    wal_bytes: float
    table_bytes: float
    """Growth of the database: rows and indexes."""
    events: float
    """Records published."""


@dataclass(frozen=True, slots=True)
class Prices:
    """CNY a month, list prices of a large provider's pay-by-month offers, rounded; change them."""

    core: float = 95.0
    gb_ssd: float = 0.7


@dataclass(frozen=True, slots=True)
class Limits:
    """What one piece bears."""

    shard_cores: int = 16
    """Of one database server."""
    shard_wal_mb_s: float = 150.0
    """Synchronous WAL that one server's disk takes with a replica behind it."""
    broker_mb_s: float = 80.0
    """Into one broker, replication included."""
    partition_events_s: float = 2_000.0
    """Of one partition, read by one pump in order."""
    replicas: int = 3
    kafka_days: float = 14.0
    inbox_days: float = 35.0
    peak_hours_a_day: float = 1.0
    """How long a day the peak lasts; the rest of the day runs at `base_share`."""
    base_share: float = 0.05


@dataclass(frozen=True, slots=True)
class Plan:
    """A deployment for one rate."""

    tickets_s: float
    pods: dict[str, int]
    partitions: int
    shards: int
    shard_bound_by: str
    brokers: int
    kafka_tb: float
    database_tb: float
    cores: int
    cny_month: float
    tickets_day: float


def plan(tickets_s: float, cost: Cost, limits: Limits, prices: Prices) -> Plan:
    """The smallest deployment that keeps every part below its planned share."""
    pods = {
        service: max(2, math.ceil(tickets_s * us / 1e6 / UTILISATION))
        for service, us in cost.python_us.items()
    }
    by_rate = math.ceil(tickets_s * cost.events / limits.partition_events_s / UTILISATION)
    partitions = max(6, max(pods.values()), by_rate)
    by_cpu = tickets_s * cost.postgres_us / 1e6 / (limits.shard_cores * UTILISATION)
    by_wal = tickets_s * cost.wal_bytes / 1e6 / (limits.shard_wal_mb_s * UTILISATION)
    shards = max(1, math.ceil(max(by_cpu, by_wal)))
    inflow_mb_s = tickets_s * cost.kafka_bytes * limits.replicas / 1e6
    by_bytes = inflow_mb_s / (limits.broker_mb_s * UTILISATION)
    by_core = tickets_s * cost.kafka_us * limits.replicas / 1e6 / (8 * UTILISATION)
    brokers = max(3, math.ceil(max(by_bytes, by_core)))
    tickets_day = tickets_a_day(tickets_s, limits)
    kafka_tb = tickets_day * limits.kafka_days * cost.kafka_bytes * limits.replicas / 1e12
    database_tb = tickets_day * limits.inbox_days * cost.table_bytes * 2 / 1e12
    cores = sum(pods.values()) + shards * limits.shard_cores * 2 + brokers * 8
    money = cores * prices.core + (kafka_tb + database_tb) * 1000 * prices.gb_ssd
    return Plan(
        tickets_s, pods, partitions, shards, "CPU" if by_cpu >= by_wal else "WAL", brokers,
        kafka_tb, database_tb, cores, money, tickets_day,
    )  # fmt: skip


def tickets_a_day(peak_s: float, limits: Limits) -> float:
    """What a day brings in all when the peak lasts for its hours."""
    peak = limits.peak_hours_a_day * 3600 * peak_s
    return peak + (24 - limits.peak_hours_a_day) * 3600 * peak_s * limits.base_share
