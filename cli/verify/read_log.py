"""Reads all topics from their beginning to their present end. Called by `collect`.

Records are parsed without the contract's validation: a million of them must pass in seconds,
and what a service refuses is for the service to tell.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from sys import intern
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from jiter import from_json

from cli.verify.leaks import Watch
from cli.verify.log_facts import Offsets, Place, TopicLog, content_of, id_of
from cli.verify.polls import ends_of, reading, starts_of, to_the_end
from cli.verify.stories import Stories, keep_story
from runtime.clock import monotonic_s
from runtime.inbox import digest_of
from schemas.topics import in_all_lanes

COORDINATOR_S = 15.0
OURS = "aftercare/"
HEAD_ENOUGH = frozenset(in_all_lanes(("orders", "triage")))
"""Topics of whose events only the envelope is needed."""
HEAD = frozenset({"id", "source", "type", "time", "subject"})


async def read_log(
    bootstrap: str, topics: Sequence[str], settled_s: float, watch: Watch | None = None
) -> tuple[dict[str, TopicLog], Stories]:
    """Every record of these topics; a topic that does not exist is empty.

    Records made at `settled_s` (wall time) or later are young. `watch` sees all of them. Raises
    KafkaError.
    """
    stories = Stories()
    logs = {name: TopicLog(name) for name in topics}
    places = await partitions_of(bootstrap, topics)
    async with reading(bootstrap) as consumer:
        for name, log in logs.items():
            mine = [place for place in places if place.topic == name]
            if mine:
                await _read_topic(consumer, log, mine, stories, settled_s, watch)
    return logs, stories


async def _read_topic(
    consumer: AIOKafkaConsumer,
    log: TopicLog,
    places: list[TopicPartition],
    stories: Stories,
    settled_s: float,
    watch: Watch | None,
) -> None:
    ends = await ends_of(consumer, places)
    starts = await starts_of(consumer, places, ends)
    log.starts.update({place.partition: offset for place, offset in starts.items()})
    log.ends.update({place.partition: offset for place, offset in ends.items()})
    async with aclosing(to_the_end(consumer, starts, ends)) as polls:
        async for records in polls:
            if watch is not None:
                watch.poll(records)
            for record in records:
                note_record(log, stories, record, settled_s)


def note_record(
    log: TopicLog, stories: Stories, record: Any, settled_s: float = float("inf")
) -> None:
    """Add one consumer record to its topic's columns and tell its story."""
    value: bytes = record.value or b""
    wall_s = record.timestamp / 1000
    try:
        document = _document(log.name, value)
        event_id = id_of(document["id"])
        cause = id_of(document["causationid"]) if "causationid" in document else None
        subject = document["subject"].encode()
        at = datetime.fromisoformat(document["time"])
        business_s = at.timestamp()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        _note_unreadable(log, record, young=wall_s >= settled_s)
        return
    source, type_name = (intern(str(document.get(name, ""))) for name in ("source", "type"))
    ours = source.startswith(OURS)
    first = log.add(
        event_id,
        record.partition,
        record.offset,
        digest=digest_of(value),
        content=content_of(value) if ours else 0,
        cause=cause,
        type_name=type_name,
        source=source,
        business_s=business_s,
        wall_s=wall_s,
        young=wall_s >= settled_s,
    )
    if record.key is not None and record.key != subject:
        log.miskeyed.append(event_id)
    if not first or not ours:
        _note_header(log, record, unless=type_name if first else "")
    if first:
        try:
            keep_story(stories, event_id, cause, at, document)
        except (KeyError, TypeError, ValueError):
            log.untold.append(event_id)


def _note_unreadable(log: TopicLog, record: Any, *, young: bool) -> None:
    log.reach(record.partition, record.offset, young=young)
    log.unreadable.append(Place(log.name, record.partition, record.offset))
    _note_header(log, record)


def _note_header(log: TopicLog, record: Any, unless: str = "") -> None:
    """Desks go by the type header: what it names and they don't work on, they pass over. A
    stranger's may say something else than the record; `unless` is what goes without noting."""
    for name, value in record.headers:
        if name == "ce_type" and value is not None:
            told = value.decode("ascii", errors="replace")
            if told != unless:
                log.headed[Place(log.name, record.partition, record.offset)] = intern(told)
            return


def _document(topic: str, value: bytes) -> dict[str, Any]:
    """The parsed value; on some topics only what stands before the data, which is far faster.

    Should the data be damaged there, the services gave the record up, and its place tells.
    """
    cut = value.find(b'"data"') if topic in HEAD_ENOUGH else -1
    if cut > 0:
        try:
            head: dict[str, Any] = from_json(value[:cut].rstrip(b", \t\r\n") + b"}")
        except ValueError:
            head = {}
        if head.keys() >= HEAD:
            return head
    try:
        whole: dict[str, Any] = from_json(value)
    except ValueError:
        whole = json.loads(value)  # slower, and takes a little more: any that tells its id is read
    return whole


async def committed_offsets(bootstrap: str, groups: Iterable[str]) -> Mapping[str, Offsets]:
    """What each consumer group has committed, by topic and partition. Raises KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return {group: await _committed(admin, group) for group in groups}
    finally:
        await admin.close()


async def _committed(admin: AIOKafkaAdminClient, group: str) -> Offsets:
    """Asks again for a while: a broker that just started has its coordinators to find yet."""
    end_s = monotonic_s() + COORDINATOR_S
    while True:
        try:
            offsets = await admin.list_consumer_group_offsets(group)
        except KafkaError as error:
            if not error.retriable or monotonic_s() > end_s:
                raise
            await asyncio.sleep(0.2)
        else:
            return {(p.topic, p.partition): kept.offset for p, kept in offsets.items()}


async def log_ends(bootstrap: str, topics: Sequence[str]) -> Offsets:
    """The offset after the last record of each partition. Raises KafkaError."""
    places = await partitions_of(bootstrap, topics)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        ends = await ends_of(consumer, places)
        return {(place.topic, place.partition): end for place, end in ends.items()}
    finally:
        await consumer.stop()


async def partitions_of(bootstrap: str, topics: Sequence[str]) -> list[TopicPartition]:
    """All partitions of those of these topics that exist. Raises KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    return sorted(
        TopicPartition(topic["topic"], part["partition"])
        for topic in described
        if not topic["error_code"]
        for part in topic["partitions"]
    )
