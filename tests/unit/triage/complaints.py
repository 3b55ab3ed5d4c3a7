"""Complaints to triage, and a triager made of the default policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from runtime.policy import load_policy
from schemas.envelope import Envelope
from schemas.tickets import TicketOpened
from schemas.triage import Triaged
from schemas.values import OrderLine, OrderSnapshot
from services.triage.domain import Triager, triage
from services.triage.policy import TriagePolicy

NOW = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
POLICIES = Path("policies/default")


@cache
def triager() -> Triager:
    """The default policy, compiled once for all tests."""
    from services.triage.model import LinearScorer, finder_of, load

    return Triager(load_policy(POLICIES, "triage", TriagePolicy), LinearScorer(load()), finder_of)


def order(**fields: Any) -> OrderSnapshot:
    """An order of one line that was delivered."""
    line = OrderLine(
        line_id="L1", sku="sku-1", title="Lamp", quantity=1, list_fen=5000, paid_fen=5000,
        custom_made=fields.pop("custom_made", False),
    )  # fmt: skip
    values = {
        "order_id": "O-1",
        "customer_id": "C-1",
        "channel": "douyin",
        "placed_at": NOW - timedelta(days=5),
        "paid_fen": 5000,
        "lines": (line,),
        "delivered_at": NOW - timedelta(days=1),
        **fields,
    }
    return OrderSnapshot.model_validate(values)


def opened(text: str, **fields: Any) -> Envelope[TicketOpened]:
    """The event of a new ticket."""
    values = {
        "ticket_id": "T-1",
        "external_id": "X-1",
        "origin": "inbox",
        "channel": "douyin",
        "opened_at": NOW,
        "received_at": NOW,
        "text": text,
        **fields,
    }
    return Envelope[TicketOpened](
        id=UUID(int=1),
        source="aftercare/intake",
        type=TicketOpened.type_name(),
        time=NOW,
        subject=str(values["ticket_id"]),
        shopid="shop-a",
        correlationid=UUID(int=2),
        data=TicketOpened.model_validate(values),
    )


def triaged(text: str, **fields: Any) -> Triaged:
    """What the default policy makes of a complaint."""
    decision = triage(None, opened(text, **fields), triager(), NOW)
    (event,) = decision.events
    assert isinstance(event, Triaged)
    return event


def rules(event: Triaged) -> set[str]:
    """Names of the rules that spoke."""
    return {reason.rule for reason in event.reasons}
