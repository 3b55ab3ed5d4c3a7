"""The clocks' service on a real database, its bus left out: records go in by hand, the ticker
runs on a clock that may be scaled, and what it published is read from the outbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from aiokafka import TopicPartition
from pydantic import SecretStr

from runtime.batch import Applier
from runtime.clock import wall_now
from runtime.database import Database, Row
from runtime.migrations import migrate_all, role_of
from runtime.pump import Pump
from runtime.service import Service
from runtime.ticker import Ticker
from schemas.envelope import Payload
from services.sla.app import TOPICS, clocks_desk
from services.sla.policy import Loaded, SlaPolicy
from services.sla.settings import SlaSettings
from services.sla.shelf import RulesShelf
from tests.support.bus import LONG_S
from tests.support.probe import MASTER_KEY, PATIENT
from tests.support.sla_story import POLICIES, at, default_policy, event, event_time

PASSWORD = "of-the-clocks-in-tests"
TABLES = (
    "sla_case, clock, clock_event, inbox, outbox, outbox_batch, parked, timer, progress, "
    "dead_letter, policy_version"
)


@dataclass(frozen=True)
class Record:
    """A record as the consumer hands it over."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass
class Instance:
    """One process of the service, without its bus."""

    service: Service
    applier: Applier
    pump: Pump
    ticker: Ticker


@dataclass
class World:
    """A database with the service's schema, empty at first."""

    owner: Database
    settings: SlaSettings
    instances: list[Instance] = field(default_factory=list)
    offsets: count[int] = field(default_factory=count)

    async def open(
        self,
        policy: SlaPolicy | None = None,
        *,
        at_s: float | None = None,
        loaded: Loaded | None = None,
    ) -> Instance:
        """Another process, by a policy alone or by one with its calendars; the first one listens,
        each has a ticker that is not started yet.

        With `at_s` its business clock shows that second now and runs no faster than ours: what
        falls due only later does so however slow the machine is.
        """
        settings = self.settings
        if at_s is not None:
            clock = {"time_scale": 1.0, "time_origin": at(at_s), "time_started_at": wall_now()}
            settings = settings.model_copy(update=clock)
        service = await Service.open("sla", settings, automatic=True)
        shelf = RulesShelf(loaded or Loaded(policy or default_policy(), None))
        await shelf.open(service.database)
        applier = service.applier(clocks_desk(shelf))
        instance = Instance(service, applier, service.pump(applier), service.ticker(applier))
        await instance.pump.on_partitions_assigned([TopicPartition(t, 0) for t in TOPICS])
        self.instances.append(instance)
        return instance

    async def apply(self, *payloads: Payload) -> None:
        """One poll with these records, handled by the process opened last."""
        await self.instances[-1].pump.handle(tuple(self.record(payload) for payload in payloads))

    def record(self, payload: Payload) -> Record:
        """The payload as a record of its topic."""
        message = event(payload, event_time(payload), payload.subject)
        value, key = message.to_json(), payload.subject.encode()
        return Record(payload.TOPIC, 0, next(self.offsets), key, value)

    async def now(self) -> datetime:
        """Business time."""
        async with self.instances[-1].service.database.single() as tx:
            moment: datetime = await tx.value("SELECT clock_now()")
            return moment

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]:
        """Look into the tables with an owner's rights."""
        async with self.owner.single() as tx:
            return await tx.fetch(sql, *values)

    async def clocks(self) -> dict[str, dict[str, Any]]:
        """Rows of the clock table by ticket, name and generation."""
        rows = await self.rows("SELECT * FROM clock ORDER BY ticket_id, generation, clock")
        return {f"{r['ticket_id']}/{r['clock']}/{r['generation']}": dict(r) for r in rows}

    async def published(self, ticket: str | None = None) -> list[dict[str, Any]]:
        """Data of published events in order, each with its `type`."""
        rows = await self.rows("SELECT key, type, value FROM outbox ORDER BY seq")
        return [
            {"type": row["type"].rsplit(".", 1)[-1], **json.loads(row["value"])["data"]}
            for row in rows
            if ticket in (None, row["key"])
        ]

    async def until(self, met: Callable[[], Awaitable[bool]], timeout_s: float = LONG_S) -> None:
        """Wait for a condition of the tables."""
        async with asyncio.timeout(timeout_s):
            while True:
                if await met():
                    return
                await asyncio.sleep(0.02)

    async def quiet(self) -> bool:
        """No timer is armed any more."""
        return not await self.rows("SELECT FROM timer")


def short(events: Sequence[dict[str, Any]]) -> list[str]:
    """Events in short, e.g. `SLAWarning first_contact/1 p50`."""
    return [
        " ".join(filter(None, (e["type"], f"{e['clock']}/{e['generation']}", e.get("threshold"))))
        for e in events
    ]


@asynccontextmanager
async def sla_world(url: str, *, scale: float = 1.0, start_s: float = 0.0) -> AsyncIterator[World]:
    """A fresh world whose business clock shows `start_s` after nine now and runs `scale` fast."""
    await migrate_all(url, {"sla": PASSWORD})
    variables = {"search_path": "sla", **PATIENT}
    owner = await Database.connect(url, name="look", variables=variables)
    async with owner.transaction() as tx:
        await tx.script(f"TRUNCATE {TABLES}")
    settings = SlaSettings(
        kafka_bootstrap="memory:0",
        database_url=SecretStr(_as_role(url)),
        master_key=SecretStr(MASTER_KEY),
        policy_dir=POLICIES,
        time_scale=scale,
        time_origin=at(start_s),
        time_started_at=wall_now(),
        retry_first_ms=20,
        retry_max_ms=100,
    )
    world = World(owner, settings)
    try:
        yield world
    finally:
        for instance in world.instances:
            await instance.ticker.stop()
            await instance.service.database.close()
        await owner.close()


def _as_role(url: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role_of('sla')}:{PASSWORD}@{place}"))
