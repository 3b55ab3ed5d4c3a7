"""Every field of every request with values that nobody should send: answered, never with 5xx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.component.intake.test_events import cloud_event, placed, scanned
from tests.component.intake.world import World, complaint, iso

NASTY: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 2**63, 10**24, 0.5, 1e308, "", " ", "\x00", "\ud800", "\u202e",
    "x" * 30_000, "2026-02-30T00:00:00Z", "+275760-09-13T00:00:00Z", "2026-01-01T00:00:00+99:99",
    "1e5", "NaN", [], {}, [[]], [None], {"": None}, {"key": "k", "box": "="}, "' OR 1=1 --",
    {"phone": "\uff11\uff13"}, {"name": "", "phone": None},
)  # fmt: skip
CONTACT = {"name": "A", "phone": "13812345678", "address": "B", "region": "C"}
BODIES: dict[str, dict[str, Any]] = {
    "/v1/tickets": complaint(
        order_id="O-1", line_id="L1", customer_id="C-1", contact=CONTACT, language="zh",
        opened_at=iso(), watched=False, opened_goods=True, attachments=[],
    ),
    "messages": {"message_id": "m", "text": "t", "attachments": [], "sent_at": iso()},
    "replies": {
        "message_id": "m", "agent_id": "a", "human": True, "visibility": "customer", "text": "t",
        "milestones": [], "sent_at": iso(),
    },
    "calls": {
        "call_id": "k", "agent_id": "a", "started_at": iso(), "duration_s": 1, "answered": True,
    },
    "waiting": {"cause": "customer", "agent_id": "a", "since": iso()},
    "resume": {"agent_id": "a", "resumed_at": iso()},
    "/v1/events/oms": cloud_event(
        "OrderPlaced", placed(contact=CONTACT, gift={"occasion": "x", "needed_by": iso()})
    ),
    "/v1/events/carrier": {
        "notice_id": "1", "event": "scan", "order_no": "O", "waybill_no": "P", "carrier": "sf",
        "status": "signed", "scan_time": "2026-01-01 00:00:00", "station": "s",
    },
}  # fmt: skip


def spoiled(body: Any) -> Iterator[Any]:
    """The body with one value at a time replaced, at any depth."""
    if isinstance(body, dict):
        for name, value in body.items():
            for bad in NASTY:
                yield {**body, name: bad}
            for inner in spoiled(value):
                yield {**body, name: inner}
    elif isinstance(body, list):
        for inner in spoiled(body[0] if body else None):
            yield [inner]


@pytest.mark.parametrize("path", BODIES)
async def test_no_value_makes_a_server_error(world: World, path: str) -> None:
    where = path
    if not path.startswith("/"):
        ticket = await world.opened()
        where = f"/v1/tickets/{ticket}/{path}"
    how = {"media_type": "application/cloudevents+json"} if path.endswith("oms") else {}
    for body in spoiled(BODIES[path]):
        raw = json.dumps(body).encode()
        response = await world.request("POST", where, raw, **how)  # type: ignore[arg-type]
        assert response.status_code < 500, (body, response.text)
        if response.status_code >= 400:
            assert response.json()["detail"]


async def test_nasty_data_of_every_event(world: World) -> None:
    for number, body in enumerate(spoiled(scanned(hub="H"))):
        raw = json.dumps(cloud_event("ParcelScanned", body, f"n-{number}")).encode()
        media_type = "application/cloudevents+json"
        response = await world.request("POST", "/v1/events/oms", raw, media_type=media_type)
        assert response.status_code < 500, (body, response.text)
