"""A settlement's life in memory: events in, settlement and published events out, as the runtime
would fold them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from runtime.policy import load_policy
from schemas.envelope import Envelope, Payload
from schemas.orders import OrderPlaced, RefundCompleted
from schemas.resolution import Resolved
from schemas.rules import Decision
from schemas.tickets import TicketOpened, TicketReopened
from schemas.values import OrderLine, OrderSnapshot
from services.resolution import domain
from services.resolution.domain import ResolutionRequest, ResolveTicket, Settlement
from services.resolution.policy import ResolutionPolicy

START = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
PAID = {"L1": 10_000, "L2": 5_000}
RULES: dict[type[Payload], Any] = {
    OrderPlaced: domain.place_order,
    RefundCompleted: domain.complete_refund,
    TicketOpened: domain.open_ticket,
    TicketReopened: domain.reopen_ticket,
    ResolveTicket: domain.resolve,
}


@cache
def default_policy() -> ResolutionPolicy:
    """The shipped policy."""
    return load_policy(Path("policies/default"), "resolution", ResolutionPolicy)


class Desk:
    """One order's settlement. Each event happens a minute after the one before."""

    def __init__(self, policy: ResolutionPolicy | None = None) -> None:
        self.policy = policy or default_policy()
        self.case: Settlement | None = None
        self.told: list[Resolved] = []
        self.now = START
        self._count = 0

    @property
    def settlement(self) -> Settlement:
        """The case; an event must have come before."""
        assert self.case is not None
        return self.case

    def take(self, payload: Payload) -> Decision[Settlement]:
        """Apply an event; what a rule refuses is raised and changes nothing."""
        self._count += 1
        self.now += timedelta(minutes=1)
        event = Envelope[Any].model_construct(
            id=UUID(int=self._count),
            source="test",
            type=payload.type_name(),
            time=self.now,
            subject=payload.subject,
            shopid="shop-a",
            correlationid=UUID(int=0),
            data=payload,
        )
        decision: Decision[Settlement] = RULES[type(payload)](
            self.case, event, self.policy, self.now
        )
        if decision.case is not None:
            assert decision.case.version == 0
            self.case = decision.case
        self.told += [event for event in decision.events if isinstance(event, Resolved)]
        return decision

    def place(self, **paid: int) -> None:
        """The order becomes known."""
        self.take(order(**(paid or PAID)))

    def open(self, ticket: str = "T1", line: str | None = "L1", **fields: Any) -> None:
        """A ticket about the order opens."""
        self.take(opened(ticket, line, self.now, **fields))

    def refund(self, number: str, fen: int, line: str | None = "L1", **fields: Any) -> None:
        """Money went back."""
        self.take(refunded(number, fen, line, fields.pop("at", self.now), **fields))

    def resolve(self, ticket: str = "T1", **decision: Any) -> dict[str, Any]:
        """An agent decides; the answer."""
        values = {"outcome": "refund", "agent_id": "agent-1", **decision}
        request = ResolutionRequest.model_validate(values)
        answer = self.take(ResolveTicket(ticket_id=ticket, decision=request)).answer
        assert answer is not None
        return dict(answer)


def order(**paid: int) -> OrderPlaced:
    """An order by what was paid for its lines."""
    return OrderPlaced(
        order_id="O1", customer_id="C1", channel="douyin", placed_at=START, lines=lines(paid),
        paid_fen=sum(paid.values()),
    )  # fmt: skip


def lines(paid: dict[str, int]) -> tuple[OrderLine, ...]:
    """Order lines by what was paid for them."""
    return tuple(
        OrderLine(line_id=name, sku="sku", title="Lamp", quantity=1, list_fen=fen, paid_fen=fen)
        for name, fen in paid.items()
    )


def snapshot(refunded_fen: int = 0, **paid: int) -> OrderSnapshot:
    """The order as intake saw it."""
    return OrderSnapshot(
        order_id="O1", customer_id="C1", channel="douyin", placed_at=START,
        paid_fen=sum(paid.values()), lines=lines(paid), refunded_fen=refunded_fen,
    )  # fmt: skip


def opened(ticket: str, line: str | None, at: datetime, **fields: Any) -> TicketOpened:
    """A ticket about the order."""
    values = {
        "ticket_id": ticket, "external_id": ticket, "origin": "inbox", "channel": "douyin",
        "opened_at": at, "received_at": at, "text": "broken", "order_id": "O1", "line_id": line,
        **fields,
    }  # fmt: skip
    return TicketOpened.model_validate(values)


def refunded(
    number: str, fen: int, line: str | None, at: datetime, **fields: Any
) -> RefundCompleted:
    """A refund, the merchant's unless said otherwise."""
    values = {
        "order_id": "O1", "refund_id": number, "line_id": line, "refunded_fen": fen,
        "refunded_at": at, "initiator": "merchant", **fields,
    }  # fmt: skip
    return RefundCompleted.model_validate(values)
