"""Reads topics from their beginning to their present end. Called by `design` to judge its work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer

from cli.verify.read_log import partitions_of


async def read_to_end(bootstrap: str, topics: Sequence[str]) -> AsyncIterator[Any]:
    """Every record that was there when the reading began. Raises KafkaError."""
    places = await partitions_of(bootstrap, topics)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(places)
        left = {place for place, end in ends.items() if end > 0}
        consumer.assign(list(left))
        if left:
            await consumer.seek_to_beginning(*left)
        while left:
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                for record in records:
                    if record.offset < ends[place]:
                        yield record
            left = {place for place in left if await consumer.position(place) < ends[place]}
    finally:
        await consumer.stop()
