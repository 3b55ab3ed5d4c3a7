"""What is known about an order, put together from events in whatever order they arrive.

Times decide, not arrival: any sequence of the same events ends in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, get_args

from pydantic import Field

from schemas.envelope import Envelope
from schemas.orders import (
    OrderPlaced,
    OrderShipped,
    ParcelDelivered,
    ParcelScanned,
    ReceiptConfirmed,
    RefundCompleted,
)
from schemas.rules import Decision
from schemas.tickets import OrderAttached
from schemas.values import (
    MAX_FEN,
    Fen,
    Instant,
    Label,
    Lane,
    OrderSnapshot,
    ParcelState,
    Ref,
    Value,
)
from services.intake.domain.ticket import Ticket

_RANK = {state: rank for rank, state in enumerate(get_args(ParcelState))}
"""Decides between scans of the same instant, so that arrival does not."""


class Parcel(Value):
    """One parcel of an order. `seen_at` none: no scan is known, which is not a scan `unknown`."""

    line_ids: tuple[Ref, ...] = Field(default=(), description="Lines inside; empty: all.")
    shipped_at: Instant | None = Field(default=None, description="Hand-over to the carrier.")
    delivered_at: Instant | None = Field(default=None, description="Signed for.")
    state: ParcelState = Field(default="unknown", description="Last state seen.")
    seen_at: Instant | None = Field(default=None, description="Time of that scan.")
    carrier: Ref | None = Field(default=None, description="Who carries it.")
    hub: Label | None = Field(default=None, description="Last hub that was named.")
    hub_at: Instant | None = Field(default=None, description="When it was there.")


class Refund(Value):
    """Money that went back."""

    refunded_fen: Fen = Field(description="Amount, fen.")
    refunded_at: Instant = Field(description="When.")


class Track(Value):
    """What happened to an order after it was placed."""

    parcels: dict[Ref, Parcel] = Field(default_factory=dict, description="By waybill number.")
    refunds: dict[Ref, Refund] = Field(default_factory=dict, description="By refund id.")
    received_at: Instant | None = Field(default=None, description="Receipt confirmed.")


@dataclass(frozen=True, slots=True)
class Order:
    """Case of the desk `orders`. `placed` holds content that is new in this batch; the stored
    content is not read: `placed_by` (the event's time and id) tells whether another is newer."""

    shop_id: str
    order_id: str
    placed_by: tuple[datetime, str] | None = None
    track: Track = field(default_factory=Track)
    placed: OrderPlaced | None = None
    version: int = 0
    asked_for: tuple[Ticket, ...] = ()
    """Open tickets that named the order before anybody told of it."""


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order that was placed, with what happened since: what a ticket is opened with."""

    placed: OrderPlaced
    track: Track

    def snapshot(self, line_id: str | None) -> OrderSnapshot:
        """The order as known now. Parcels count that carry the line; of several the one that is
        furthest behind speaks."""
        placed, track = self.placed, self.track
        parcels = _carrying(track.parcels, line_id)
        speaking = max(parcels, key=_behind, default=Parcel())
        arrived = [p.delivered_at for p in parcels if p.delivered_at is not None]
        shipped = [p.shipped_at for p in parcels if p.shipped_at is not None]
        return OrderSnapshot(
            order_id=placed.order_id,
            customer_id=placed.customer_id,
            channel=placed.channel,
            placed_at=placed.placed_at,
            paid_fen=placed.paid_fen,
            lines=placed.lines,
            gift=placed.gift,
            promised_delivery_at=placed.promised_delivery_at,
            stream=placed.stream,
            shipped_at=min(shipped, default=None),
            delivered_at=max(arrived) if arrived and len(arrived) == len(parcels) else None,
            received_at=track.received_at,
            parcel_state=speaking.state,
            parcel_seen_at=speaking.seen_at,
            refunded_fen=min(sum(r.refunded_fen for r in track.refunds.values()), MAX_FEN),
            carrier=speaking.carrier,
            hub=speaking.hub,
        )


def _carrying(parcels: Mapping[str, Parcel], line_id: str | None) -> list[Parcel]:
    found = [p for p in parcels.values() if not p.line_ids or line_id in p.line_ids]
    return found if line_id is not None and found else list(parcels.values())


def _behind(parcel: Parcel) -> tuple[bool, float]:
    """Orders parcels: one that did not arrive before one that did, then the longest unseen."""
    seen = parcel.seen_at or parcel.shipped_at
    return parcel.delivered_at is None, -(seen.timestamp() if seen else 0.0)


def order_key(shop_id: str, order_id: str) -> str:
    """Case key of an order: two shops may use the same order id. No id holds a bar."""
    return f"{shop_id}|{order_id}"


def place(
    order: Order, event: Envelope[OrderPlaced], policy: Any, now: datetime
) -> Decision[Order]:
    """The latest telling of what was ordered counts. Tickets that have waited for the first one
    are told of it: all those of one lane, for an event goes out in one."""
    mark = (event.time, str(event.id))
    if order.placed_by is not None and order.placed_by >= mark:
        return Decision(None)
    known = KnownOrder(event.data, order.track)
    routine = [ticket for ticket in order.asked_for if ticket.lane == "routine"]
    told = tuple(
        OrderAttached(
            ticket_id=ticket.ticket_id, order=known.snapshot(ticket.line_id), known_at=now
        )
        for ticket in routine or order.asked_for
    )
    lane: Lane = "routine" if routine else "urgent"
    placed = replace(order, placed_by=mark, placed=event.data, asked_for=())
    return Decision(placed, told, lane=lane)


def ship(
    order: Order, event: Envelope[OrderShipped], policy: Any, now: datetime
) -> Decision[Order]:
    """A parcel left; told twice, the earlier hand-over counts."""
    told = event.data
    parcel = _carried(order.track.parcels.get(told.parcel_id, Parcel()), told.carrier)
    at = min(told.shipped_at, now)
    if parcel.shipped_at and (parcel.shipped_at, parcel.line_ids) <= (at, told.line_ids):
        return _with_parcel(order, told.parcel_id, parcel)
    shipped = parcel.model_copy(update={"shipped_at": at, "line_ids": told.line_ids})
    return _with_parcel(order, told.parcel_id, shipped)


def scan(
    order: Order, event: Envelope[ParcelScanned], policy: Any, now: datetime
) -> Decision[Order]:
    """The latest scan counts; a carrier's clock that runs ahead is taken for now."""
    told = event.data
    parcel = _carried(order.track.parcels.get(told.parcel_id, Parcel()), told.carrier)
    at = min(told.scanned_at, now)
    parcel = _passed(_seen(parcel, told.state, at), told.hub, at)
    return _with_parcel(order, told.parcel_id, parcel)


def deliver(
    order: Order, event: Envelope[ParcelDelivered], policy: Any, now: datetime
) -> Decision[Order]:
    """Signed for: also a scan. Told twice, the earlier signature counts."""
    told = event.data
    parcel = order.track.parcels.get(told.parcel_id, Parcel())
    at = min(told.delivered_at, now)
    signed_at = min(at, parcel.delivered_at or at)
    signed = _seen(parcel, "signed", at).model_copy(update={"delivered_at": signed_at})
    return _with_parcel(order, told.parcel_id, signed)


def receive(
    order: Order, event: Envelope[ReceiptConfirmed], policy: Any, now: datetime
) -> Decision[Order]:
    """Receipt confirmed; told twice, the earlier counts."""
    at, known_at = min(event.data.received_at, now), order.track.received_at
    if known_at is not None and known_at <= at:
        return Decision(None)
    return Decision(replace(order, track=order.track.model_copy(update={"received_at": at})))


def refund(
    order: Order, event: Envelope[RefundCompleted], policy: Any, now: datetime
) -> Decision[Order]:
    """A refund counts once by its id; told again with another amount, the later telling counts."""
    told = event.data
    known = order.track.refunds.get(told.refund_id)
    mark = (told.refunded_at, told.refunded_fen)
    if known is not None and (known.refunded_at, known.refunded_fen) >= mark:
        return Decision(None)
    paid = Refund(refunded_fen=told.refunded_fen, refunded_at=told.refunded_at)
    refunds = {**order.track.refunds, told.refund_id: paid}
    return Decision(replace(order, track=order.track.model_copy(update={"refunds": refunds})))


def _seen(parcel: Parcel, state: ParcelState, at: datetime) -> Parcel:
    if parcel.seen_at is not None and (parcel.seen_at, _RANK[parcel.state]) >= (at, _RANK[state]):
        return parcel
    return parcel.model_copy(update={"state": state, "seen_at": at})


def _carried(parcel: Parcel, carrier: str) -> Parcel:
    """A waybill has one carrier; told differently, the code that sorts first counts."""
    if parcel.carrier is not None and parcel.carrier <= carrier:
        return parcel
    return parcel.model_copy(update={"carrier": carrier})


def _passed(parcel: Parcel, hub: str | None, at: datetime) -> Parcel:
    """The last hub that was named counts, whatever came behind it without one."""
    if hub is None:
        return parcel
    if parcel.hub_at is not None and (parcel.hub_at, parcel.hub or "") >= (at, hub):
        return parcel
    return parcel.model_copy(update={"hub": hub, "hub_at": at})


def _with_parcel(order: Order, parcel_id: str, parcel: Parcel) -> Decision[Order]:
    if order.track.parcels.get(parcel_id) == parcel:
        return Decision(None)
    parcels = {**order.track.parcels, parcel_id: parcel}
    return Decision(replace(order, track=order.track.model_copy(update={"parcels": parcels})))
