"""Upstream events over HTTP go out on `orders` once; the projection takes them in any order."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from runtime.clock import unix_s, wall_now
from schemas.persons import PHONE
from schemas.registry import read_event
from schemas.values import Sealed
from tests.component.intake.world import World, iso

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"


def scanned(**fields: Any) -> dict[str, Any]:
    return {
        "order_id": "O-1",
        "parcel_id": "P-1",
        "carrier": "sf",
        "state": "in_transit",
        "scanned_at": iso(minutes=-1),
        **fields,
    }


def placed(**fields: Any) -> dict[str, Any]:
    line = {
        "line_id": "L1", "sku": "lamp", "title": "Lamp", "quantity": 1, "list_fen": 900,
        "paid_fen": 800,
    }  # fmt: skip
    return {
        "order_id": "O-1",
        "customer_id": "C-1",
        "channel": "douyin",
        "placed_at": iso(days=-1),
        "lines": [line],
        "paid_fen": 800,
        **fields,
    }


def cloud_event(kind: str, data: Any, number: str = "n-1", **fields: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": number,
        "source": "oms",
        "type": f"aftercare.orders.{kind}",
        "data": data,
        **fields,
    }


async def send(world: World, body: Any, source: str = "oms", **how: Any) -> Any:
    how.setdefault("media_type", STRUCTURED)
    return await world.post(f"/v1/events/{source}", body, **how)


async def test_a_structured_event_goes_out(world: World) -> None:
    data = scanned(hub="HZ-3")
    assert await send(world, cloud_event("ParcelScanned", data)) == (200, {"accepted": 1})
    (event,) = await world.published("orders")
    assert event["type"] == "aftercare.orders.ParcelScanned"
    assert (event["subject"], event["shopid"]) == ("O-1", world.shop)
    assert event["data"]["hub"] == "HZ-3"


async def test_a_thousand_callbacks_are_one_event(world: World) -> None:
    event = cloud_event("ParcelScanned", scanned())
    answers = await asyncio.gather(*(send(world, event) for _ in range(500)))
    assert set(map(str, answers)) == {str((200, {"accepted": 1}))}
    assert len(await world.published("orders")) == 1


async def test_an_id_with_other_content_is_refused(world: World) -> None:
    await send(world, cloud_event("ParcelScanned", scanned(state="problem")))
    status, answer = await send(world, cloud_event("ParcelScanned", scanned(state="signed")))
    assert (status, answer["code"]) == (409, "id_reused")
    status, _ = await send(world, cloud_event("ParcelScanned", scanned(), source="other"))
    assert status == 200


async def test_a_batch_is_taken_as_a_whole(world: World) -> None:
    events = [cloud_event("ParcelScanned", scanned(), f"n-{number}") for number in range(3)]
    assert await send(world, events, media_type=BATCHED) == (200, {"accepted": 3})
    broken = [cloud_event("ParcelScanned", scanned(), "n-9"), cloud_event("ParcelScanned", {}, "x")]
    assert (await send(world, broken, media_type=BATCHED))[0] == 422
    assert len(await world.published("orders")) == 3
    assert await send(world, [], media_type=BATCHED) == (200, {"accepted": 0})
    assert (await send(world, events[0], media_type=BATCHED))[0] == 422


async def test_binary_mode(world: World) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "n-7",
        "ce-source": "oms%20two",
        "ce-type": "aftercare.orders.ParcelScanned",
    }
    how: dict[str, Any] = {"media_type": "application/json", "message_id": "n-7"}
    assert (await send(world, scanned(state="signed"), headers=headers, **how))[0] == 200
    assert len(await world.published("orders")) == 1
    how["message_id"] = "n-8"
    status, answer = await send(world, scanned(), headers=headers, **how)
    assert (status, answer["code"]) == (422, "unsigned_id")


async def test_attributes_outside_the_signature_do_not_make_a_second_event(world: World) -> None:
    data = scanned()
    headers = {"ce-specversion": "1.0", "ce-id": "n-7", "ce-type": "aftercare.orders.ParcelScanned"}
    how: dict[str, Any] = {"media_type": "application/json", "message_id": "n-7"}
    for source in ("oms", "forged"):
        await send(world, data, headers={**headers, "ce-source": source}, **how)
    assert len(await world.published("orders")) == 1


async def test_plain_json_through_the_mapping(world: World) -> None:
    body = {
        "notice_id": 4711, "event": "scan", "order_no": "O-1", "waybill_no": "P-1", "carrier": "sf",
        "status": "delivering", "scan_time": "2026-01-05 09:30:00",
    }  # fmt: skip
    body["scan_time"] = wall_now().strftime("%Y-%m-%d 00:00:00")
    for _ in range(2):
        status, _ = await send(world, body, "carrier", media_type="application/json")
        assert status == 200
    (event,) = await world.published("orders")
    assert event["data"]["state"] == "out_for_delivery"
    assert event["data"]["scanned_at"].endswith("T16:00:00Z")


async def test_an_order_of_a_back_end_that_writes_yuan(world: World) -> None:
    item = {
        "id": 1, "sku_code": "lamp", "name": "Lamp", "num": 1, "list_amount": "10.00",
        "pay_amount": "8.5",
    }  # fmt: skip
    receiver = {"name": "王小明", "mobile": "13812345678", "address": "一号", "province": "浙江"}
    paid = {
        "id": 77, "buyer_id": 12, "pay_time": unix_s() - 60, "pay_amount": "8.50", "items": [item],
        "receiver": receiver,
    }  # fmt: skip
    body = {"msg_id": "b-1", "msg_type": "order_paid", "order": paid}
    status, answer = await send(world, body, "shop_backend", media_type="application/json")
    assert status == 200, answer
    (event,) = await world.published("orders")
    assert (event["data"]["order_id"], event["data"]["paid_fen"]) == ("77", 850)
    assert event["data"]["contact"]["region"] == "浙江"
    assert "13812345678" not in str(event)


@pytest.mark.parametrize(
    ("body", "source", "status", "code"),
    [
        ({"event": "scan"}, "nobody", 404, "unknown_source"),
        ({"event": "scan"}, "carrier", 422, "unmapped"),
        ({"notice_id": "1", "event": "dance"}, "carrier", 422, "unmapped"),
        ({"notice_id": "1", "event": "scan", "status": "teleported"}, "carrier", 422, "unmapped"),
        ([1], "carrier", 422, "unmapped"),
        ({"msg_id": 1, "msg_type": "refund_done", "refund_amount": 8.5}, "shop_backend", 422,
         "unmapped"),
        ({"msg_id": 1, "msg_type": "refund_done", "refund_amount": "8.555"}, "shop_backend", 422,
         "unmapped"),
        ({"msg_id": 1, "msg_type": "refund_done", "refund_time": 10**20}, "shop_backend", 422,
         "unmapped"),
        ({"msg_id": 1, "msg_type": "refund_done"}, "shop_backend", 422, "invalid"),
    ],
)  # fmt: skip
async def test_plain_json_that_does_not_fit(
    world: World, body: Any, source: str, status: int, code: str
) -> None:
    found, answer = await send(world, body, source, media_type="application/json")
    assert (found, answer["code"]) == (status, code)
    assert await world.published("orders") == []


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (cloud_event("ParcelScanned", {}), "invalid"),
        (cloud_event("ParcelTeleported", {}), "unknown_type"),
        ({**cloud_event("x", {}), "type": "aftercare.tickets.TicketOpened"}, "unknown_type"),
        ({**cloud_event("ParcelScanned", {}), "specversion": "0.3"}, "invalid"),
        ({**cloud_event("ParcelScanned", {}), "id": ""}, "invalid"),
        (cloud_event("ParcelScanned", [1]), "invalid"),
        (cloud_event("ParcelScanned", {}, shopid="shop-b"), "wrong_shop"),
        ("text", "invalid"),
        (None, "invalid"),
    ],
)
async def test_events_that_are_none(world: World, event: Any, code: str) -> None:
    status, answer = await send(world, event)
    assert (status, answer["code"]) == (422, code)


async def test_events_with_values_that_are_not_taken(world: World) -> None:
    data = placed()
    decimal = {**data, "paid_fen": 800.5}
    line = {**data, "lines": [{**data["lines"][0], "paid_fen": 8.0}]}
    sums = {**data, "paid_fen": 801}
    surrogate = {**data, "gift": {"occasion": "\ud800"}}
    nul = {**data, "gift": {"occasion": "\x00"}}
    phone = {**data, "contact": {"phone": "1"}}
    for number, body in enumerate((decimal, line, sums, surrogate, nul, phone)):
        status, answer = await send(world, cloud_event("OrderPlaced", body, f"n-{number}"))
        assert status == 422, answer
    for at, code in ((iso(minutes=10), "future_time"), (iso(days=-1200), "too_old")):
        status, answer = await send(world, cloud_event("ParcelScanned", scanned(scanned_at=at), at))
        assert (status, answer["code"]) == (422, code)
    status, answer = await send(world, cloud_event("ParcelScanned", scanned(), subject="O-2"))
    assert (status, answer["code"]) == (422, "wrong_subject")
    assert await world.published("orders") == []


async def test_contact_in_the_clear_is_sealed_for_the_customer(world: World) -> None:
    contact = {"name": "王小明", "phone": "13812345678", "region": "浙江"}
    status, _ = await send(world, cloud_event("OrderPlaced", placed(contact=contact)))
    assert status == 200
    (event,) = await world.published("orders")
    box = Sealed(**event["data"]["contact"]["phone"])
    assert await world.sealer.open_many(world.shop, [("C-1", PHONE, box)]) == ["+8613812345678"]
    assert "王小明" not in json.dumps(event, ensure_ascii=False)


async def test_a_sealed_contact_is_passed_on_if_it_is_the_customers(world: World) -> None:
    boxes = await world.sealer.seal_many(world.shop, [("C-1", PHONE, "+8613812345678")])
    contact = {"phone": boxes[0].model_dump()}
    assert (await send(world, cloud_event("OrderPlaced", placed(contact=contact))))[0] == 200
    (event,) = await world.published("orders")
    assert event["data"]["contact"] == contact
    other = placed(contact=contact, customer_id="C-2")
    status, answer = await send(world, cloud_event("OrderPlaced", other, "n-2"))
    assert (status, answer["code"]) == (422, "wrong_person")


async def test_what_the_host_said_is_masked(world: World) -> None:
    data = {
        "session_id": "S-1", "host_id": "H-1", "start_s": 0, "end_s": 9, "recorded_at": iso(),
        "transcript": "加我 13812345678",
    }  # fmt: skip
    assert (await send(world, cloud_event("StreamSegmentRecorded", data)))[0] == 200
    (event,) = await world.published("orders")
    assert event["subject"] == "S-1"
    assert event["data"]["transcript"] == "加我 138******78"


async def test_what_goes_out_comes_back_into_the_projection(world: World) -> None:
    """Stale news changes nothing: times decide, not arrival."""
    told = [
        cloud_event("ParcelScanned", scanned(state="problem", scanned_at=iso(minutes=-5)), "n-1"),
        cloud_event("ParcelScanned", scanned(state="picked_up", scanned_at=iso(days=-1)), "n-2"),
        cloud_event("OrderPlaced", placed(), "n-3"),
    ]
    await send(world, told, media_type=BATCHED)
    for event in await world.published("orders"):
        raw = json.dumps(event).encode()
        await world.orders.submit(read_event(raw), raw)
    await world.opened(order_id="O-1")
    snapshot = (await world.published())[0]["data"]["order"]
    assert snapshot["parcel_state"] == "problem"


async def test_stream_segments_have_no_row(world: World) -> None:
    data = {
        "session_id": "S-1", "host_id": "H-1", "start_s": 0, "end_s": 9, "recorded_at": iso(),
        "transcript": "hello",
    }  # fmt: skip
    await send(world, cloud_event("StreamSegmentRecorded", data))
    (event,) = await world.published("orders")
    raw = json.dumps(event).encode()
    await world.orders.submit(read_event(raw), raw)
    text = "SELECT 1 FROM customer_order WHERE shop_id = $1"
    assert await world.rows(text, world.shop) == []
