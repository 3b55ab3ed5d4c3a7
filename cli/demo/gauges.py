"""Rate, lag and oldest waiting record of each service, from Kafka's offsets alone.

Looked at once a second by `run`, shown by `board`.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from runtime.clock import monotonic_s
from schemas.flows import CONSUMES
from schemas.topics import SERVICES, TOPICS

EVERY_S = 1.0
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Gauge:
    """One service now. `rate` in records per second, `oldest_s` age of what waits longest."""

    rate: float = 0.0
    lag: int = 0
    oldest_s: float = 0.0


@dataclass(slots=True)
class Ends:
    """How the end of one partition moved: times and offsets, both ascending."""

    times_s: list[float] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    def note(self, now_s: float, end: int) -> None:
        """The end now."""
        if not self.offsets or end > self.offsets[-1]:
            self.times_s.append(now_s)
            self.offsets.append(end)

    def since_s(self, committed: int, now_s: float) -> float:
        """For how long the record at `committed` has been there; 0 when there is none yet."""
        place = bisect_right(self.offsets, committed)
        return now_s - self.times_s[place] if place < len(self.offsets) else 0.0


class Gauges:
    """Looks again and again until cancelled; `now` is the latest look."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._ends: dict[Place, Ends] = defaultdict(Ends)
        self._done: dict[str, int] = {}
        self._looked_s = 0.0
        self.now: dict[str, Gauge] = {service: Gauge() for service in SERVICES}
        self.records: dict[str, int] = {}
        """Records on each topic."""

    async def watch(self) -> None:
        """Until cancelled; a broker that is away for a moment is looked for again."""
        while True:
            try:
                await self._watch()
            except (KafkaError, OSError):
                await asyncio.sleep(EVERY_S)

    async def _watch(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap)
        await admin.start()
        try:
            await consumer.start()
            places = [
                TopicPartition(topic.name, part)
                for topic in TOPICS
                for part in range(topic.partitions)
            ]
            while True:
                await self._look(admin, consumer, places)
                await asyncio.sleep(EVERY_S)
        finally:
            await consumer.stop()
            await admin.close()

    async def _look(self, admin: Any, consumer: Any, places: list[TopicPartition]) -> None:
        ends = await consumer.end_offsets(places)
        now_s = monotonic_s()
        records: dict[str, int] = defaultdict(int)
        for place, end in ends.items():
            self._ends[place.topic, place.partition].note(now_s, end)
            records[place.topic] += end
        self.records = dict(records)
        committed: dict[str, list[tuple[Place, int]]] = defaultdict(list)
        for group, *_ in await admin.list_consumer_groups():
            service = group.partition(".")[0]
            if service in CONSUMES:
                found = await admin.list_consumer_group_offsets(group)
                committed[service] += [
                    ((place.topic, place.partition), kept.offset) for place, kept in found.items()
                ]
        passed_s = now_s - self._looked_s
        self._looked_s = now_s
        self.now = {
            service: self._gauge(service, committed[service], now_s, passed_s)
            for service in SERVICES
        }

    def _gauge(
        self, service: str, offsets: list[tuple[Place, int]], now_s: float, passed_s: float
    ) -> Gauge:
        done, lag, oldest_s = 0, 0, 0.0
        for place, offset in offsets:
            ends = self._ends[place]
            at = max(offset, 0)
            done += at
            lag += max(0, (ends.offsets[-1] if ends.offsets else 0) - at)
            oldest_s = max(oldest_s, ends.since_s(at, now_s))
        before = self._done.get(service)
        self._done[service] = done
        rate = 0.0 if before is None or passed_s <= 0 else (done - before) / passed_s
        return Gauge(rate, lag, oldest_s)
