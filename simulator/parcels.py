"""What happened to an order after it was placed, as its events. Called by `world`."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Literal

from schemas.orders import (
    Inspection,
    OrderEvent,
    OrderShipped,
    ParcelDelivered,
    ParcelScanned,
    ReceiptConfirmed,
)
from schemas.values import ParcelState
from simulator.catalogue import Catalogue
from simulator.orders import Order
from simulator.plan import Plan

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Carriers:
    """Makes the trail of each order of the days before; a live order has none yet."""

    def __init__(self, plan: Plan, goods: Catalogue) -> None:
        self._plan = plan
        self._goods = goods
        self._dice = Random(f"{plan.seed}/parcels")

    def trail(self, order: Order) -> list[OrderEvent]:
        """Its events in the order in which they happened."""
        dice, begin_at = self._dice, self._plan.begin_at
        span = timedelta(seconds=self._plan.span_s)
        match order.course:
            case "live":
                return []
            case "fresh":
                shipped_at = begin_at + span * dice.uniform(-0.95, 0.4)
                return [self._shipped(order, shipped_at)]
            case "due_today":
                out_at = begin_at - HOUR * dice.uniform(1, 5)
                return self._moving(order, "out_for_delivery", out_at)
            case "moving":
                return self._moving(order, "in_transit", begin_at - HOUR * dice.uniform(5, 20))
            case "stalled":
                stuck_at = begin_at - HOUR * dice.uniform(49, 80)
                return self._moving(order, "in_transit", stuck_at, self._goods.stalled_hub)
            case "arrived":
                return self._arrived(order, order.placed_at + DAY * dice.uniform(3, 4.5))
            case "week_ago":
                received_at = begin_at - 7 * DAY + span * dice.uniform(0.3, 0.95)
                delivered = self._delivered(order, received_at - HOUR * dice.uniform(4, 20))
                return [*delivered, self._received(order, received_at)]

    def _arrived(self, order: Order, delivered_at: datetime) -> list[OrderEvent]:
        begin_at = self._plan.begin_at
        told = self._delivered(order, min(delivered_at, begin_at - HOUR * 3))
        received_at = told[-1].delivered_at + HOUR * self._dice.uniform(2, 40)  # type: ignore[attr-defined]
        if received_at < begin_at and self._dice.random() < 0.6:
            told.append(self._received(order, received_at))
        return told

    def _delivered(self, order: Order, delivered_at: datetime) -> list[OrderEvent]:
        told = self._moving(order, "out_for_delivery", delivered_at - HOUR * 3)
        signers: tuple[Literal["customer", "other", "unknown"], ...]
        signers = ("customer", "other", "unknown")
        signed_by = self._dice.choices(signers, (80, 12, 8))[0]
        signed = ParcelDelivered(
            order_id=order.order_id,
            parcel_id=_waybill(order),
            delivered_at=_whole(delivered_at),
            signed_by=signed_by,
        )
        return [*told, signed]

    def _moving(
        self, order: Order, state: ParcelState, seen_at: datetime, hub: str | None = None
    ) -> list[OrderEvent]:
        """Shipped, picked up, on its way, and seen last in `state`."""
        shipped_at = min(order.placed_at + HOUR * self._dice.uniform(8, 30), seen_at - 6 * HOUR)
        picked_at = shipped_at + (seen_at - shipped_at) * 0.2
        return [
            self._shipped(order, shipped_at),
            self._scan(order, "picked_up", picked_at),
            self._scan(order, state, seen_at, hub),
        ]

    def _shipped(self, order: Order, shipped_at: datetime) -> OrderShipped:
        at = _whole(shipped_at)
        weight_g = sum(line.product.weight_g * line.quantity for line in order.lines)
        return OrderShipped(
            order_id=order.order_id,
            parcel_id=_waybill(order),
            carrier=self._carrier(order),
            shipped_at=at,
            weight_g=weight_g + self._dice.randint(80, 260),
            inspection=Inspection(
                passed=True, inspector=self._dice.choice(self._goods.inspectors), at=at - HOUR
            ),
        )

    def _scan(
        self, order: Order, state: ParcelState, at: datetime, hub: str | None = None
    ) -> ParcelScanned:
        return ParcelScanned(
            order_id=order.order_id,
            parcel_id=_waybill(order),
            carrier=self._carrier(order),
            state=state,
            hub=hub or self._dice.choice(self._goods.hubs),
            scanned_at=_whole(at),
        )

    def _received(self, order: Order, received_at: datetime) -> ReceiptConfirmed:
        return ReceiptConfirmed(
            order_id=order.order_id,
            received_at=_whole(received_at),
            automatic=self._dice.random() < 0.3,
        )

    def _carrier(self, order: Order) -> str:
        carriers = self._goods.carriers
        return carriers[int(order.order_id[-4:]) % len(carriers)]


def _waybill(order: Order) -> str:
    return f"W{order.order_id[1:]}"


def _whole(at: datetime) -> datetime:
    """Carriers write whole seconds."""
    return at.replace(microsecond=0)
