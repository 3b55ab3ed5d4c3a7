"""Intake over a real database, without a broker: signed requests in, outbox and tables out."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
from pydantic import SecretStr

from runtime.clock import new_id, unix_s, wall_now
from runtime.database import Row
from runtime.gate import Gate
from runtime.migrations import role_of
from runtime.policy import load_policy
from runtime.sealed import Sealer
from runtime.service import Service
from runtime.webhooks import PREFIX, sign
from schemas.envelope import Payload
from schemas.orders import OrderPlaced
from schemas.registry import ENVELOPES
from schemas.topics import in_all_lanes
from schemas.values import Contact, OrderLine
from services.intake import http
from services.intake.app import closing_desk, http_parts, orders_desk
from services.intake.policy import IntakePolicy
from services.intake.settings import IntakeSettings

MASTER_KEY = base64.b64encode(b"m" * 32).decode()
PASSWORD = "intake-component-tests"
POLICIES = Path("policies/default")
SECRET = b"s" * 32
OTHER_SECRET = b"t" * 32
Answer = tuple[int, dict[str, Any]]


@dataclass(slots=True)
class World:
    """One running intake and two shops that nobody else uses."""

    service: Service
    client: httpx2.AsyncClient
    orders: Gate
    closing: Gate
    shop: str
    other_shop: str
    objects: Path

    @property
    def sealer(self) -> Sealer:
        return self.service.sealer

    async def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        message_id: str | None = None,
        shop: str | None = None,
        secret: bytes | None = None,
        at_s: int | None = None,
        headers: Mapping[str, str] | None = None,
        media_type: str = "application/json",
    ) -> httpx2.Response:
        """Send a request signed as its shop would."""
        shop = shop or self.shop
        secret = secret or (SECRET if shop == self.shop else OTHER_SECRET)
        number = message_id or f"msg_{new_id().hex}"
        stamp = unix_s() if at_s is None else at_s
        signed = {
            "content-type": media_type,
            "aftercare-shop": shop,
            "webhook-id": number,
            "webhook-timestamp": str(stamp),
            "webhook-signature": sign(secret, number, stamp, body),
        }
        return await self.client.request(
            method, path, content=body, headers={**signed, **(headers or {})}
        )

    async def post(self, path: str, body: Any, **how: Any) -> Answer:
        """POST JSON (bytes go as they are); status and answer."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = await self.request("POST", path, raw, **how)
        return response.status_code, response.json()

    async def open(self, external_id: str = "c-1", **fields: Any) -> Answer:
        """Send a complaint."""
        how = {name: fields.pop(name) for name in ("message_id", "shop") if name in fields}
        return await self.post("/v1/tickets", complaint(external_id, **fields), **how)

    async def opened(self, external_id: str = "c-1", **fields: Any) -> str:
        """Open a ticket; its id."""
        status, answer = await self.open(external_id, **fields)
        assert status == 201, answer
        return str(answer["ticket_id"])

    async def tell(self, gate: Gate, payload: Payload, at: datetime | None = None) -> None:
        """Hand an event to a desk as if it had come from Kafka."""
        event = ENVELOPES[payload.type_name()](
            id=new_id(),
            source="test",
            type=payload.type_name(),
            time=at or wall_now(),
            subject=payload.subject,
            shopid=self.shop,
            correlationid=new_id(),
            data=payload,
        )
        await gate.submit(event, event.to_json())

    async def place(self, order_id: str = "O-1", **fields: Any) -> OrderPlaced:
        """An order becomes known to the projection."""
        placed = order(order_id, **fields)
        await self.tell(self.orders, placed)
        return placed

    async def published(self, topic: str = "tickets") -> list[dict[str, Any]]:
        """Events of both shops in the outbox, of all lanes, in order."""
        text = "SELECT value FROM outbox WHERE topic = ANY ($1::text[]) ORDER BY seq"
        lanes = list(in_all_lanes([topic]))
        events = [json.loads(row["value"]) for row in await self.rows(text, lanes)]
        return [event for event in events if event["shopid"] in (self.shop, self.other_shop)]

    async def names(self, topic: str = "tickets") -> list[str]:
        """Short type names of what was published."""
        return [event["type"].rsplit(".", 1)[-1] for event in await self.published(topic)]

    async def rows(self, text: str, *values: Any) -> list[Row]:
        """Rows of a query."""
        async with self.service.database.single() as tx:
            return list(await tx.fetch(text, *values))


def complaint(external_id: str = "c-1", **fields: Any) -> dict[str, Any]:
    """A complaint's body."""
    return {
        "external_id": external_id,
        "origin": "inbox",
        "channel": "douyin",
        "text": "The lamp arrived broken",
        **fields,
    }


def order(order_id: str = "O-1", **fields: Any) -> OrderPlaced:
    """An order of two lines."""
    lines = tuple(
        OrderLine(
            line_id=f"L{number}",
            sku=f"sku-{number}",
            title="Lamp",
            quantity=1,
            list_fen=6000,
            paid_fen=5000,
        )
        for number in (1, 2)
    )
    values: dict[str, Any] = {
        "order_id": order_id,
        "customer_id": "C-1",
        "channel": "douyin",
        "placed_at": wall_now() - timedelta(days=3),
        "lines": lines,
        "paid_fen": 10_000,
        "contact": Contact(),
        **fields,
    }
    return OrderPlaced(**values)


def iso(days: float = 0, minutes: float = 0) -> str:
    """A time relative to now."""
    return (wall_now() + timedelta(days=days, minutes=minutes)).isoformat()


@asynccontextmanager
async def world(
    url: str, folder: Path, shops: tuple[str, str] | None = None
) -> AsyncIterator[World]:
    """Intake with its gates running; the database is laid out before. With `shops` it is a
    further instance that serves the same ones."""
    shop, other = shops or (f"shop-{new_id().hex}", f"shop-{new_id().hex}")
    secrets = folder / "secrets.json"
    secrets.write_text(json.dumps({shop: _entry(SECRET), other: _entry(OTHER_SECRET)}))
    settings = IntakeSettings(
        kafka_bootstrap="127.0.0.1:1",
        database_url=SecretStr(_as_intake(url)),
        master_key=SecretStr(MASTER_KEY),
        shop_secrets_file=secrets,
        object_store=str(folder / "objects"),
    )
    service = await Service.open("intake", settings, automatic=False)
    policy = load_policy(POLICIES, "intake", IntakePolicy)
    parts = http_parts(service, settings, policy)
    desks = [service.gate(service.applier(desk)) for desk in (orders_desk(), closing_desk())]
    gates = [parts.complaints.gate, parts.conversation, parts.upstream, *desks]
    for gate in gates:
        gate.start()
    transport = httpx2.ASGITransport(http.build(parts), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://intake") as client:
        yield World(service, client, desks[0], desks[1], shop, other, folder / "objects")
    for gate in gates:
        await gate.stop()
    service.telemetry.close()
    await service.database.close()


def _entry(secret: bytes) -> list[dict[str, str]]:
    return [{"secret": PREFIX + base64.b64encode(secret).decode()}]


def _as_intake(url: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{role_of('intake')}:{PASSWORD}@{place}").geturl()
