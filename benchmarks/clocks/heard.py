"""What the service said, read back from its topic: how late each word was, and whether any was too
early. Called by `rounds`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from benchmarks.clocks.loader import WARNING
from schemas.topics import TOPICS

HEARD = tuple(topic for topic in TOPICS if topic.family == "sla")
"""Both lanes."""
HOUR_MS = 3_600_000
SPOKEN = ("aftercare.sla.SLAWarning", "aftercare.sla.SLABreached")
_LEFT = WARNING.speaks_after
"""A warning at 50 per cent comes when as much is left as has passed."""


@dataclass(slots=True)
class Heard:
    """Seconds after its moment, of each word: when the service saw it, and when Kafka had it."""

    seen_late_s: list[float] = field(default_factory=list)
    kept_late_s: list[float] = field(default_factory=list)
    tickets: set[str] = field(default_factory=set)
    early: int = 0
    last_kept_s: float = 0.0
    """When Kafka had the last of them, seconds since 1970."""

    def note(self, event: dict[str, Any], kept_s: float) -> None:
        """One warning or breach; a breach speaks one instant after its deadline."""
        data = event["data"]
        seen_at = datetime.fromisoformat(data["detected_at"])
        if "breached_at" in data:
            due_at = datetime.fromisoformat(data["breached_at"])
        else:
            due_at = datetime.fromisoformat(data["due_at"]) - _LEFT
        late_s = (seen_at - due_at).total_seconds()
        self.early += late_s < 0 or ("breached_at" in data and late_s == 0)
        self.seen_late_s.append(late_s)
        self.kept_late_s.append(kept_s - due_at.timestamp())
        self.tickets.add(data["ticket_id"])
        self.last_kept_s = max(self.last_kept_s, kept_s)


class Listener:
    """Reads the topic from where it stands; never part of what is measured."""

    def __init__(self, bootstrap: str) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="earliest",
            fetch_max_bytes=32 * 1024 * 1024,
        )  # fmt: skip

    async def start(self) -> None:
        """Stand at the end of the topic."""
        await self._consumer.start()
        parts = _parts()
        self._consumer.assign(parts)
        await self._consumer.seek_to_end(*parts)

    async def stop(self) -> None:
        """Close the consumer."""
        await self._consumer.stop()

    async def hear(self, prefix: str, expected: int, within_s: float) -> Heard:
        """All that was said of tickets with this prefix. Ends when `expected` words were read."""
        heard = Heard()
        with suppress(TimeoutError):  # what was not said by then is missing in the counts
            async with asyncio.timeout(within_s):
                while len(heard.seen_late_s) < expected:
                    for event, kept_s in await self._next():
                        if event["type"] in SPOKEN and event["subject"].startswith(prefix):
                            heard.note(event, kept_s)
        return heard

    async def _next(self) -> list[tuple[dict[str, Any], float]]:
        found = await self._consumer.getmany(timeout_ms=200)
        return list(_parsed(found))


def _parts() -> list[TopicPartition]:
    return [TopicPartition(t.name, part) for t in HEARD for part in range(t.partitions)]


def _parsed(found: dict[TopicPartition, list[Any]]) -> Iterator[tuple[dict[str, Any], float]]:
    for records in found.values():
        for record in records:
            yield json.loads(record.value), record.timestamp / 1000


async def stamp_on_append(bootstrap: str) -> None:
    """Let the broker stamp records when it has appended them, not the producer when it sends."""
    stamps = {"message.timestamp.type": "LogAppendTime"}
    changes = [
        ConfigResource(
            ConfigResourceType.TOPIC,
            topic.name,
            stamps | {"retention.ms": str(topic.retention_h * HOUR_MS)},
        )
        for topic in HEARD
    ]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.alter_configs(changes)
    finally:
        await admin.close()
