"""Fetches a ticket's records from Kafka, the requests behind them, and their spans.

Called by `command`. A key always lies in one partition, so only that one is read of each topic.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any
from uuid import UUID

from aiokafka import TopicPartition

from cli.trace.find import present, queries
from cli.trace.life import Life, Origin, Step, step_of, told
from cli.verify.polls import ends_of, reading, starts_of, to_the_end
from cli.verify.read_log import partitions_of
from devstack.span_sink import Span, read_spans
from runtime.database import Database
from runtime.record_batches import homes, partition_of
from schemas.topics import TOPICS

ORDERS, NOTIFICATIONS, LETTERS = "orders", "notifications", "dead-letters."
OF_TICKETS = tuple(
    topic.name for topic in TOPICS if topic.name != ORDERS and not topic.name.startswith(LETTERS)
)
OF_LETTERS = tuple(topic.name for topic in TOPICS if topic.name.startswith(LETTERS))
HTTP = "http"
ASKED_BY_PEOPLE = frozenset({"intake", "resolution"})
"""Services whose commands are requests of others; the rest give their commands themselves."""


async def read_life(bootstrap: str, database: Database, ticket: str) -> Life:
    """Everything on Kafka about a ticket and its order. Raises KafkaError, DatabaseAwayError."""
    steps = await _steps(bootstrap, OF_TICKETS, ticket)
    order = next((s.data["order_id"] for s in steps if s.data.get("order_id")), None)
    order_steps: list[Step] = []
    if order is not None:
        order_steps = await _steps(bootstrap, (ORDERS, NOTIFICATIONS), order)
    ids = {step.id for step in (*steps, *order_steps)}
    letters = [step async for step in _letters(bootstrap) if step.data.get("event_id") in ids]
    origins = await _origins(database, (*steps, *order_steps))
    return told(ticket, steps, order, order_steps, letters, origins)


async def _steps(bootstrap: str, topics: Sequence[str], key: str) -> list[Step]:
    """Events of a key. If none is where the key belongs, it belonged elsewhere: look everywhere."""
    places = await partitions_of(bootstrap, topics)
    home = [place for place in places if place.partition == home_of(place, places, key)]
    found = [step async for step in _of_key(bootstrap, home, key)]
    return found or [step async for step in _of_key(bootstrap, places, key)]


def home_of(place: TopicPartition, places: Iterable[TopicPartition], key: str) -> int:
    """The partition of its topic in which a key lies, as the publishers choose it."""
    there = sum(each.topic == place.topic for each in places)
    return partition_of(place.topic, key.encode(), homes(place.topic, there))


async def _of_key(
    bootstrap: str, places: Sequence[TopicPartition], key: str
) -> AsyncIterator[Step]:
    wanted = key.encode()
    async for record in _records(bootstrap, places):
        if record.key == wanted:
            step = step_of(record)
            if step is not None:
                yield step


async def _letters(bootstrap: str) -> AsyncIterator[Step]:
    async for record in _records(bootstrap, await partitions_of(bootstrap, OF_LETTERS)):
        step = step_of(record)
        if step is not None:
            yield step


async def _records(bootstrap: str, places: Sequence[TopicPartition]) -> AsyncIterator[Any]:
    """All records of these partitions up to their present end."""
    if not places:
        return
    async with reading(bootstrap) as consumer:
        ends = await ends_of(consumer, places)
        starts = await starts_of(consumer, places, ends)
        async with aclosing(to_the_end(consumer, starts, ends)) as polls:
            async for records in polls:
                for record in records:
                    yield record


async def _origins(database: Database, steps: Sequence[Step]) -> dict[str, Origin]:
    """What the causes are that are no events of this life; one that nobody applied is a timer."""
    known = {step.id for step in steps}
    causes = {s.cause for s in steps if s.cause and s.cause not in known}
    origins = {cause: Origin("timer") for cause in causes}
    async with database.transaction() as tx:
        for service in await present(tx):
            await tx.value(queries.enter, service)
            for row in await tx.fetch(queries.causes, [UUID(cause) for cause in sorted(causes)]):
                origins[row["id"]] = Origin(_what(service, row["topic"]), row["applied_at"])
    return origins


def _what(service: str, topic: str) -> str:
    if topic != HTTP:
        return f"event on {topic}"
    return "request" if service in ASKED_BY_PEOPLE else "command"


def spans_of(path: Path, trace_ids: Iterable[str]) -> dict[str, list[Span]]:
    """Recorded spans of each trace, by their beginning; empty where nothing was recorded."""
    return {
        trace_id: sorted(read_spans(path, trace_id), key=lambda span: span.start_ns)
        for trace_id in trace_ids
    }
