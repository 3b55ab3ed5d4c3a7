"""One ticket told to the desk's rules, event by event, without a database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.envelope import Envelope, Payload
from schemas.rules import Decision
from schemas.tickets import CustomerMessageReceived, OrderAttached, TicketClassified
from schemas.triage import Retriaged
from services.triage.app import desk
from services.triage.domain import TicketTriage, triage
from services.triage.domain.picture import Picture
from tests.unit.triage.complaints import NOW, opened, order, triager

MINUTE = timedelta(minutes=1)


class Ticket:
    """One ticket at the desk: `tell` it events; what was told of it is in `told`."""

    def __init__(self, text: str, **fields: Any) -> None:
        self.told: list[Retriaged] = []
        first = triage(None, opened(text, **fields), triager(), NOW)
        assert first.case is not None
        self.case: TicketTriage = first.case

    def tell(self, payload: Payload, at: datetime = NOW + MINUTE) -> Decision[TicketTriage]:
        """Let the desk's rule decide."""
        event = Envelope[Any].model_construct(
            id=UUID(int=3), source="test", type=payload.type_name(), time=at, subject="T-1",
            shopid="shop-a", correlationid=UUID(int=2), data=payload,
        )  # fmt: skip
        decision = desk(triager()).rules[type(payload)](self.case, event, triager(), at)
        self.case = decision.case or self.case
        self.told += [each for each in decision.events if isinstance(each, Retriaged)]
        return decision

    def says(self, text: str, minutes: float = 1) -> list[Retriaged]:
        """The customer writes so long after the opening; what was told then."""
        at, before = NOW + minutes * MINUTE, len(self.told)
        self.tell(message(text, at), at)
        return self.told[before:]

    @property
    def picture(self) -> Picture:
        """What is kept of it."""
        assert self.case.picture is not None
        return self.case.picture


def message(text: str, at: datetime = NOW) -> CustomerMessageReceived:
    return CustomerMessageReceived(ticket_id="T-1", message_id="M", text=text, sent_at=at)


def known(**fields: Any) -> OrderAttached:
    return OrderAttached(ticket_id="T-1", order=order(**fields), known_at=NOW + MINUTE)


def sorted_as(**fields: Any) -> TicketClassified:
    return TicketClassified(
        ticket_id="T-1", agent_id="agent-7", classified_at=NOW + MINUTE, **fields
    )
