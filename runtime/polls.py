"""What the pump gives FastStream to hand a poll over untouched, and a wait for one of several."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from itertools import chain
from typing import Any

from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage

from runtime.clock import monotonic_s
from runtime.fetched import tolerate
from runtime.settings import RuntimeSettings
from schemas.values import Lane

URGENT_RECORDS = 100
"""In the urgent lane nobody waits for a large batch to end."""


MANY_PER_S = 60.0
"""From such a rate on records gather: each would else bring its own transaction on its way. Some
five records of each ticket reach a desk that hears four topics, so that a dozen tickets a second
still go their way at once."""
MEMORY_S = 0.5
"""How far back the rate of records is remembered."""


URGENT_GATHER_S = 0.1
FETCH_BYTES, PARTITION_BYTES = 4 * 1024 * 1024, 1024 * 1024
"""What a consumer reads ahead of a backlog: the next batches and no more, it lies in memory."""


class LeavingError(Exception):
    """The partitions are being taken away or the service stops: leave the batch undone."""


def group_of(service: str, desk: str, lane: Lane) -> str:
    """The consumer group of a desk's pump."""
    return f"{service}.{desk}" if lane == "routine" else f"{service}.{desk}.{lane}"


def records_of(settings: RuntimeSettings, lane: Lane) -> int:
    """Records in one batch at most."""
    most = settings.batch_records
    return most if lane == "routine" else min(most, URGENT_RECORDS)


def gather_s(settings: RuntimeSettings, lane: Lane) -> float:
    """How long records may gather while many come, in seconds."""
    longest_s = settings.gather_ms / 1000
    return longest_s if lane == "routine" else min(longest_s, URGENT_GATHER_S)


def subscription(
    group: str, settings: RuntimeSettings, records: int, listener: Any
) -> dict[str, Any]:
    """Arguments of a batch subscriber whose acknowledgement, parsing and rebalances are ours."""
    tolerate()
    return {
        "group_id": group,
        "batch": True,
        "ack_policy": AckPolicy.MANUAL,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "partition_assignment_strategy": (RangePartitionAssignor,),
        "session_timeout_ms": settings.session_ms,
        "heartbeat_interval_ms": max(300, settings.session_ms // 4),
        "batch_timeout_ms": settings.poll_ms,
        "max_records": records,
        "fetch_max_wait_ms": 500,
        "fetch_max_bytes": FETCH_BYTES,
        "max_partition_fetch_bytes": PARTITION_BYTES,
        "listener": listener,
        "parser": raw_batch,
        "decoder": undecoded,
        "no_reply": True,
    }


class Gathering:
    """Lets records gather while many come: a transaction for each handful would cost far more
    than what is done in it. A lone record never waits.
    """

    def __init__(self, pause_s: float, plenty: int) -> None:
        """`plenty`: a poll of so many is worth its transaction; there is nothing to wait for."""
        self._pause_s = pause_s
        self._plenty = plenty
        self._polled_s = 0.0
        self._last = 0
        self._per_s = 0.0

    def taken(self, records: int, now_s: float) -> None:
        """Note a poll."""
        passed_s = max(now_s - self._polled_s, 0.001)
        weight = min(1.0, passed_s / MEMORY_S)
        self._per_s += (records / passed_s - self._per_s) * weight
        self._polled_s = now_s
        self._last = records

    def wait_s(self, now_s: float) -> float:
        """How long the next poll should wait: until a pause has passed since the last one, if
        many records came of late."""
        if self._last >= self._plenty or self._per_s < MANY_PER_S:
            return 0.0
        return max(0.0, self._polled_s + self._pause_s - now_s)


def wait_for_records(subscriber: Any, pause_s: float) -> Any:
    """Let a batch subscriber wait in the poll alone, and gather records for up to `pause_s`.

    FastStream sleeps after an empty poll as long as the poll itself waited, so that a record
    that comes meanwhile waits as well: a short wait spins, a long one delays. aiokafka's own poll
    returns as soon as a record is there, however long it may wait.
    """
    gathering = Gathering(pause_s, subscriber.max_records // 2)

    async def records(consumer: Any) -> tuple[Any, ...]:
        await asyncio.sleep(gathering.wait_s(monotonic_s()))
        while True:
            found = await consumer.getmany(
                timeout_ms=subscriber.batch_timeout_ms, max_records=subscriber.max_records
            )
            if found:
                polled = tuple(chain.from_iterable(found.values()))
                gathering.taken(len(polled), monotonic_s())
                return polled

    subscriber.get_msg = records
    return subscriber


async def first(*waits: Coroutine[Any, Any, Any]) -> int:
    """Wait for the first to end and give its place; the others are cancelled."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(place for place, task in enumerate(tasks) if task.done())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def raw_batch(records: tuple[Any, ...]) -> KafkaMessage:
    """Hand the poll over as it is: FastStream's own parser fails on headers that are not UTF-8."""
    return KafkaMessage(raw_message=records, body=b"", consumer=FAKE_CONSUMER)


async def undecoded(message: KafkaMessage) -> Any:
    """No decoding: the pump validates each record itself."""
    return message.raw_message
