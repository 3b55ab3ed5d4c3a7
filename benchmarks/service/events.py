"""Events as the services upstream publish them, about customers and complaints of the simulator.
Called by `cases`; the contract is that of `schemas`, no rule of a service decides anything here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from runtime.clock import derived_id, new_id
from schemas.envelope import CONTENT_TYPE, Payload
from schemas.orders import (
    Inspection,
    OrderShipped,
    ParcelDelivered,
    ParcelScanned,
    ReceiptConfirmed,
)
from schemas.registry import ENVELOPES
from schemas.sla import ClockName, ClockStarted
from schemas.tickets import TicketOpened
from schemas.triage import Reason, Route, Triaged
from schemas.values import Contact, Lane, Level, OrderSnapshot, ParcelState
from simulator.complaints import Complaint

LEVELS: Mapping[Level, int] = {"L1": 10, "L2": 75, "L3": 15}
"""Of a hundred tickets, about as the rules of triage sort the simulator's complaints."""
CLOCKS: Mapping[Level, tuple[tuple[ClockName, int], ...]] = {
    "L1": (("first_contact", 900), ("solution", 7_200), ("closure", 86_400)),
    "L2": (("first_reply", 1_800), ("solution", 86_400), ("closure", 259_200)),
    "L3": (("review", 3_600), ("human_review", 14_400), ("joint_resolution", 172_800)),
}
ROUTES: Mapping[Level, Route] = {
    "L1": "urgent_group", "L2": "regular_group", "L3": "supervisor_legal",
}  # fmt: skip
REASONS = (
    Reason(rule="class.words", zh="文字提到破损与缺件", en="The text speaks of broken goods"),
    Reason(rule="level.value", zh="订单金额高于门槛", en="The order is worth more than the bound"),
    Reason(rule="emotion.marks", zh="语气强烈", en="The tone is strong"),
)
SCANS: tuple[ParcelState, ...] = ("picked_up", "in_transit", "out_for_delivery")


@dataclass(frozen=True, slots=True)
class Record:
    """A Kafka record to be. `topic` is the routine one of its lane."""

    id: UUID
    topic: str
    lane: Lane
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    kind: str
    about: str
    shop: str


@dataclass(frozen=True, slots=True)
class Story:
    """A complaint of the simulator with its customer's contact data, sealed."""

    complaint: Complaint
    contact: Contact


