"""A shop as an outsider: signed HTTP in, Kafka and the providers' records to look at."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

from devstack.supervisor import Stack
from runtime.clock import new_id, unix_s
from runtime.database import Database
from runtime.queries import Queries
from runtime.webhooks import read_secret, sign
from schemas.topics import in_all_lanes
from tests.support import bus

queries = Queries.load(Path(__file__).parent / "shop.sql")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: dict[str, Any]


class Shop:
    """One shop's back end and its service desk."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.name, secret = next(iter(stack.keys.shops.items()))
        self._secret = read_secret(secret)
        self._session = aiohttp.ClientSession()

    async def __aenter__(self) -> Shop:
        self._database = await Database.connect(self.stack.admin_database_url, name="shop")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()
        await self._database.close()

    async def post(
        self,
        path: str,
        body: Any,
        *,
        service: str = "intake",
        raw: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """Send a signed request; `headers` (with _ for -) replace or add single ones."""
        data = json.dumps(body).encode() if raw is None else raw
        message, now = f"msg-{new_id()}", unix_s()
        sent = {
            "aftercare-shop": self.name,
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(self._secret, message, now, data),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        url = f"{self.stack.api_url(service)}{path}"
        async with self._session.post(url, data=io.BytesIO(data), headers=sent) as response:
            text = await response.text()
            body = json.loads(text) if text else {}
            return Answer(response.status, body if isinstance(body, dict) else {"value": body})

    async def order(self, now: datetime, **changes: Any) -> str:
        """Place an order of one lamp, upstream over HTTP; returns its id."""
        order_id = changes.pop("order_id", "") or f"O-{new_id().hex[-12:]}"
        paid = changes.pop("paid_fen", 15_900)
        line = {
            "line_id": f"{order_id}-1",
            "sku": "LAMP-7",
            "title": "床头灯",
            "quantity": 1,
            "list_fen": paid,
            "paid_fen": paid,
            **changes.pop("line", {}),
        }
        data = {
            "order_id": order_id,
            "customer_id": f"C-{order_id}",
            "channel": "douyin",
            "placed_at": (now - timedelta(days=3)).isoformat(),
            "lines": [line],
            "paid_fen": paid,
            "contact": {"name": "李小雨", "phone": "13912345678", "address": "杭州市西湖区1号"},
            **changes,
        }
        await self.upstream("OrderPlaced", order_id, now, data)

        async def known() -> bool:
            async with self._database.single() as tx:
                return bool(await tx.value(queries.order_known, order_id))

        await bus.until(known)
        return order_id

    async def upstream(self, kind: str, order_id: str, now: datetime, data: Any) -> None:
        """One event of the order system as a CloudEvent."""
        event = {
            "specversion": "1.0",
            "id": str(new_id()),
            "source": "erp",
            "type": f"aftercare.orders.{kind}",
            "time": now.isoformat(),
            "subject": order_id,
            "datacontenttype": "application/json",
            "data": data,
        }
        answer = await self.post(
            "/v1/events/erp", event, content_type="application/cloudevents+json"
        )
        assert answer.status == 200, answer.body

    async def complain(self, text: str, **more: Any) -> str:
        """Open a ticket; returns its id."""
        body = {
            "origin": "inbox",
            "external_id": f"X-{new_id().hex[-12:]}",
            "channel": "douyin",
            "text": text,
            **more,
        }
        answer = await self.post("/v1/tickets", body)
        assert answer.status == 201, answer.body
        return str(answer.body["ticket_id"])

    async def events(self, topic: str, ticket: str, kind: str = "") -> list[dict[str, Any]]:
        """Payloads about a ticket on a topic, in order (by lane), first occurrences."""
        found: dict[str, dict[str, Any]] = {}
        lanes = in_all_lanes((topic,))
        for record in [r for t in lanes for r in await bus.read_all(self.stack.kafka_bootstrap, t)]:
            if record.key == ticket.encode():
                event = json.loads(record.value)
                if event["type"].endswith(f".{kind}") or not kind:
                    found.setdefault(event["id"], event["data"])
        return list(found.values())

    async def wait_for(
        self, topic: str, ticket: str, kind: str, count: int = 1
    ) -> list[dict[str, Any]]:
        """Wait until so many events of a kind are there."""

        async def there() -> list[dict[str, Any]]:
            found = await self.events(topic, ticket, kind)
            return found if len(found) >= count else []

        found: list[dict[str, Any]] = await bus.until(there)
        return found
