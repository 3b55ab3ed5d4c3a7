"""Order events that came over HTTP go out to everybody on `orders`. Desk `upstream`."""

from __future__ import annotations

from datetime import datetime

from schemas.envelope import Envelope
from schemas.orders import (
    OrderPlaced,
    OrderShipped,
    ParcelDelivered,
    ParcelScanned,
    ReceiptConfirmed,
    RefundCompleted,
    StreamSegmentRecorded,
)
from schemas.rules import Decision
from services.intake.domain.policy import IntakeRules, happened_at

UpstreamEvent = (
    OrderPlaced
    | OrderShipped
    | ParcelScanned
    | ParcelDelivered
    | ReceiptConfirmed
    | RefundCompleted
    | StreamSegmentRecorded
)


def pass_on(
    case: None, event: Envelope[UpstreamEvent], policy: IntakeRules, now: datetime
) -> Decision[None]:
    """Publish it as it is. Refuses times that lie ahead or too far back.

    A stale update passes: consumers decide by its time, not by its arrival.
    """
    times = policy.times
    happened_at(_told_at(event.data), times, now, times.event_max_age_days)
    return Decision(None, (event.data,), answer={"id": str(event.id)})


def _told_at(told: UpstreamEvent) -> datetime:
    match told:
        case OrderPlaced():
            return told.placed_at
        case OrderShipped():
            return told.shipped_at
        case ParcelScanned():
            return told.scanned_at
        case ParcelDelivered():
            return told.delivered_at
        case ReceiptConfirmed():
            return told.received_at
        case RefundCompleted():
            return told.refunded_at
        case StreamSegmentRecorded():
            return told.recorded_at