class Tickets:
    """Makes ticket after ticket, each of its own order, told in the words of some story."""

    def __init__(self, stories: Sequence[Story], now: datetime) -> None:
        """`now`: business time; everything was told within the seconds before."""
        self._stories = stories
        self._now = now
        self._number = 0

    def next(self, dice: Random) -> Ticket:
        """A ticket that was never there before."""
        self._number += 1
        story = self._stories[self._number % len(self._stories)]
        number = f"{new_id().hex[:12]}-{self._number:07d}"
        (level,) = dice.choices(list(LEVELS), list(LEVELS.values()))
        opened_at = self._now - timedelta(seconds=dice.uniform(2, 20))
        return Ticket(story, f"T{number}", f"D{number}", level, opened_at, self._now)


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket and its order."""

    story: Story
    ticket_id: str
    order_id: str
    level: Level
    opened_at: datetime
    now: datetime

    def placed(self) -> Record:
        """The order system tells of the order."""
        placed = self.story.complaint.order.placed()
        return self._upstream(
            placed.model_copy(update={"order_id": self.order_id, "contact": self.story.contact}),
            self.opened_at - timedelta(days=3),
        )

    def parcel(self) -> Iterable[Record]:
        """What became of the parcel."""
        at = self.opened_at - timedelta(days=2)
        head: dict[str, Any] = {"order_id": self.order_id, "parcel_id": f"W{self.order_id}"}
        seen = Inspection(passed=True, inspector="inspector-7", at=at)
        told: list[tuple[Payload, datetime]] = [
            (OrderShipped(**head, carrier="sf", shipped_at=at, weight_g=640, inspection=seen), at)
        ]
        for hours, state in enumerate(SCANS, 1):
            at += timedelta(hours=hours)
            scan = ParcelScanned(**head, carrier="sf", state=state, hub="杭州转运", scanned_at=at)
            told.append((scan, at))
        told.append((ParcelDelivered(**head, delivered_at=at, signed_by="customer"), at))
        told.append((ReceiptConfirmed(order_id=self.order_id, received_at=at), at))
        return [self._upstream(payload, when) for payload, when in told]

    def opened(self) -> Record:
        """Intake tells of the ticket, the order as it knows it inside."""
        told, order = self.story.complaint, self.story.complaint.order
        snapshot = OrderSnapshot(
            order_id=self.order_id,
            customer_id=order.person.customer_id,
            channel=order.channel,
            placed_at=order.placed_at,
            paid_fen=order.paid_fen,
            lines=tuple(line.told() for line in order.lines),
            gift=order.gift,
            promised_delivery_at=order.promised_at,
            stream=order.placed().stream,
        )
        opened = TicketOpened(
            ticket_id=self.ticket_id,
            external_id=f"A{self.ticket_id}",
            origin=told.origin,
            channel=told.channel,
            opened_at=self.opened_at,
            received_at=self.opened_at,
            text=told.text.replace(told.person.spoken_phone, "*" * 11),
            language=told.language,
            customer_id=told.person.customer_id,
            contact=self.story.contact,
            order_id=self.order_id,
            line_id=told.line.line_id,
            opened_goods=told.opened_goods,
            order=snapshot,
        )
        return self._ours(opened, "intake")

    def triaged(self) -> Record:
        """Triage tells of class and level."""
        told = self.story.complaint
        triaged = Triaged(
            ticket_id=self.ticket_id,
            problem_class=told.problem_class,
            subtype=told.story,
            nature="quality",
            level=self.level,
            emotion="annoyed",
            demands=("refund",),
            safety=False,
            threat="none",
            route=ROUTES[self.level],
            priority=500,
            reasons=REASONS,
            policy_version="triage-000000000000",
            triaged_at=self.opened_at,
            opened_at=self.opened_at,
            channel=told.channel,
            language=told.language,
            customer_id=told.person.customer_id,
            contact=self.story.contact,
            order_id=self.order_id,
            line_id=told.line.line_id,
        )
        return self._ours(triaged, "triage")

    def clocks(self) -> Iterable[Record]:
        """The clocks' service tells of the clocks that it started."""
        for name, target_s in CLOCKS[self.level]:
            started = ClockStarted(
                ticket_id=self.ticket_id,
                clock=name,
                generation=1,
                level=self.level,
                problem_class=self.story.complaint.problem_class,
                policy_version="sla-000000000000",
                anchor_at=self.opened_at,
                due_at=self.now + timedelta(seconds=target_s),
                target_s=target_s,
            )
            yield self._ours(started, "sla")

    def _ours(self, payload: Payload, service: str) -> Record:
        """A service's event: it follows from another and has the context of a trace."""
        cause = new_id()
        event_id = derived_id(cause, type(payload).__name__)
        trace = (("traceparent", f"00-{cause.hex}-{event_id.hex[:16]}-00".encode()),)
        source = f"aftercare/{service}"
        return self._record(payload, event_id, source, self.opened_at, trace, cause)

    def _upstream(self, payload: Payload, at: datetime) -> Record:
        return self._record(payload, new_id(), "upstream/simulator", at, (), None)

    def _record(
        self,
        payload: Payload,
        event_id: UUID,
        source: str,
        at: datetime,
        trace: tuple[tuple[str, bytes], ...],
        cause: UUID | None,
    ) -> Record:
        name = payload.type_name()
        envelope = ENVELOPES[name].model_construct(
            specversion="1.0",
            id=event_id,
            source=source,
            type=name,
            time=at,
            subject=payload.subject,
            datacontenttype="application/json",
            shopid=self.story.complaint.shop,
            correlationid=cause or event_id,
            causationid=cause,
            schemaversion=payload.VERSION,
            autoorigin=cause is not None,
            data=payload,
        )
        return Record(
            id=event_id,
            topic=type(payload).TOPIC,
            lane="urgent" if self.level == "L1" else "routine",
            key=payload.subject.encode(),
            value=envelope.to_json(),
            headers=(*_headers(event_id, name), *trace),
            kind=type(payload).__name__,
            about=payload.subject,
            shop=self.story.complaint.shop,
        )


def _headers(event_id: UUID, name: str) -> tuple[tuple[str, bytes], ...]:
    return (
        ("content-type", CONTENT_TYPE.encode()),
        ("ce_type", name.encode()),
        ("ce_id", str(event_id).encode()),
    )
