"""A key is looked for where it was put: by CRC-32 in our topics, by murmur2 in shared ones."""

from __future__ import annotations

from zlib import crc32

from aiokafka import TopicPartition
from aiokafka.partitioner import murmur2

from cli.trace.read import home_of

PLACES = [TopicPartition(topic, part) for topic in ("notifications", "orders") for part in range(6)]
KEYS = [f"order-{number}" for number in range(50)]


def test_a_key_is_looked_for_where_its_publishers_put_it() -> None:
    ours, shared = PLACES[0], PLACES[6]
    assert [home_of(ours, PLACES, key) for key in KEYS] == [crc32(k.encode()) % 6 for k in KEYS]
    assert [home_of(shared, PLACES, key) for key in KEYS] == [
        (murmur2(k.encode()) & 0x7FFFFFFF) % 6 for k in KEYS
    ]


def test_partitions_that_were_added_are_no_home() -> None:
    grown = [TopicPartition("notifications", part) for part in range(40)]
    for key in KEYS:
        assert home_of(grown[0], grown, key) == crc32(key.encode()) % 6
