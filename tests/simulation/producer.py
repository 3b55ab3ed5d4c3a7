"""A double of aiokafka's idempotent producer: batches of a partition in order, or none after it."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, OutOfOrderSequenceNumber, ProducerClosed

from tests.simulation.broker import PARTITIONS
from tests.simulation.consumer import Network

FULL = 3
"""Records in a batch: few, so that a run takes several."""
BELATED = 0.3
"""How often what was given up still arrives."""


@dataclass(eq=False)
class Batch:
    """As aiokafka's BatchBuilder."""

    rows: list[tuple[bytes, bytes, Any]] = field(default_factory=list)

    def append(self, *, timestamp: None, key: bytes, value: bytes, headers: Any) -> object | None:
        """True, or None when it is full."""
        if len(self.rows) >= FULL:
            return None
        self.rows.append((key, value, headers))
        return True


class Producer:
    """As much of AIOKafkaProducer as the publisher uses."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._queues: dict[TopicPartition, deque[Batch]] = defaultdict(deque)
        self._replies: list[asyncio.Future[Any]] = []
        self._is_broken = False
        self._is_closed = False

    async def start(self) -> None:
        """As aiokafka's. Raises KafkaConnectionError."""
        await self._network.ask("connect", lambda: None, snap=KafkaConnectionError)

    async def stop(self) -> None:
        """As aiokafka's: what is under way comes to its end first."""
        self._is_closed = True
        waiting = [reply for reply in self._replies if not reply.done()]
        if waiting:
            await asyncio.wait(waiting)

    async def partitions_for(self, topic: str) -> set[int]:
        """As aiokafka's."""
        return set(range(PARTITIONS)) if not topic.startswith("dead-letters") else {0}

    def create_batch(self) -> Batch:
        """As aiokafka's."""
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> asyncio.Future[Any]:
        """As aiokafka's: a future that is done when the broker has it."""
        if self._is_closed:
            raise ProducerClosed
        queue = self._queues[place := TopicPartition(topic, partition)]
        queue.append(batch)
        reply = self._network.requests.submit(
            f"kafka produce {topic}/{partition}",
            partial(self._produce, place, batch),
            ready=lambda: queue[0] is batch,
            snap=partial(self._snap, place, batch),
            lasting=True,
        )
        self._replies.append(reply)
        return reply

    def _produce(self, place: TopicPartition, batch: Batch) -> None:
        self._queues[place].popleft()
        if self._is_broken:
            raise OutOfOrderSequenceNumber
        self._write(place, batch)

    def _write(self, place: TopicPartition, batch: Batch) -> None:
        for key, value, headers in batch.rows:
            self._network.broker.append(place, key, value, headers)

    def _snap(self, place: TopicPartition, batch: Batch) -> Exception:
        """It gives a batch up, whether the broker has it or not; none after it is taken."""
        self._is_broken = True
        queue = self._queues[place]
        if queue and queue[0] is batch:
            if self._network.random.random() < BELATED:
                self._network.requests.submit_for(
                    None, f"kafka belated {place.topic}", partial(self._arrive, place, list(queue))
                )
            queue.popleft()
        error: Exception = OutOfOrderSequenceNumber()
        return error

    def _arrive(self, place: TopicPartition, batches: list[Batch]) -> None:
        for batch in batches:
            self._write(place, batch)
