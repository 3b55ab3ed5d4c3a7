"""A broker's topic, a database's schema and probes on them: for tests of the runtime.

The conftest of a folder of such tests imports `bench`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from runtime.case import Message
from runtime.clock import new_id
from runtime.database import Database, Row
from runtime.service import Service
from runtime.telemetry import Telemetry
from schemas.envelope import Envelope
from tests.support import bus, probe
from tests.support.probe import Behaviour


@dataclass
class Bench:
    """One schema, one input topic, and as many probe instances as a test opens."""

    bootstrap: str
    url: str
    database: Database
    schema: str
    topic: str
    behaviour: Behaviour = field(default_factory=Behaviour)
    services: list[Service] = field(default_factory=list)

    async def open(
        self, telemetry: Telemetry | None = None, *, url: str = "", **changes: Any
    ) -> Service:
        """Start another instance; its own connections, so that it can be frozen or killed.

        `url` is another way to the same database.
        """
        url = url or self.url
        database = await probe.connected(url, self.schema)
        config = probe.settings(self.bootstrap, url, **changes)
        service, _ = await probe.open_probe(database, config, self.topic, self.behaviour, telemetry)
        await service.start()
        self.services.append(service)
        return service

    async def close(self, service: Service) -> None:
        """Stop an instance in good order."""
        self.services.remove(service)
        await service.stop()

    async def send(self, *events: Envelope[Any], partition: int | None = None) -> None:
        """Put events on the input topic."""
        await bus.send(self.bootstrap, self.topic, events, partition=partition)

    async def raw(self, value: bytes | None, **more: Any) -> None:
        """Put a record on the input topic as it is."""
        async with bus.producer(self.bootstrap) as made:
            await made.send_and_wait(self.topic, value, **more)

    async def rows(self, sql: str, *values: Any) -> list[Row]:
        """Run a query on the schema."""
        async with self.database.single() as tx:
            return list(await tx.fetch(sql, *values))

    async def seen(self, ticket: str) -> list[str]:
        """Messages tallied for a ticket, in order."""
        rows = await self.rows(probe.queries.tallies, [ticket])
        return list(rows[0]["seen"]) if rows else []

    def tallied(self, ticket: str, count: int) -> Callable[[], Awaitable[bool]]:
        """A check: at least so many messages are tallied."""

        async def check() -> bool:
            return len(await self.seen(ticket)) >= count

        return check

    async def published(self) -> bool:
        """Nothing waits in the outbox."""
        return all(r["published_at"] is not None for r in await self.rows(probe.queries.outbox))

    async def replies(self, ticket: str) -> list[str]:
        """Message ids of the probe's answers on Kafka about a ticket; first occurrences only."""
        await bus.until(self.published)
        found: dict[str, None] = {}
        for record in await bus.read_all(self.bootstrap, "tickets"):
            if record.key == ticket.encode():
                found.setdefault(record.value.decode(), None)
        return [json.loads(value)["data"]["message_id"] for value in found]


def ready(service: Service) -> Callable[[], Awaitable[bool]]:
    """A check: an instance says that it is well. For a moment it may be not, on a slow machine."""

    async def check() -> bool:
        return service.health.report().ready

    return check


def counted(service: Service, name: str, **labels: str) -> float:
    """What a counter of an instance stands at."""
    return service.metrics.registry.get_sample_value(f"aftercare_{name}_total", labels) or 0.0


@dataclass
class Held:
    """A `Behaviour.meddle` that keeps batches waiting until they are let go."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _: Sequence[Message]) -> None:
        """Say that a batch is here, and keep it."""
        self.reached.set()
        await self.free.wait()


@pytest.fixture
async def bench(kafka_bootstrap: str, database_url: str) -> AsyncIterator[Bench]:
    """A fresh bench; every instance still open is stopped at the end."""
    schema = f"probe_{new_id().hex[-10:]}"
    topic = schema.replace("_", "-")
    await bus.make_topic(kafka_bootstrap, topic)
    for shared in ("tickets", "dead-letters.probe"):
        await bus.make_topic(kafka_bootstrap, shared)
    async with AsyncExitStack() as stack:
        database = await probe.lay_out(database_url, schema)
        stack.push_async_callback(database.close)
        made = Bench(kafka_bootstrap, database_url, database, schema, topic)
        try:
            yield made
        finally:
            for service in list(made.services):
                await made.close(service)
