"""Kafka by hand for integration tests: make topics, put records on them, read them back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from runtime.clock import new_id, wall_now
from schemas.envelope import Envelope
from schemas.tickets import CustomerMessageReceived

LONG_S = 90.0
"""Nothing takes so long, also on a machine that stands still now and then: a limit costs nothing
while it is not reached."""


def message(
    ticket: str,
    number: str,
    text: str = "hello",
    *,
    event_id: UUID | None = None,
    sent_at: datetime | None = None,
) -> Envelope[CustomerMessageReceived]:
    """A customer message as an event; new, and sent now, unless told otherwise."""
    event_id, at = event_id or new_id(), sent_at or wall_now()
    payload = CustomerMessageReceived(ticket_id=ticket, message_id=number, text=text, sent_at=at)
    return Envelope[CustomerMessageReceived](
        id=event_id,
        source="test",
        type=CustomerMessageReceived.type_name(),
        time=at,
        subject=ticket,
        shopid="shop-a",
        correlationid=event_id,
        data=payload,
    )


async def make_topic(bootstrap: str, name: str, partitions: int = 2, copies: int = 1) -> None:
    """Create a topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, copies)])

        async def known() -> bool:
            (found,) = await admin.describe_topics([name])
            led = [p for p in found["partitions"] if p["leader"] >= 0]
            return len(led) >= partitions

        await until(known)
    finally:
        await admin.close()


@asynccontextmanager
async def producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A started producer."""
    made = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def send(
    bootstrap: str, topic: str, events: Sequence[Envelope[Any]], *, partition: int | None = None
) -> None:
    """Publish events in order, keyed by subject."""
    async with producer(bootstrap) as made:
        for event in events:
            await made.send(topic, event.to_json(), key=event.subject.encode(), partition=partition)
        await made.flush()


async def read_all(bootstrap: str, topic: str) -> list[Any]:
    """All records of a topic from the beginning to its present end, by partition and offset."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        places = sorted(consumer.assignment())
        ends = await consumer.end_offsets(places)
        records: list[Any] = []
        open_places = {p for p in places if ends[p] > 0}
        while open_places:
            for place, found in (await consumer.getmany(timeout_ms=500)).items():
                records.extend(found)
                if found and found[-1].offset + 1 >= ends[place]:
                    open_places.discard(place)
        return sorted(records, key=lambda r: (r.partition, r.offset))
    finally:
        await consumer.stop()


async def committed(bootstrap: str, group: str) -> dict[TopicPartition, int]:
    """Offsets that the broker keeps for a consumer group."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(group)
        return {place: kept.offset for place, kept in found.items()}
    finally:
        await admin.close()


async def until(check: Callable[[], Any], timeout_s: float = LONG_S) -> Any:
    """Poll an async check until it answers something true; fails after the timeout."""
    last: Any = None
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                last = await check()
                if last:
                    return last
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not reached within {timeout_s} s; last answer: {last!r}") from None
