"""Reads topics from their beginning as they grow, without a consumer group of its own.

The simulated agents and the order system react to it; the demo's board counts by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from runtime.clock import monotonic_s

POLL_MS = 100
AWAY_S = 60.0


class Tail:
    """Calls `take` for each record of some topics, in order within a partition."""

    def __init__(
        self, bootstrap: str, topics: tuple[str, ...], take: Callable[[Any], None]
    ) -> None:
        self._consumer = AIOKafkaConsumer(
            *topics,
            bootstrap_servers=bootstrap,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=POLL_MS,
        )
        self._take = take
        self.taken = 0
        """Records so far."""

    async def follow(self) -> None:
        """Until cancelled. Raises KafkaError when the broker stays away."""
        await self._consumer.start()
        try:
            while True:
                await self._step()
        finally:
            await self._consumer.stop()

    async def _step(self) -> None:
        began_s = monotonic_s()
        while True:
            try:
                found = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=2000)
                break
            except KafkaError:
                if monotonic_s() - began_s > AWAY_S:
                    raise
                await asyncio.sleep(0.2)
        for records in found.values():
            for record in records:
                self._take(record)
                self.taken += 1
