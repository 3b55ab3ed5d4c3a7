"""The whole world of a plan: orders, their events, complaints, planted personal data.

Called by `driver` and tests. The same plan makes the same world; nothing here waits or sends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Literal
from uuid import UUID

from schemas.envelope import Payload
from schemas.orders import OrderPlaced, RefundCompleted
from simulator.catalogue import catalogue, phrases
from simulator.complaints import Complaint, Customers
from simulator.orders import Order, OrderBook
from simulator.parcels import Carriers
from simulator.people import Person
from simulator.plan import Plan
from simulator.pools import Pools
from simulator.streams import Streams

Feed = Literal["kafka", "shop_backend", "carrier", "stream_recorder"]
TOLD_BY = 0.35
"""Share of the span in which the days before are told."""
SWAPPED = 0.03
LATE = 0.01
TWICE = 0.01
PLATFORM_REFUNDS = 0.02
CANARIES = 200


@dataclass(frozen=True, slots=True)
class Fact:
    """An upstream event as it is told at `told_at`; `order` is None for stream recordings.

    OrderPlaced comes without contact data: who sends it seals the order's person in.
    """

    told_at: datetime
    event_id: UUID
    happened_at: datetime
    shop: str
    feed: Feed
    payload: Payload
    order: Order | None
    twice: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """Everything that will happen upstream, by time."""

    plan: Plan
    orders: tuple[Order, ...]
    facts: tuple[Fact, ...]
    complaints: tuple[Complaint, ...]
    canaries: tuple[Person, ...]
    """Whose phones, names and addresses must be found nowhere in the clear."""

    def fingerprint(self) -> str:
        """Short hash of all of it: equal for equal plans."""
        digest = sha256()
        for fact in self.facts:
            digest.update(f"{fact.told_at}{fact.event_id}{fact.payload!r}".encode())
        for complaint in self.complaints:
            digest.update(f"{complaint.at}{complaint.external_id}{complaint.text}".encode())
        return digest.hexdigest()[:16]


def build_world(plan: Plan) -> World:
    """Make the world of a plan; takes a few seconds for 20,000 orders."""
    goods = catalogue()
    streams = Streams(plan, goods)
    book = OrderBook(plan, goods, streams)
    orders = book.all()
    pools = Pools(Random(f"{plan.seed}/pools"), orders, goods, book.blackmailer.customer_id)
    complaints = Customers(plan, goods, phrases(), pools).all()
    facts = Telling(plan, complaints).all(orders, Carriers(plan, goods), streams)
    persons = {c.person.customer_id: c.person for c in complaints if len(c.person.name) > 2}
    return World(
        plan, tuple(orders), tuple(facts), tuple(complaints), tuple(persons.values())[:CANARIES]
    )


class Telling:
    """When and how upstream systems tell what happened: late, twice and out of order at times."""

    def __init__(self, plan: Plan, complaints: Iterable[Complaint]) -> None:
        self._plan = plan
        self._dice = Random(f"{plan.seed}/telling")
        self._complaints = tuple(complaints)
        self._needed_at: dict[str, datetime] = {}
        for complaint in self._complaints:
            self._needed_at.setdefault(complaint.order.order_id, complaint.at)

    def all(self, orders: Iterable[Order], carriers: Carriers, streams: Streams) -> list[Fact]:
        """All facts by the time they are told."""
        facts = [fact for order in orders for fact in self._of_order(order, carriers)]
        facts += self._segments(streams)
        facts += self._refunds()
        return sorted(facts, key=lambda fact: (fact.told_at, fact.event_id))

    def _of_order(self, order: Order, carriers: Carriers) -> list[Fact]:
        dice = self._dice
        placed_at = order.placed_at
        if order.course == "live":
            late_s = dice.randint(60, 600) if dice.random() < LATE else 0
            told_at = placed_at + timedelta(seconds=late_s)
            return [self._fact(order, order.placed(), placed_at, told_at)]
        events = carriers.trail(order)
        if len(events) > 1 and dice.random() < SWAPPED:
            place = dice.randrange(len(events) - 1)
            events[place], events[place + 1] = events[place + 1], events[place]
        told_at = self._begins_at(order, len(events))
        facts = [self._fact(order, order.placed(), placed_at, told_at)]
        for event in events:
            happened_at = _happened_at(event)
            told_at = max(told_at + timedelta(seconds=dice.uniform(1, 20)), happened_at)
            facts.append(self._fact(order, event, happened_at, told_at))
        return facts

    def _begins_at(self, order: Order, events: int) -> datetime:
        """While the first share of the span runs; before the first complaint about it, mostly."""
        span_s = self._plan.span_s
        told_at = self._plan.begin_at + timedelta(seconds=self._dice.uniform(0, TOLD_BY) * span_s)
        needed_at = self._needed_at.get(order.order_id)
        if needed_at is None or self._dice.random() < LATE:
            return told_at
        return min(told_at, needed_at - timedelta(seconds=30 + 20 * events))

    def _fact(
        self, order: Order, payload: Payload, happened_at: datetime, told_at: datetime
    ) -> Fact:
        feed: Feed = "kafka"
        if order.channel == "own_shop":
            by_carrier = type(payload).__name__ in ("ParcelScanned", "ParcelDelivered")
            feed = "carrier" if by_carrier else "shop_backend"
        twice = self._dice.random() < TWICE
        number = self._event_id(happened_at)
        return Fact(told_at, number, happened_at, order.shop, feed, payload, order, twice)

    def _segments(self, streams: Streams) -> list[Fact]:
        """Today's as they are recorded, over HTTP; those of the days before at the beginning."""
        found = []
        for segment in streams.segments():
            at = segment.recorded_at
            ended_at = at + timedelta(seconds=segment.end_s - segment.start_s)
            live = at >= self._plan.begin_at
            feed: Feed = "stream_recorder" if live else "kafka"
            told_at = ended_at if live else self._plan.begin_at
            shop = self._plan.shops[0]
            found.append(Fact(told_at, self._event_id(at), at, shop, feed, segment, None))
        return found

    def _refunds(self) -> list[Fact]:
        """Refunds that the platform pays by itself while the merchant still looks into it."""
        found = []
        for complaint in self._complaints:
            if complaint.repeat_of or not complaint.names_order:
                continue
            if complaint.order.course == "live" or self._dice.random() > PLATFORM_REFUNDS:
                continue
            at = complaint.at + timedelta(seconds=self._dice.randint(300, 1_800))
            if at < self._plan.end_at:
                found.append(self._refund(complaint, at.replace(microsecond=0)))
        return found

    def _refund(self, complaint: Complaint, at: datetime) -> Fact:
        order, line = complaint.order, complaint.line
        refund = RefundCompleted(
            order_id=order.order_id,
            refund_id=f"P{complaint.external_id}",
            line_id=line.line_id,
            refunded_fen=line.paid_fen,
            refunded_at=at,
            initiator="platform",
        )
        return self._fact(order, refund, at, at)

    def _event_id(self, at: datetime) -> UUID:
        """Like a UUIDv7, but the same for the same seed."""
        value = int(at.timestamp() * 1000) << 80 | self._dice.getrandbits(80)
        return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def _happened_at(event: Payload) -> datetime:
    for name in ("shipped_at", "scanned_at", "delivered_at", "received_at"):
        at = getattr(event, name, None)
        if isinstance(at, datetime):
            return at
    raise TypeError(f"{type(event).__name__} has no time")


def is_placed(payload: Payload) -> bool:
    """Whether it needs the customer's contact sealed in."""
    return isinstance(payload, OrderPlaced)
