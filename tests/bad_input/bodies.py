"""Good bodies for the corpora to spoil, each with an id of its own."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from runtime.clock import new_id, wall_now
from tests.bad_input.cases import raw

_numbers = count(1)
RUN = new_id().hex[-8:]


def number(word: str) -> str:
    """An id that nobody else uses; all are of one length."""
    return f"{word}-{RUN}-{next(_numbers):06}"


def iso(days: float = 0, hours: float = 0) -> str:
    """A time relative to now."""
    return (wall_now() + timedelta(days=days, hours=hours)).isoformat()


def complaint(**changes: Any) -> dict[str, Any]:
    """Of POST /v1/tickets; a change to ... takes the field out."""
    body = {"origin": "inbox", "external_id": number("bad"), "channel": "douyin", "text": "灯坏了"}
    return _without_ellipsis(body | changes)


def message(**changes: Any) -> dict[str, Any]:
    """Of POST /v1/tickets/{ticket_id}/messages."""
    return _without_ellipsis({"message_id": number("m"), "text": "有消息吗"} | changes)


def decision(**changes: Any) -> dict[str, Any]:
    """Of POST /v1/tickets/{ticket_id}/resolution, without money."""
    body = {"outcome": "explanation", "agent_id": "agent-7", "reason": "已说明"}
    return _without_ellipsis(body | changes)


def placed(**changes: Any) -> dict[str, Any]:
    """Data of OrderPlaced."""
    line = {"line_id": "1", "sku": "LAMP-7", "title": "床头灯", "quantity": 1, "list_fen": 900}
    return {
        "order_id": number("O"),
        "customer_id": "C-1",
        "channel": "douyin",
        "placed_at": iso(days=-2),
        "lines": [line | {"paid_fen": 800}],
        "paid_fen": 800,
    } | changes


def scanned(**changes: Any) -> dict[str, Any]:
    """Data of ParcelScanned."""
    return {
        "order_id": number("O"),
        "parcel_id": "SF1001",
        "carrier": "sf",
        "state": "in_transit",
        "scanned_at": iso(hours=-1),
    } | changes


def cloud_event(data: Any, kind: str = "ParcelScanned", **changes: Any) -> dict[str, Any]:
    """Of POST /v1/events/{source}, structured."""
    return _without_ellipsis(
        {
            "specversion": "1.0",
            "id": number("n"),
            "source": "oms",
            "type": f"aftercare.orders.{kind}",
            "data": data,
        }
        | changes
    )


def event(data: Any, kind: str = "orders.ParcelScanned", **changes: Any) -> dict[str, Any]:
    """A record's value as it should be; `data` names its subject."""
    event_id = str(new_id())
    named = data if isinstance(data, dict) else {}
    subject = named.get("ticket_id") or named.get("order_id") or "O-1"
    return _without_ellipsis(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": "oms",
            "type": f"aftercare.{kind}",
            "time": iso(),
            "subject": subject,
            "shopid": "shop-bad",
            "correlationid": event_id,
            "data": data,
        }
        | changes
    )


def swapped(body: dict[str, Any], old: bytes, new: bytes) -> bytes:
    """The body's JSON with one piece of it replaced."""
    text = raw(body)
    assert old in text, text
    return text.replace(old, new, 1)


def _without_ellipsis(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not ...}
