"""Reads partitions of Kafka up to their present end, poll by poll. Called by `read_log`, and by
`trace` and `triage` for single tickets. Belongs to no group and commits nothing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from runtime.fetched import tolerate

IDLE_POLLS = 30
"""Seconds without any record before reading is given up."""


@asynccontextmanager
async def reading(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of what is committed. Raises KafkaError."""
    tolerate()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 * 1024 * 1024,
        fetch_max_wait_ms=100,
        request_timeout_ms=30_000,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def ends_of(
    consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    """The present ends of partitions, which the consumer turns to: of topics that it was not
    assigned it learns nothing, and would ask for ever."""
    consumer.assign(places)
    ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
    return ends


async def starts_of(
    consumer: AIOKafkaConsumer,
    places: Sequence[TopicPartition],
    ends: Mapping[TopicPartition, int],
    since: datetime | None = None,
) -> dict[TopicPartition, int]:
    """Where to begin, from a time (wall clock) on; at the end where nothing is so young."""
    first: dict[TopicPartition, int] = await consumer.beginning_offsets(places)
    if since is None:
        return first
    wanted_ms = int(since.timestamp() * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(places, wanted_ms))
    return {place: found[place].offset if found[place] else ends[place] for place in places}


async def to_the_end(
    consumer: AIOKafkaConsumer,
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> AsyncGenerator[list[Any], None]:
    """Records between these offsets of the partitions turned to, a partition's share of a poll at
    a time. Raises KafkaTimeoutError when none come any more."""
    for place, offset in starts.items():
        consumer.seek(place, offset)
    left = {place for place in starts if starts[place] < ends[place]}
    idle_polls = 0
    while left:
        found = await consumer.getmany(*left, timeout_ms=1000)
        idle_polls = 0 if found else idle_polls + 1
        if idle_polls > IDLE_POLLS:
            topics = ", ".join(sorted({place.topic for place in left}))
            raise KafkaTimeoutError(f"{topics} can't be read to the end")
        for place, records in found.items():
            end = ends[place]
            yield [record for record in records if record.offset < end]
        # The position, not the last record: markers of transactions are no records.
        left = {place for place in left if await consumer.position(place) < ends[place]}
