"""What is known about a ticket besides its words: the order, the goods, the channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from schemas.tickets import TicketOpened
from schemas.values import OrderSnapshot, ParcelState
from services.triage.domain.rules import GiftTimes


@dataclass(frozen=True, slots=True)
class Facts:
    """Order context at the moment of the complaint; None where nothing is known.

    `value_fen` is what was paid for the whole order.
    """

    value_fen: int | None = None
    custom_made: bool = False
    opened: bool | None = None
    gift_due: bool = False
    overdue: bool = False
    delivered: bool = False
    watched: bool = False
    parcel: ParcelState = "unknown"
    occasion: str = ""


def facts_of(ticket: TicketOpened, gift: GiftTimes) -> Facts:
    """The facts that a ticket carries along."""
    order = ticket.order
    if order is None:
        return Facts(opened=ticket.opened_goods, watched=ticket.watched)
    delivered = order.delivered_at is not None or order.received_at is not None
    promised = order.promised_delivery_at
    return Facts(
        value_fen=order.paid_fen,
        custom_made=_is_custom(order, ticket.line_id),
        opened=ticket.opened_goods,
        gift_due=_is_gift_due(ticket, order, gift),
        overdue=not delivered and promised is not None and promised < ticket.opened_at,
        delivered=delivered,
        watched=ticket.watched,
        parcel=order.parcel_state,
        occasion=order.gift.occasion if order.gift else "",
    )


def _is_custom(order: OrderSnapshot, line_id: str | None) -> bool:
    """Of the line complained about; of any line while that is unknown."""
    about = [line for line in order.lines if line.line_id == line_id] or order.lines
    return any(line.custom_made for line in about)


def _is_gift_due(ticket: TicketOpened, order: OrderSnapshot, gift: GiftTimes) -> bool:
    """A present whose day is near, or was missed just now."""
    if order.gift is None or order.gift.needed_by is None:
        return False
    left = order.gift.needed_by - ticket.opened_at
    return -timedelta(hours=gift.after_h) <= left <= timedelta(hours=gift.before_h)
