"""The notifier on a real database with stand-in providers on loopback, its bus left out: records
go in by hand, the sender really sends, what was published is read from the outbox."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from devstack.ports import free_port
from devstack.standins.accounts import Accounts as StandinAccounts
from devstack.standins.app import Options
from devstack.standins.app import build as build_standins
from devstack.standins.channel_accounts import callback_url, write_channel_accounts
from devstack.standins.faults import Fault, FaultPlan
from devstack.standins.limits import SmsQuota
from devstack.standins.records import SendRecord, read
from runtime.clock import wall_now
from runtime.database import Database, Row
from runtime.migrations import migrate_all, role_of
from runtime.sealed import Sealer
from schemas.envelope import Envelope, Payload
from schemas.persons import PHONE, person_of
from schemas.values import Contact
from services.notifier.policy import CarePolicy, NotifierPolicy
from services.notifier.settings import NotifierSettings
from tests.support.bus import LONG_S
from tests.support.notifier_process import CALL_TIMEOUT_S, Instance, Record, quick_policy
from tests.support.notifier_story import (
    CUSTOMER,
    POLICIES,
    SHOP,
    at,
    care_policy,
    event,
)
from tests.support.probe import MASTER_KEY

SECRET = f"whsec_{base64.b64encode(bytes(32)).decode()}"
PASSWORD = "of-the-notifier-in-tests"
TABLES = (
    "ticket_case, escalation, order_case, notification, robot, inbox, outbox, outbox_batch, "
    "parked, timer, progress, dead_letter, policy_version"
)


@dataclass
class World:
    """A database with the service's schema, empty at first, and stand-ins without faults."""

    owner: Database
    settings: NotifierSettings
    standins: StandinAccounts
    standins_url: str
    record_path: Path
    instances: list[Instance] = field(default_factory=list)
    offsets: count[int] = field(default_factory=count)

    async def open(
        self, policy: NotifierPolicy | None = None, care: CarePolicy | None = None
    ) -> Instance:
        """Another process, not sending yet; the one opened last gets the records."""
        rules, care_rules = policy or quick_policy(), care or care_policy()
        port = 0 if self.instances else self.settings.api_port
        instance = await Instance.open(self.settings, rules, care_rules, port)
        self.instances.append(instance)
        return instance

    async def apply(self, *payloads: Payload) -> None:
        """Records of these, topic by topic in their order, handled by the process opened last."""
        instance = self.instances[-1]
        for payload in payloads:
            await instance.pumps[payload.TOPIC].handle((self.record(event(payload, at())),))

    async def apply_many(self, payloads: Sequence[Payload]) -> None:
        """One poll with all of them, which are of one desk."""
        pump = self.instances[-1].pumps[payloads[0].TOPIC]
        await pump.handle(tuple(self.record(event(payload, at())) for payload in payloads))

    def record(self, message: Envelope[Any]) -> Record:
        """The event as a record of its topic."""
        topic = message.data.TOPIC
        key = message.subject.encode()
        return Record(topic, 0, next(self.offsets), key, message.to_json())

    async def contact(self, phone: str = "+8613800000001", ticket_id: str = "") -> Contact:
        """A sealed phone of the usual customer, or of a ticket's unknown one."""
        person = person_of(None if ticket_id else CUSTOMER, ticket_id)
        sealer: Sealer = self.instances[-1].service.sealer
        (sealed,) = await sealer.seal_many(SHOP, [(person, PHONE, phone)])
        return Contact(phone=sealed)

    async def faults(self, *faults: Fault) -> None:
        """Another fault plan at the stand-ins."""
        plan = FaultPlan(seed=1, faults=faults).model_dump(mode="json")
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.standins_url}/control/faults", json=plan) as answer,
        ):
            assert answer.status == 200

    def sends(self, provider: str = "") -> list[SendRecord]:
        """What the providers took."""
        return [
            each
            for each in read(self.record_path)
            if each.kind == "send" and each.accepted and provider in ("", each.provider)
        ]

    def tries(self, provider: str) -> list[SendRecord]:
        """Every request for a send, taken or not."""
        return [e for e in read(self.record_path) if e.kind == "send" and e.provider == provider]

    def asks(self) -> int:
        """How often a provider was asked."""
        return sum(1 for each in read(self.record_path) if each.kind == "ask")

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]:
        """Look into the tables with an owner's rights."""
        async with self.owner.single() as tx:
            return await tx.fetch(sql, *values)

    async def ledger(self) -> list[dict[str, Any]]:
        """All notifications in the order of their making."""
        rows = await self.rows("SELECT * FROM notification ORDER BY created_at, rule, step")
        return [dict(row) for row in rows]

    async def states(self) -> list[str]:
        """Rule, step and state of each notification."""
        return [f"{row['rule']}/{row['step']} {row['state']}" for row in await self.ledger()]

    async def published(self, about: str | None = None) -> list[dict[str, Any]]:
        """Data of published events in order, each with its `type`."""
        rows = await self.rows("SELECT key, type, value FROM outbox ORDER BY seq")
        return [
            {"type": row["type"].rsplit(".", 1)[-1], **json.loads(row["value"])["data"]}
            for row in rows
            if about in (None, row["key"])
        ]

    async def until(self, met: Callable[[], Awaitable[Any]], timeout_s: float = LONG_S) -> None:
        """Wait for a condition of the tables."""
        async with asyncio.timeout(timeout_s):
            while True:
                if await met():
                    return
                await asyncio.sleep(0.02)

    async def settled(self, *states: str, timeout_s: float = LONG_S) -> None:
        """Wait until the notifications are in these states, in any order."""
        seen: Counter[str] = Counter()

        async def met() -> bool:
            seen.clear()
            seen.update(row["state"] for row in await self.ledger())
            return seen == Counter(states)

        try:
            await self.until(met, timeout_s)
        except TimeoutError:
            raise AssertionError(f"{seen}, not {Counter(states)}") from None


