"""Puts prepared messages on topics before anybody works on them. Called by `run`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from aiokafka import AIOKafkaProducer

from benchmarks.service.events import Record
from schemas.topics import lane_topic
from simulator.journal import Journal


class Feeder:
    """A producer that every contender is fed by alike."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=5,
            max_batch_size=256 * 1024,
        )

    async def __aenter__(self) -> Feeder:
        await self._producer.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._producer.stop()

    async def put(
        self,
        records: Sequence[Record],
        prefix: str,
        *,
        lanes: bool,
        journal: Journal | None = None,
    ) -> None:
        """Returns when the broker has them all; what it promised is noted. Raises KafkaError.

        `lanes`: urgent records go to the twins of the hot topics.
        """
        under_way: list[Any] = [
            await self._producer.send(
                f"{prefix}{lane_topic(record.topic, record.lane) if lanes else record.topic}",
                record.value,
                key=record.key,
                headers=list(record.headers),
            )
            for record in records
        ]
        places = await asyncio.gather(*under_way)
        if journal is None:
            return
        for record, place in zip(records, places, strict=True):
            journal.note(
                "kafka",
                record.kind,
                "acknowledged",
                record.shop,
                str(record.id),
                record.about,
                answer={
                    "topic": place.topic, "partition": place.partition, "offset": place.offset
                },
            )  # fmt: skip
        journal.flush()
