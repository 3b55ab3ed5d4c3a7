"""Events of upstream order systems (topic `orders`, key = order id)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from schemas.envelope import Payload
from schemas.values import (
    Channel,
    Contact,
    Count,
    Fen,
    Flag,
    FreeText,
    Gift,
    Instant,
    Label,
    Language,
    OrderLine,
    ParcelState,
    Ref,
    StreamRef,
    Value,
)


class OrderEvent(Payload):
    """Base of all order events."""

    TOPIC: ClassVar[str] = "orders"
    SUBJECT: ClassVar[str] = "order_id"

    order_id: Ref = Field(description="Order; also the Kafka key.")


class OrderPlaced(OrderEvent):
    """A customer paid for an order."""

    customer_id: Ref = Field(description="Customer, the shop's own opaque reference.")
    channel: Channel = Field(description="Where it was placed.")
    placed_at: Instant = Field(description="When it was placed (UTC).")
    lines: tuple[OrderLine, ...] = Field(
        min_length=1, max_length=200, description="Lines with the shares paid for them."
    )
    paid_fen: Fen = Field(description="Total paid, fen; equals the sum of the lines' shares.")
    gift: Gift | None = Field(default=None, description="Set when it is a present.")
    promised_delivery_at: Instant | None = Field(
        default=None, description="Delivery moment promised to the customer (UTC)."
    )
    stream: StreamRef | None = Field(default=None, description="Livestream it was sold in.")
    contact: Contact = Field(default=Contact(), description="Sealed contact data.")
    language: Language = Field(default="zh", description="Language the customer is written to in.")
    high_value: Flag = Field(default=False, description="The shop calls this customer high-value.")

    @model_validator(mode="after")
    def _shares_sum_to_payment(self) -> OrderPlaced:
        if sum(line.paid_fen for line in self.lines) != self.paid_fen:
            raise ValueError("the lines' paid_fen must sum to the order's paid_fen")
        return self


class Inspection(Value):
    """Outbound inspection of a parcel."""

    passed: Flag = Field(description="The goods passed.")
    inspector: Ref = Field(description="Who inspected, an opaque reference.")
    at: Instant = Field(description="When (UTC).")
    note: Label | None = Field(default=None, description="Remark of the inspector.")


class OrderShipped(OrderEvent):
    """A parcel of the order left the warehouse."""

    parcel_id: Ref = Field(description="Waybill number.")
    carrier: Ref = Field(description="Carrier code.")
    shipped_at: Instant = Field(description="Hand-over to the carrier (UTC).")
    line_ids: tuple[Ref, ...] = Field(
        default=(), max_length=200, description="Lines inside; empty means all."
    )
    weight_g: int = Field(ge=0, le=10_000_000, strict=True, description="Shipped weight, grams.")
    inspection: Inspection | None = Field(default=None, description="Outbound inspection record.")


class ParcelScanned(OrderEvent):
    """The carrier saw the parcel."""

    parcel_id: Ref = Field(description="Waybill number.")
    carrier: Ref = Field(description="Carrier code.")
    state: ParcelState = Field(description="State that the scan reports.")
    hub: Label | None = Field(default=None, description="Carrier hub.")
    scanned_at: Instant = Field(description="When it was scanned (UTC).")


class ParcelDelivered(OrderEvent):
    """The parcel was signed for. A locker or station is not yet a delivery."""

    parcel_id: Ref = Field(description="Waybill number.")
    delivered_at: Instant = Field(description="When it was signed (UTC).")
    signed_by: Literal["customer", "other", "unknown"] = Field(
        default="unknown", description="Who signed, as far as the carrier tells."
    )


class ReceiptConfirmed(OrderEvent):
    """The customer confirmed receipt (or the platform did so for them)."""

    received_at: Instant = Field(description="When it was confirmed (UTC).")
    automatic: Flag = Field(default=False, description="Confirmed by the platform's own timer.")


class RefundCompleted(OrderEvent):
    """Money went back to the customer."""

    refund_id: Ref = Field(description="The order system's id of this refund; never re-used.")
    line_id: Ref | None = Field(default=None, description="Line refunded; none for the order.")
    refunded_fen: Fen = Field(description="Amount, fen.")
    refunded_at: Instant = Field(description="When (UTC).")
    initiator: Literal["merchant", "platform"] = Field(description="Who set it off.")
    action_id: Ref | None = Field(
        default=None, description="Money action of aftercare that it carries out, if any."
    )


class StreamSegmentRecorded(Payload):
    """A stretch of a stream replay with what was said and shown around a pitch."""

    TOPIC: ClassVar[str] = "orders"
    SUBJECT: ClassVar[str] = "session_id"

    session_id: Ref = Field(description="Stream session; also the Kafka key.")
    host_id: Ref = Field(description="Host (streamer).")
    sku: Label | None = Field(default=None, description="Product pitched in it.")
    start_s: Count = Field(description="Start, seconds from the start of the session.")
    end_s: Count = Field(description="End, seconds from the start of the session.")
    transcript: FreeText = Field(max_length=20_000, description="What was said.")
    price_fen: Fen | None = Field(default=None, description="Price shown, fen.")
    coupon: Label | None = Field(default=None, description="Coupon shown.")
    media_sha256: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the clip, hex."
    )
    recorded_at: Instant = Field(description="When the stretch began (UTC).")
    expires_at: Instant | None = Field(
        default=None, description="When the platform deletes the replay (UTC)."
    )

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> StreamSegmentRecorded:
        if self.end_s < self.start_s:
            raise ValueError("end_s must not lie before start_s")
        return self
