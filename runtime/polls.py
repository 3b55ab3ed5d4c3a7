"""What the pump gives FastStream to hand a poll over untouched, and a wait for one of several."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage

from runtime.settings import RuntimeSettings


def subscription(group: str, settings: RuntimeSettings, listener: Any) -> dict[str, Any]:
    """Arguments of a batch subscriber whose acknowledgement, parsing and rebalances are ours."""
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
        "max_records": settings.batch_records,
        "fetch_max_wait_ms": 500,
        "max_partition_fetch_bytes": 4 * 1024 * 1024,
        "listener": listener,
        "parser": raw_batch,
        "decoder": undecoded,
        "no_reply": True,
    }


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
