"""Triage over a real database, its bus left out: records go in by hand, the outbox is read."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiokafka import TopicPartition
from pydantic import SecretStr

from runtime.clock import new_id, wall_now
from runtime.database import Row
from runtime.migrations import migrate_all, role_of
from runtime.pump import Pump
from runtime.service import Service
from schemas.envelope import Envelope, Payload
from schemas.registry import ENVELOPES
from services.triage.app import desk
from services.triage.settings import TriageSettings
from tests.unit.triage.complaints import triager

PASSWORD = "triage-component-tests"


@dataclass(frozen=True)
class Record:
    """A record as the consumer hands it over."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(slots=True)
class World:
    """A running triage and a shop that nobody else uses."""

    service: Service
    pump: Pump
    settings: TriageSettings
    shop: str
    offsets: count[int] = field(default_factory=count)

    def event(self, payload: Payload) -> Envelope[Any]:
        """The payload as an event of intake."""
        return ENVELOPES[payload.type_name()](
            id=new_id(),
            source="aftercare/intake",
            type=payload.type_name(),
            time=wall_now(),
            subject=payload.subject,
            shopid=self.shop,
            correlationid=new_id(),
            data=payload,
        )

    async def take(self, *events: Envelope[Any]) -> None:
        """One poll with these events."""
        records = [
            Record("tickets", 0, next(self.offsets), event.subject.encode(), event.to_json())
            for event in events
        ]
        await self.pump.handle(tuple(records))

    async def triaged(self) -> list[dict[str, Any]]:
        """Published decisions about this shop, in order."""
        rows = await self.rows("SELECT value FROM outbox WHERE topic LIKE 'triage%' ORDER BY seq")
        events = [json.loads(row["value"]) for row in rows]
        return [event for event in events if event["shopid"] == self.shop]

    async def rows(self, text: str, *values: Any) -> list[Row]:
        """Rows of a query."""
        async with self.service.database.single() as tx:
            return list(await tx.fetch(text, *values))


@pytest.fixture(scope="session")
def laid_out(database_url: str) -> str:
    """URL of a database with triage's schema, for its role."""
    asyncio.run(migrate_all(database_url, {"triage": PASSWORD}))
    parts = urlsplit(database_url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{role_of('triage')}:{PASSWORD}@{place}").geturl()


@pytest.fixture
def settings(laid_out: str) -> TriageSettings:
    """Of a process on that database."""
    return TriageSettings(
        kafka_bootstrap="127.0.0.1:1",
        database_url=SecretStr(laid_out),
        master_key=SecretStr(base64.b64encode(b"m" * 32).decode()),
    )


@pytest.fixture
async def world(settings: TriageSettings) -> AsyncIterator[World]:
    """A running triage."""
    service = await Service.open("triage", settings, automatic=True)
    pump = service.pump(service.applier(desk(triager())))
    await pump.on_partitions_assigned([TopicPartition("tickets", 0)])
    yield World(service, pump, settings, f"shop-{new_id().hex}")
    await asyncio.to_thread(service.telemetry.close)
    await service.database.close()
