"""Packs drafts into record batches, one row of them per partition, and hands them to a producer.

Called by `publisher`. Far cheaper than a `send` for each event: one future and one look at the
metadata a batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from runtime.case import Draft
from schemas.envelope import CONTENT_TYPE
from schemas.topics import TOPICS

SHARED_TOPICS = frozenset({"orders"})
"""Topics that other systems write too, with Kafka's own partitioner."""
_HOMES = {topic.name: topic.partitions for topic in TOPICS if topic.name not in SHARED_TOPICS}
BREATH_EVENTS = 200
"""After so many the loop gets its turn."""
_CONTENT = ("content-type", CONTENT_TYPE.encode())
Place = tuple[str, int]


def partition_of(topic: str, key: bytes, partitions: int) -> int:
    """The partition of a key: the same in every process, for ever.

    Topics of our own go by CRC-32, as librdkafka's producers do; what others write as well goes
    by the murmur2 of Kafka's Java producers, which costs ten times as much here.
    """
    if topic in SHARED_TOPICS:
        return int(murmur2(key) & 0x7FFFFFFF) % partitions
    return crc32(key) % partitions


def homes(topic: str, there: int) -> int:
    """Over how many partitions the keys of a topic are spread, when the broker has `there`.

    Ours stay within the number that the contract declares: partitions that are added remain empty
    until a release declares them, so that no key moves while events of it are under way. What
    others write too goes over all, as they see it.
    """
    return min(there, _HOMES.get(topic, there))


async def send_all(producer: AIOKafkaProducer, drafts: Iterable[Draft]) -> None:
    """Send in this order per partition and wait until the broker has all. Raises KafkaError."""
    counts: dict[str, int] = {}
    rows: dict[Place, list[Any]] = {}
    for number, draft in enumerate(drafts, 1):
        if draft.topic not in counts:
            there = len(await producer.partitions_for(draft.topic))
            counts[draft.topic] = homes(draft.topic, there)
        key = draft.key.encode()
        place = draft.topic, partition_of(draft.topic, key, counts[draft.topic])
        _append(producer, rows.setdefault(place, []), key, draft)
        if number % BREATH_EVENTS == 0:
            await asyncio.sleep(0)
    sent = [
        await producer.send_batch(batch, topic, partition=part)
        for (topic, part), row in rows.items()
        for batch in row
    ]
    for outcome in await asyncio.gather(*sent, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def _append(producer: AIOKafkaProducer, row: list[Any], key: bytes, draft: Draft) -> None:
    """Into the last batch of the row, or into a new one when it is full."""
    headers = headers_of(draft)
    if row and row[-1].append(timestamp=None, key=key, value=draft.value, headers=headers):
        return
    batch = producer.create_batch()
    batch.append(timestamp=None, key=key, value=draft.value, headers=headers)
    row.append(batch)


def headers_of(draft: Draft) -> list[tuple[str, bytes]]:
    """What others sort and trace records by, without opening them."""
    headers = [_CONTENT, ("ce_type", draft.type.encode()), ("ce_id", str(draft.id).encode())]
    if draft.traceparent:
        headers.append(("traceparent", draft.traceparent.encode()))
    return headers
