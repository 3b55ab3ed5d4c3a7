"""What is known about a ticket besides its words: the order, the goods, the channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.tickets import TicketOpened
from schemas.values import OrderSnapshot, ParcelState
from services.triage.domain.reading_policy import GiftTimes


@dataclass(frozen=True, slots=True)
class Facts:
    """Order context at the moment of the complaint; None where nothing is known.

    `value_fen` is what was paid for the whole order; `again`: the customer asked again after a
    while, or the ticket was reopened; `needed_on`: the day of the present that the order is, as
    text (2026-05-20), empty when unknown; `value_told`: the words of a price that the customer
    states, where the value is known from nothing else (花了3000元).
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
    again: bool = False
    needed_on: str = ""
    value_told: str = ""


def facts_of(ticket: TicketOpened, gift: GiftTimes) -> Facts:
    """The facts that a ticket carries along."""
    facts = Facts(opened=ticket.opened_goods, watched=ticket.watched)
    if ticket.order is None:
        return facts
    return with_order(facts, ticket.order, ticket.line_id, ticket.opened_at, gift)


def with_order(
    facts: Facts, order: OrderSnapshot, line_id: str | None, opened_at: datetime, gift: GiftTimes
) -> Facts:
    """The facts of a ticket of that time and line, once its order is known."""
    delivered = order.delivered_at is not None or order.received_at is not None
    promised = order.promised_delivery_at
    return replace(
        facts,
        value_fen=order.paid_fen,
        value_told="",
        custom_made=_is_custom(order, line_id),
        gift_due=_is_gift_due(opened_at, order, gift),
        overdue=not delivered and promised is not None and promised < opened_at,
        delivered=delivered,
        parcel=order.parcel_state,
        occasion=order.gift.occasion if order.gift else "",
        needed_on=_needed_on(order, gift),
    )


def day_in_shop(at: datetime, gift: GiftTimes) -> date:
    """The day in the shop's calendar."""
    return at.astimezone(ZoneInfo(gift.zone)).date()


def _needed_on(order: OrderSnapshot, gift: GiftTimes) -> str:
    needed_by = order.gift.needed_by if order.gift else None
    return day_in_shop(needed_by, gift).isoformat() if needed_by else ""


def _is_custom(order: OrderSnapshot, line_id: str | None) -> bool:
    """Of the line complained about; of any line while that is unknown."""
    about = [line for line in order.lines if line.line_id == line_id] or order.lines
    return any(line.custom_made for line in about)


def _is_gift_due(opened_at: datetime, order: OrderSnapshot, gift: GiftTimes) -> bool:
    """A present whose day is near, or was missed just now."""
    if order.gift is None or order.gift.needed_by is None:
        return False
    left = order.gift.needed_by - opened_at
    return -timedelta(hours=gift.after_h) <= left <= timedelta(hours=gift.before_h)
