"""What the cluster alarm needs of a ticket, and nothing else: no text, no contact.

Made when a ticket is triaged, kept until it is counted; see `look`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, get_args

from pydantic import Field

from schemas.clusters import NameKind
from schemas.tickets import TicketOpened
from schemas.triage import Triaged
from schemas.values import Flag, Instant, Label, OrderLine, OrderSnapshot, ProblemClass, Ref, Value
from services.triage.domain.clusters.policy import ClusterRules
from services.triage.domain.clusters.wording import letters_of, wording_of

KINDS: tuple[NameKind, ...] = get_args(NameKind)
LONGEST = 1_000
"""Characters of a text that make its wording."""
DANGER: Literal["danger"] = "danger"
AGES_H = (24, 72, 168, 336)
"""Orders are compared with others of about their age, in hours: what goes wrong early is another
thing than what goes wrong late, whatever was bought where."""
UNKNOWN_AGE = "u"


class Sighting(Value):
    """One ticket as the alarm sees it."""

    ticket_id: Ref = Field(description="Ticket.")
    problem_class: ProblemClass = Field(description="Main class.")
    subtype: Ref = Field(description="Sub-type within the class.")
    danger: Flag = Field(default=False, description="Somebody's safety may be at risk.")
    names: dict[NameKind, Label] = Field(default={}, description="What it is about, by kind.")
    customer_id: Ref | None = Field(default=None, description="Customer.")
    order_id: Ref | None = Field(default=None, description="Order.")
    at: Instant = Field(description="When the customer complained (UTC).")
    age: str = Field(
        default=UNKNOWN_AGE, pattern="^[a-z]$", description="How old the order was, as a letter."
    )
    wording: str | None = Field(default=None, description="64 bits, 16 hex characters.")
    photos: tuple[str, ...] = Field(default=(), max_length=50, description="SHA-256, hex.")

    @property
    def aspects(self) -> tuple[str, ...]:
        """What is counted of it: its class, its sub-type, danger."""
        finer = f"{self.problem_class}.{self.subtype}"
        return (self.problem_class, finer, DANGER) if self.danger else (self.problem_class, finer)

    @property
    def people(self) -> frozenset[str]:
        """Who must count once: customer and order; the ticket itself while both are unknown."""
        known = (("c", self.customer_id), ("o", self.order_id))
        return frozenset(f"{mark}:{who}" for mark, who in known if who) or frozenset(
            (f"t:{self.ticket_id}",)
        )


def sighting_of(ticket: TicketOpened, triaged: Triaged, rules: ClusterRules) -> Sighting:
    """What is kept of a ticket. A text with fewer letters than the policy asks has no wording."""
    characters = rules.same.characters
    letters = letters_of(ticket.text[:LONGEST]) if len(ticket.text) >= characters else ""
    return Sighting.model_construct(
        ticket_id=ticket.ticket_id,
        problem_class=triaged.problem_class,
        subtype=triaged.subtype,
        danger=triaged.safety,
        names=names_of(ticket.order, ticket.line_id),
        customer_id=ticket.customer_id or (ticket.order.customer_id if ticket.order else None),
        order_id=ticket.order_id,
        at=ticket.opened_at,
        age=age_of(ticket.order, ticket.opened_at),
        wording=wording_of(letters) if len(letters) >= characters else None,
        photos=tuple(dict.fromkeys(each.sha256 for each in ticket.attachments)),
    )


def age_of(order: OrderSnapshot | None, at: datetime) -> str:
    """A letter for how old an order is."""
    if order is None:
        return UNKNOWN_AGE
    hours = (at - order.placed_at) / timedelta(hours=1)
    return "abcde"[sum(hours >= each for each in AGES_H)]


def names_of(order: OrderSnapshot | None, line_id: str | None) -> dict[NameKind, str]:
    """Names by kind. Goods only where it is known which line the complaint is about."""
    if order is None:
        return {}
    line = _line(order, line_id)
    stream = order.stream
    found: dict[NameKind, str | None] = {
        "sku": line.sku if line else None,
        "batch": line.batch if line else None,
        "session": stream.session_id if stream else None,
        "host": stream.host_id if stream else None,
        "carrier": order.carrier,
        "hub": order.hub,
    }
    return {kind: name for kind, name in found.items() if name}


def _line(order: OrderSnapshot, line_id: str | None) -> OrderLine | None:
    if len(order.lines) == 1:
        return order.lines[0]
    return next((line for line in order.lines if line.line_id == line_id), None)
