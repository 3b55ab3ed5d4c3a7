"""How unevenly tickets fall on partitions and on database shards: simulated, seeded."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from zlib import crc32

SHOPS = 2_000
ZIPF = 1.1
"""Exponent of the shops' sizes: few sell most."""


@dataclass(frozen=True, slots=True)
class Skew:
    """Load of the fullest place as a multiple of the mean."""

    partitions_by_ticket: float
    shards_by_shop: float
    shards_by_shop_and_line: float
    hottest_shop_share: float


def shop_shares(hot_share: float) -> list[float]:
    """Cumulative shares of the shops; the first has `hot_share` more than its place says."""
    weights = [1 / (rank + 1) ** ZIPF for rank in range(SHOPS)]
    total = sum(weights)
    shares = [weight / total * (1 - hot_share) for weight in weights]
    shares[0] += hot_share
    return list(accumulate(shares))


def simulate(tickets: int, partitions: int, shards: int, hot_share: float, seed: int) -> Skew:
    """Draw tickets, place each by its key, count."""
    dice, shares = Random(seed), shop_shares(hot_share)
    by_partition: Counter[int] = Counter()
    by_shop: Counter[int] = Counter()
    by_line: Counter[int] = Counter()
    hottest = 0
    for number in range(tickets):
        shop = min(SHOPS - 1, bisect_left(shares, dice.random()))
        hottest += shop == 0
        by_partition[crc32(f"{seed}/{number}".encode()) % partitions] += 1
        by_shop[crc32(f"shop-{shop}".encode()) % shards] += 1
        by_line[crc32(f"shop-{shop}/{dice.randrange(64)}".encode()) % shards] += 1
    return Skew(
        fullest(by_partition, partitions),
        fullest(by_shop, shards),
        fullest(by_line, shards),
        hottest / tickets,
    )


def fullest(counts: Counter[int], places: int) -> float:
    """The largest count as a multiple of the mean over all places."""
    return max(counts.values()) * places / counts.total()
