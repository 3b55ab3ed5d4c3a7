"""The offsets that Kafka keeps for a consumer group: only a bookmark, written beside the work.

Called by `pump`. Inbox and fence decide what has an effect; a bookmark that is behind costs
repeats, one that is ahead cannot be: only what is committed in the database is noted here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from runtime.clock import monotonic_s
from runtime.logs import logger
from runtime.metrics import Metrics

log = logger(__name__)
EVERY_S = 1.0
RETRY_S = 1.0
"""Longer still after a failure."""


class Bookmark:
    """Commits offsets in the background, at most every so often."""

    def __init__(self, desk: str, metrics: Metrics, consumer: Callable[[], Any]) -> None:
        self._desk = desk
        self._metrics = metrics
        self._consumer = consumer
        self._waiting: dict[TopicPartition, int] = {}
        self._committed_s = 0.0
        self._task: asyncio.Task[None] | None = None

    def note(self, place: TopicPartition, offset: int) -> None:
        """The next offset to read of a partition; it is committed soon."""
        self._waiting[place] = offset
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._soon(), name="bookmark")

    def drop(self, place: TopicPartition) -> None:
        """The partition belongs to somebody else by now."""
        self._waiting.pop(place, None)

    async def close(self) -> None:
        """Commit what is noted and forget it: the partitions leave, or the service stops."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._commit()
        self._waiting.clear()

    async def _soon(self) -> None:
        """Ends by itself once it is not wanted any more: a commit that fails at the moment at which
        it is cancelled tells of its failure only."""
        while self._waiting and self._task is asyncio.current_task():
            await asyncio.sleep(max(0.0, self._committed_s + EVERY_S - monotonic_s()))
            await self._commit()

    async def _commit(self) -> None:
        """A failure costs repeats later, never a loss."""
        offsets = dict(self._waiting)
        self._committed_s = monotonic_s()
        consumer = self._consumer()
        if not offsets or consumer is None:
            self._waiting.clear()
            return
        try:
            await asyncio.wait_for(consumer.commit(offsets), timeout=5)
        except (KafkaError, TimeoutError) as error:
            self._metrics.batches_failed.labels(self._desk, "offset_commit").inc()
            log.warning("offset commit failed", cause=type(error).__name__)
            self._committed_s += RETRY_S
            return
        for place, offset in offsets.items():
            if self._waiting.get(place) == offset:
                del self._waiting[place]
