"""The case of this service: one order's money with the tickets about it.

One case covers both, so one lock guards the rule that an order has one money action in flight.
A ticket without an order is a case of its own, in which no money can move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from schemas.envelope import Envelope
from schemas.orders import OrderEvent
from schemas.tickets import TicketOpened, TicketReopened
from schemas.values import Language

Initiator = Literal["merchant", "platform"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as far as its end is concerned. `open_since` moves when it is reopened."""

    ticket_id: str
    line_id: str | None
    language: Language
    open_since: datetime
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MoneyAction:
    """Money that the order system was told to pay. `parts`: fen by order line, sum `refund_fen`."""

    action_id: str
    ticket_id: str
    parts: Mapping[str, int]
    compensation_fen: int
    decided_at: datetime
    completed_at: datetime | None = None

    @property
    def refund_fen(self) -> int:
        """Money given back for what was paid, fen."""
        return sum(self.parts.values())

    @property
    def awaited_fen(self) -> int:
        """What must be reported as paid before the action is over, fen."""
        return self.refund_fen or self.compensation_fen


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that went back. `action_id`: the action it carries out; `ticket_id`: the ticket that
    it ended by itself."""

    refund_id: str
    line_id: str | None
    refunded_fen: int
    initiator: Initiator
    refunded_at: datetime
    action_id: str | None = None
    ticket_id: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """An order's money and tickets. `lines`: fen paid by order line, None while unknown;
    `placed`: they come from the order itself; `reported_fen`: refunded by what a ticket said;
    `version`: as loaded (0: never stored), the store counts on."""

    key: str
    shop_id: str
    order_id: str | None
    lines: Mapping[str, int] | None = None
    placed: bool = False
    reported_fen: int = 0
    tickets: Mapping[str, Ticket] = field(default_factory=dict)
    actions: Mapping[str, MoneyAction] = field(default_factory=dict)
    refunds: Mapping[str, Refund] = field(default_factory=dict)
    version: int = 0

    @property
    def in_flight(self) -> MoneyAction | None:
        """The money action that is not carried out yet."""
        return next((a for a in self.actions.values() if a.completed_at is None), None)


# No name of a shop, an order or a ticket holds a bar: no two keys are alike.
def order_key(shop_id: str, order_id: str) -> str:
    """Key of an order's case."""
    return f"{shop_id}|{order_id}"


def ticket_key(shop_id: str, ticket_id: str) -> str:
    """Key of a ticket without an order; for others a stand-in until the store has found theirs."""
    return f"{shop_id}|ticket|{ticket_id}"


def key_of(event: Envelope[Any]) -> str:
    """The case that an event belongs to, as far as the event itself tells."""
    told = event.data
    if isinstance(told, OrderEvent | TicketOpened | TicketReopened) and told.order_id is not None:
        return order_key(event.shopid, told.order_id)
    return ticket_key(event.shopid, event.subject)
