"""Upstream facts in the forms in which they travel: event records, CloudEvents, plain JSON.

Called by `feeds`. The plain forms are those that intake's policy maps (shop_backend, carrier).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from schemas.envelope import CONTENT_TYPE, Payload
from schemas.orders import (
    OrderPlaced,
    OrderShipped,
    ParcelDelivered,
    ParcelScanned,
    ReceiptConfirmed,
    RefundCompleted,
)
from schemas.registry import ENVELOPES
from schemas.values import Contact
from simulator.people import Person
from simulator.world import Fact

SOURCE = "upstream/simulator"
_ZONE = ZoneInfo("Asia/Shanghai")
_STATES = {
    "unknown": "unknown", "picked_up": "collected", "in_transit": "in_transit",
    "out_for_delivery": "delivering", "problem": "exception", "in_station": "station",
    "signed": "signed", "refused": "rejected", "returning": "returning",
    "forwarded": "forwarded", "customs": "customs",
}  # fmt: skip
_SIGNERS = {"customer": "self", "other": "other", "unknown": "unknown"}


def record_of(fact: Fact, contact: Contact | None) -> bytes:
    """The value of a Kafka record; `contact` is put into an OrderPlaced."""
    payload = fact.payload
    if contact is not None:
        payload = payload.model_copy(update={"contact": contact})
    return record(fact, payload)


def record(fact: Fact, payload: Payload) -> bytes:
    """The envelope around a payload, as JSON."""
    name = payload.type_name()
    envelope = ENVELOPES[name].model_construct(
        specversion="1.0",
        id=fact.event_id,
        source=SOURCE,
        type=name,
        time=fact.happened_at,
        subject=payload.subject,
        datacontenttype="application/json",
        shopid=fact.shop,
        correlationid=fact.event_id,
        causationid=None,
        schemaversion=payload.VERSION,
        autoorigin=False,
        data=payload,
    )
    return envelope.to_json()


def headers_of(payload: Payload) -> list[tuple[str, bytes]]:
    """Headers of a Kafka record."""
    return [("content-type", CONTENT_TYPE.encode()), ("ce_type", payload.type_name().encode())]


def body_of(fact: Fact) -> tuple[str, str, dict[str, Any]]:
    """Source, media type and body of a fact that goes over HTTP."""
    match fact.feed:
        case "shop_backend":
            return "shop_backend", "application/json", _shop_backend(fact)
        case "carrier":
            return "carrier", "application/json", _carrier(fact)
    cloud_event = {
        "specversion": "1.0",
        "id": str(fact.event_id),
        "source": "upstream/stream-recorder",
        "type": fact.payload.type_name(),
        "time": fact.happened_at.isoformat(),
        "subject": fact.payload.subject,
        "datacontenttype": "application/json",
        "data": fact.payload.model_dump(mode="json", exclude_none=True),
    }
    return "stream_recorder", CONTENT_TYPE, cloud_event


def _shop_backend(fact: Fact) -> dict[str, Any]:
    told = fact.payload
    number = {"msg_id": str(fact.event_id)}
    match told:
        case OrderPlaced():
            assert fact.order is not None
            order = _order(told, fact.order.person)
            return {**number, "msg_type": "order_paid", "order": order}
        case OrderShipped():
            return {
                **number,
                "msg_type": "order_shipped",
                "order_id": told.order_id,
                "waybill_no": told.parcel_id,
                "carrier": told.carrier,
                "ship_time": _unix(told.shipped_at),
                "weight_g": told.weight_g,
            }
        case ReceiptConfirmed():
            return {
                **number,
                "msg_type": "receipt_confirmed",
                "order_id": told.order_id,
                "confirm_time": _unix(told.received_at),
                "by_platform": told.automatic,
            }
        case RefundCompleted():
            return {
                **number,
                "msg_type": "refund_done",
                "order_id": told.order_id,
                "refund_id": told.refund_id,
                "item_id": told.line_id,
                "refund_amount": _yuan(told.refunded_fen),
                "refund_time": _unix(told.refunded_at),
                "initiator": "platform" if told.initiator == "platform" else "seller",
                "out_refund_no": told.action_id,
            }
    raise TypeError(f"a shop's back end never tells {type(told).__name__}")


def _order(told: OrderPlaced, person: Person) -> dict[str, Any]:
    promised_at = told.promised_delivery_at
    return {
        "id": told.order_id,
        "buyer_id": told.customer_id,
        "pay_time": _unix(told.placed_at),
        "pay_amount": _yuan(told.paid_fen),
        "promise_time": None if promised_at is None else _unix(promised_at),
        "receiver": {
            "name": person.name,
            "mobile": person.spoken_phone,
            "address": person.address,
            "province": person.region,
        },
        "items": [
            {
                "id": line.line_id,
                "sku_code": line.sku,
                "name": line.title,
                "num": line.quantity,
                "list_amount": _yuan(line.list_fen),
                "pay_amount": _yuan(line.paid_fen),
            }
            for line in told.lines
        ],
    }


def _carrier(fact: Fact) -> dict[str, Any]:
    told = fact.payload
    match told:
        case ParcelScanned():
            own: dict[str, Any] = {
                "event": "scan",
                "carrier": told.carrier,
                "station": told.hub,
                "scan_time": _local(told.scanned_at),
                "status": _STATES[told.state],
            }
        case ParcelDelivered():
            own = {
                "event": "sign",
                "scan_time": _local(told.delivered_at),
                "signer": _SIGNERS[told.signed_by],
            }
        case _:
            raise TypeError(f"a carrier never tells {type(told).__name__}")
    return {
        "notice_id": str(fact.event_id),
        "order_no": told.order_id,
        "waybill_no": told.parcel_id,
        **own,
    }


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"


def _unix(at: datetime) -> int:
    return int(at.timestamp())


def _local(at: datetime) -> str:
    return at.astimezone(_ZONE).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
