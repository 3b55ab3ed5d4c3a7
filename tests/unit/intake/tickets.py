"""Values and commands for the tests of intake's rules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

from runtime.clock import NAMESPACE
from schemas.envelope import Envelope, Payload
from schemas.orders import OrderPlaced
from schemas.values import Contact, OrderLine, Sealed
from services.intake.domain.commands import OpenTicket
from services.intake.domain.orders import KnownOrder, Track
from services.intake.domain.policy import IntakeRules, Times
from services.intake.domain.ticket import Ticket

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = IntakeRules(
    times=Times(ahead_s=300, ticket_max_age_days=365, event_max_age_days=1095),
    reopen_days=15,
    watched_origins=("platform_dispute",),
)


def told(payload: Payload, shop: str = "shop-a", at: datetime = NOW) -> Envelope[Any]:
    """A payload in its envelope; its id follows from the content."""
    number = uuid5(NAMESPACE, f"{at} {payload!r}")
    return Envelope[Any].model_construct(
        id=number, source="test", type=payload.type_name(), time=at, subject=payload.subject,
        shopid=shop, correlationid=number, data=payload,
    )  # fmt: skip


def complaint(external_id: str = "c-1", **fields: Any) -> OpenTicket:
    """A complaint's command."""
    values: dict[str, Any] = {
        "ticket_id": f"t-{external_id}",
        "attempt": "a-1",
        "external_id": external_id,
        "origin": "inbox",
        "channel": "douyin",
        "text": "broken",
        **fields,
    }
    return OpenTicket(**values)


def ticket(**fields: Any) -> Ticket:
    """An open ticket."""
    values: dict[str, Any] = {
        "ticket_id": "t-1", "shop_id": "shop-a", "origin": "inbox", "external_id": "c-1",
        "opened_at": NOW, "version": 1, **fields,
    }  # fmt: skip
    return Ticket(**values)


def placed(**fields: Any) -> OrderPlaced:
    """An order of two lines."""
    lines = tuple(
        OrderLine(line_id=f"L{n}", sku="s", title="Lamp", quantity=1, list_fen=60, paid_fen=50)
        for n in (1, 2)
    )
    values: dict[str, Any] = {
        "order_id": "O-1", "customer_id": "C-1", "channel": "douyin", "placed_at": NOW,
        "lines": lines, "paid_fen": 100, **fields,
    }  # fmt: skip
    return OrderPlaced(**values)


def known(track: Track | None = None, **fields: Any) -> KnownOrder:
    """A known order."""
    return KnownOrder(placed(**fields), track or Track())


def box(name: str = "k") -> Sealed:
    """A sealed value."""
    return Sealed(key=name, box="AAAA")


def phone_of(name: str) -> Contact:
    """Contact data with a sealed phone."""
    return Contact(phone=box(name))
