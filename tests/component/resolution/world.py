"""Resolution over a real database, its bus left out: records go in by hand, decisions over signed
HTTP, and what it published is read from the outbox."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
from aiokafka import TopicPartition
from pydantic import SecretStr

from runtime.batch import Applier
from runtime.clock import new_id, unix_s, wall_now
from runtime.database import Row
from runtime.gate import Gate
from runtime.migrations import role_of
from runtime.policy import load_policy
from runtime.pump import Pump
from runtime.service import Service
from runtime.webhooks import PREFIX, sign
from schemas.envelope import Envelope, Payload
from schemas.orders import OrderPlaced, RefundCompleted
from schemas.registry import ENVELOPES
from schemas.tickets import TicketOpened, TicketReopened
from schemas.values import OrderLine
from services.resolution.app import desk, interface
from services.resolution.policy import ResolutionPolicy
from services.resolution.settings import ResolutionSettings

MASTER_KEY = base64.b64encode(b"m" * 32).decode()
PASSWORD = "resolution-component-tests"
SECRET = b"s" * 32
OTHER_SECRET = b"t" * 32
TOPICS = ("orders", "tickets")
Answer = tuple[int, dict[str, Any]]


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
    """One instance and two shops that nobody else uses."""

    service: Service
    applier: Applier
    pump: Pump
    gate: Gate
    client: httpx2.AsyncClient
    settings: ResolutionSettings
    shop: str
    other_shop: str
    offsets: count[int] = field(default_factory=count)

    def event(self, payload: Payload, shop: str | None = None) -> Envelope[Any]:
        """The payload as an event of its publisher."""
        return ENVELOPES[payload.type_name()](
            id=new_id(),
            source="test",
            type=payload.type_name(),
            time=wall_now(),
            subject=payload.subject,
            shopid=shop or self.shop,
            correlationid=new_id(),
            data=payload,
        )

    async def take(self, *payloads: Payload, shop: str | None = None) -> list[Envelope[Any]]:
        """One poll with these records; the events."""
        events = [self.event(payload, shop) for payload in payloads]
        await self.again(*events)
        return events

    async def again(self, *events: Envelope[Any]) -> None:
        """One poll with events that may have come before."""
        records = [
            Record(event.data.TOPIC, 0, next(self.offsets), event.subject.encode(), event.to_json())
            for event in events
        ]
        await self.pump.handle(tuple(records))

    async def resolve(
        self,
        ticket: str = "T1",
        *,
        message_id: str | None = None,
        shop: str | None = None,
        raw: bytes | None = None,
        **decision: Any,
    ) -> Answer:
        """A signed decision; status and answer."""
        shop = shop or self.shop
        secret = SECRET if shop == self.shop else OTHER_SECRET
        values = {"outcome": "refund", "agent_id": "agent-1", **decision}
        body = json.dumps(values).encode() if raw is None else raw
        number, stamp = message_id or f"msg_{new_id().hex}", unix_s()
        headers = {
            "content-type": "application/json",
            "aftercare-shop": shop,
            "webhook-id": number,
            "webhook-timestamp": str(stamp),
            "webhook-signature": sign(secret, number, stamp, body),
        }
        path = f"/v1/tickets/{ticket}/resolution"
        response = await self.client.post(path, content=body, headers=headers)
        return response.status_code, response.json()

    async def resolved(self) -> list[dict[str, Any]]:
        """Published decisions of both shops, in order."""
        rows = await self.rows("SELECT value FROM outbox WHERE topic = 'resolution' ORDER BY seq")
        events = [json.loads(row["value"]) for row in rows]
        return [e["data"] for e in events if e["shopid"] in (self.shop, self.other_shop)]

    async def rows(self, text: str, *values: Any) -> list[Row]:
        """Rows of a query."""
        async with self.service.database.single() as tx:
            return list(await tx.fetch(text, *values))


def order(**paid: int) -> OrderPlaced:
    """An order by what was paid for its lines."""
    paid = paid or {"L1": 10_000, "L2": 5_000}
    lines = tuple(
        OrderLine(line_id=name, sku="sku", title="Lamp", quantity=1, list_fen=fen, paid_fen=fen)
        for name, fen in paid.items()
    )
    return OrderPlaced(
        order_id="O1", customer_id="C1", channel="douyin", placed_at=wall_now(), lines=lines,
        paid_fen=sum(paid.values()),
    )  # fmt: skip


def opened(ticket: str = "T1", line: str | None = "L1", **fields: Any) -> TicketOpened:
    """A ticket about the order."""
    now = wall_now()
    values = {
        "ticket_id": ticket, "external_id": ticket, "origin": "inbox", "channel": "douyin",
        "opened_at": now, "received_at": now, "text": "broken", "order_id": "O1", "line_id": line,
        **fields,
    }  # fmt: skip
    return TicketOpened.model_validate(values)


def reopened(ticket: str = "T1", **fields: Any) -> TicketReopened:
    """The ticket is alive again."""
    return TicketReopened(ticket_id=ticket, reason="again", reopened_at=wall_now(), **fields)


def refunded(number: str, fen: int, line: str | None = "L1", **fields: Any) -> RefundCompleted:
    """Money went back now."""
    values = {
        "order_id": "O1", "refund_id": number, "line_id": line, "refunded_fen": fen,
        "refunded_at": wall_now(), "initiator": "merchant", **fields,
    }  # fmt: skip
    return RefundCompleted.model_validate(values)


@asynccontextmanager
async def world(
    url: str, folder: Path, shops: tuple[str, str] | None = None
) -> AsyncIterator[World]:
    """A running instance; the database is laid out before. With `shops` it is a further one for
    them, which gets its work over HTTP only: the records are the first one's."""
    shop, other = shops or (f"shop-{new_id().hex}", f"shop-{new_id().hex}")
    secrets = folder / f"secrets-{new_id().hex}.json"
    content = json.dumps({shop: _entry(SECRET), other: _entry(OTHER_SECRET)})
    await asyncio.to_thread(secrets.write_text, content)
    settings = ResolutionSettings(
        kafka_bootstrap="127.0.0.1:1",
        database_url=SecretStr(_as_role(url)),
        master_key=SecretStr(MASTER_KEY),
        shop_secrets_file=secrets,
        api_port=0,
    )
    service = await Service.open("resolution", settings, automatic=False)
    policy = load_policy(settings.policy_dir, "resolution", ResolutionPolicy)
    applier = service.applier(desk(policy))
    pump, gate = service.pump(applier), service.gate(applier)
    if shops is None:
        await pump.on_partitions_assigned([TopicPartition(topic, 0) for topic in TOPICS])
    gate.start()
    app = interface(service, settings, gate)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://resolution") as client:
        yield World(service, applier, pump, gate, client, settings, shop, other)
    await gate.stop()
    await asyncio.to_thread(service.telemetry.close)
    await service.database.close()


def _entry(secret: bytes) -> list[dict[str, str]]:
    return [{"secret": PREFIX + base64.b64encode(secret).decode()}]


def _as_role(url: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{role_of('resolution')}:{PASSWORD}@{place}").geturl()