@asynccontextmanager
async def notifier_world(
    url: str,
    folder: Path,
    *,
    start_at: datetime | None = None,
    scale: float = 1.0,
    reports: bool = False,
    **standins: Any,
) -> AsyncIterator[World]:
    """A fresh world whose business clock begins at `start_at` (noon in China) and runs `scale`
    fast. With `reports` the SMS stand-in pushes delivery reports to the process opened first."""
    await migrate_all(url, {"notifier": PASSWORD})
    owner = await Database.connect(url, name="look", variables={"search_path": "notifier"})
    async with owner.transaction() as tx:
        await tx.script(f"TRUNCATE {TABLES}")
    accounts = StandinAccounts.fresh()
    record = folder / "record.jsonl"
    port = free_port() if reports else 0
    callback = callback_url(accounts, f"http://127.0.0.1:{port}") if reports else ""
    unlimited = SmsQuota(notice_per_day=0)
    options = Options(record=record, callback_url=callback, **{"sms": unlimited, **standins})
    async with _served(build_standins(options, accounts, wall_now)) as base_url:
        file = folder / "accounts.json"
        write_channel_accounts(accounts, base_url, file)
        secrets = folder / "shop_secrets.json"
        secrets.write_text(json.dumps({SHOP: [{"secret": SECRET}]}), encoding="utf-8")
        settings = NotifierSettings(
            kafka_bootstrap="memory:0",
            database_url=SecretStr(_as_role(url)),
            master_key=SecretStr(MASTER_KEY),
            policy_dir=POLICIES,
            time_scale=scale,
            time_origin=start_at or at(),
            time_started_at=wall_now(),
            retry_first_ms=20,
            retry_max_ms=100,
            api_port=port,
            notifier_accounts_file=file,
            shop_secrets_file=secrets,
            notifier_call_timeout_s=CALL_TIMEOUT_S,
        )
        world = World(owner, settings, accounts, base_url, record)
        try:
            yield world
        finally:
            for instance in world.instances:
                await instance.close()
            await owner.close()


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _as_role(url: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role_of('notifier')}:{PASSWORD}@{place}"))
