"""A complaint opens a ticket, joins the open one of its order line, or is a repeat.

Desk `openings`; its case is everything that bears on complaints about one order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NoReturn

from schemas.envelope import Envelope
from schemas.persons import person_of
from schemas.rules import Decision, RefusedError
from schemas.tickets import CustomerMessageReceived, TicketOpened
from schemas.values import Contact
from services.intake.domain.commands import OpenTicket
from services.intake.domain.orders import KnownOrder, order_key
from services.intake.domain.policy import IntakeRules, happened_at
from services.intake.domain.ticket import Ticket, hear

Identity = tuple[str, str]
"""Origin and external id of a complaint; with the shop they name it."""

PERSON_CHANGED = "person_changed"
"""Refusal that the edge answers by sealing anew: the ticket meant belongs to somebody else."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint that was taken in before, and the ticket that it opened or joined."""

    shop_id: str
    origin: str
    external_id: str
    ticket_id: str
    joined: bool
    digest: str


@dataclass(frozen=True, slots=True)
class Openings:
    """Case: an order with its open tickets by line, and the complaints that this batch asks for.

    `elsewhere` are complaints that the same batch also holds about another order.
    """

    key: str
    order: KnownOrder | None = None
    tickets: Mapping[str | None, Ticket] = field(default_factory=dict)
    complaints: Mapping[Identity, Complaint] = field(default_factory=dict)
    elsewhere: frozenset[Identity] = frozenset()
    moved: Mapping[str, Ticket] = field(default_factory=dict)
    """Tickets to store, by id."""
    taken: tuple[Complaint, ...] = ()
    """Complaints to store."""


def key_of(shop_id: str, asked: OpenTicket) -> str:
    """Complaints about one order are decided one after the other; others stand alone."""
    return asked.ticket_id if asked.order_id is None else order_key(shop_id, asked.order_id)


def open_ticket(
    case: Openings, event: Envelope[OpenTicket], policy: IntakeRules, now: datetime
) -> Decision[Openings]:
    """Open, join or answer a repeat; refuses an external id that comes with other content."""
    asked = event.data
    identity = (asked.origin, asked.external_id)
    known = case.complaints.get(identity)
    if known is not None:
        if known.digest != asked.digest:
            _reused(known.ticket_id)
        return Decision(None, answer=_answer(asked, known))
    if identity in case.elsewhere:
        _reused(asked.ticket_id)
    at = happened_at(asked.opened_at, policy.times, now)
    _check_line(case.order, asked.line_id)
    slot = None if asked.order_id is None else case.tickets.get(asked.line_id)
    if slot is None:
        return _opened(case, event, policy, at, now)
    return _joined(case, event, slot, at)


def _opened(
    case: Openings, event: Envelope[OpenTicket], policy: IntakeRules, at: datetime, now: datetime
) -> Decision[Openings]:
    asked, order = event.data, case.order
    customer_id = asked.customer_id or (order.placed.customer_id if order else None)
    _check_person(asked, customer_id, asked.ticket_id)
    ticket = Ticket(
        ticket_id=asked.ticket_id,
        shop_id=event.shopid,
        origin=asked.origin,
        external_id=asked.external_id,
        opened_at=at,
        customer_id=customer_id,
        order_id=asked.order_id,
        line_id=asked.line_id,
        lane=policy.first_look.lane(asked.text, order.placed if order else None),
    )
    opened = TicketOpened(
        ticket_id=asked.ticket_id,
        external_id=asked.external_id,
        origin=asked.origin,
        channel=asked.channel,
        watched=asked.watched or asked.origin in policy.watched_origins,
        opened_at=at,
        received_at=now,
        text=asked.text,
        original=asked.original,
        language=asked.language or (order.placed.language if order else "zh"),
        customer_id=customer_id,
        contact=_contact(asked, order, customer_id),
        order_id=asked.order_id,
        line_id=asked.line_id,
        opened_goods=asked.opened_goods,
        attachments=asked.attachments,
        order=order.snapshot(asked.line_id) if order else None,
    )
    complaint = _complaint(event, ticket.ticket_id, joined=False)
    answer = _answer(asked, complaint, created=True)
    return Decision(_with(case, ticket, complaint), (opened,), answer=answer, lane=ticket.lane)


def _joined(
    case: Openings, event: Envelope[OpenTicket], ticket: Ticket, at: datetime
) -> Decision[Openings]:
    asked = event.data
    _check_person(asked, ticket.customer_id, ticket.ticket_id)
    heard, resumed = hear(ticket, at)
    message = CustomerMessageReceived(
        ticket_id=ticket.ticket_id,
        message_id=asked.ticket_id,
        text=asked.text,
        original=asked.original,
        attachments=asked.attachments,
        sent_at=at,
        repeat_of=asked.external_id,
    )
    complaint = _complaint(event, ticket.ticket_id, joined=True)
    told = (message, *resumed)
    answer = _answer(asked, complaint)
    return Decision(_with(case, heard, complaint), told, answer=answer, lane=ticket.lane)


def _with(case: Openings, ticket: Ticket, complaint: Complaint) -> Openings:
    tickets = case.tickets
    if ticket.order_id is not None:
        tickets = {**tickets, ticket.line_id: ticket}
    identity = (complaint.origin, complaint.external_id)
    return replace(
        case,
        tickets=tickets,
        complaints={**case.complaints, identity: complaint},
        moved={**case.moved, ticket.ticket_id: ticket},
        taken=(*case.taken, complaint),
    )


def _complaint(event: Envelope[OpenTicket], ticket_id: str, *, joined: bool) -> Complaint:
    asked = event.data
    return Complaint(
        shop_id=event.shopid,
        origin=asked.origin,
        external_id=asked.external_id,
        ticket_id=ticket_id,
        joined=joined,
        digest=asked.digest,
    )


def _answer(
    asked: OpenTicket, complaint: Complaint, *, created: bool = False
) -> dict[str, str | bool]:
    return {
        "ticket_id": complaint.ticket_id,
        "created": created,
        "joined": complaint.joined,
        "attempt": asked.attempt,
    }


def _contact(asked: OpenTicket, order: KnownOrder | None, customer_id: str | None) -> Contact:
    """What the complaint tells; else the order's, if it is the same customer's."""
    if asked.contact != Contact() or order is None or order.placed.customer_id != customer_id:
        return asked.contact
    return order.placed.contact


def _check_line(order: KnownOrder | None, line_id: str | None) -> None:
    if order is None or line_id is None:
        return
    if all(line.line_id != line_id for line in order.placed.lines):
        raise RefusedError("unknown_line", "the order has no such line", status=422)


def _check_person(asked: OpenTicket, customer_id: str | None, ticket_id: str) -> None:
    """Boxes must open for whoever the ticket belongs to."""
    if asked.sealed_for not in (None, person_of(customer_id, ticket_id)):
        raise RefusedError(PERSON_CHANGED, "the ticket's customer became known meanwhile")


def _reused(ticket_id: str) -> NoReturn:
    raise RefusedError(
        "id_reused", f"this external id came before with other content, for ticket {ticket_id}"
    )
