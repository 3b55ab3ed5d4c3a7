"""Orders of the live stream and of the days before. Called by `world`; pure but for its dice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from schemas.orders import OrderPlaced
from schemas.values import Channel, Gift, OrderLine, StreamRef
from simulator.catalogue import Catalogue, Front, Host, Product
from simulator.people import People, Person
from simulator.plan import Plan
from simulator.streams import Pitch, Streams

Course = Literal["live", "fresh", "due_today", "moving", "stalled", "arrived", "week_ago"]
"""How far an order has come; `fresh` is being shipped while the stream runs."""
HISTORY = 0.2
"""Share of orders from before the stream."""
COURSES: dict[Course, int] = {
    "fresh": 15, "due_today": 15, "moving": 12, "stalled": 8, "arrived": 35, "week_ago": 15,
}  # fmt: skip
FREIGHT_FEN = 800
HIGH_VALUE_FEN = 200_000
PRESENTS = 0.03
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One product within an order; money in fen."""

    line_id: str
    product: Product
    quantity: int
    list_fen: int
    paid_fen: int
    batch: str

    def told(self) -> OrderLine:
        """As the order system tells it."""
        return OrderLine(
            line_id=self.line_id,
            sku=self.product.sku,
            title=self.product.zh,
            quantity=self.quantity,
            list_fen=self.list_fen,
            paid_fen=self.paid_fen,
            batch=self.batch,
            custom_made="custom" in self.product.traits,
        )


@dataclass(frozen=True, slots=True)
class Order:
    """An order with its customer in the clear."""

    order_id: str
    shop: str
    channel: Channel
    person: Person
    course: Course
    placed_at: datetime
    promised_at: datetime
    lines: tuple[Line, ...]
    gift: Gift | None = None
    pitch: Pitch | None = None

    @property
    def paid_fen(self) -> int:
        """What was paid for all of it."""
        return sum(line.paid_fen for line in self.lines)

    def placed(self) -> OrderPlaced:
        """The event, without contact data."""
        pitch = self.pitch
        return OrderPlaced(
            order_id=self.order_id,
            customer_id=self.person.customer_id,
            channel=self.channel,
            placed_at=self.placed_at,
            lines=tuple(line.told() for line in self.lines),
            paid_fen=self.paid_fen,
            gift=self.gift,
            promised_delivery_at=self.promised_at,
            stream=None if pitch is None else _stream(pitch),
            language=self.person.language,
            high_value=self.paid_fen > HIGH_VALUE_FEN,
        )


class OrderBook:
    """Makes all orders of a plan."""

    def __init__(self, plan: Plan, goods: Catalogue, streams: Streams) -> None:
        self._plan = plan
        self._goods = goods
        self._streams = streams
        self._dice = Random(f"{plan.seed}/orders")
        people = Random(f"{plan.seed}/people")
        self.people = People(people, goods.people, f"C{plan.seed}-")
        self.blackmailer = self.people.newcomer("zh")
        self._weights = [product.share for product in goods.products]

    def all(self) -> list[Order]:
        """History first, then the stream's own by time."""
        count = round(self._plan.orders * HISTORY)
        courses = self._dice.choices(list(COURSES), list(COURSES.values()), k=count)
        history = [self._order(number, course) for number, course in enumerate(courses, 1)]
        live = self._plan.orders - count
        times = sorted(self._streams.rush(self._dice) for _ in range(live))
        first = count + 1
        return history + [self._order(number, "live", at) for number, at in enumerate(times, first)]

    def _order(self, number: int, course: Course, at: datetime | None = None) -> Order:
        plan, front = self._plan, self._front()
        placed_at = at or self._placed_at(course)
        abroad = front.channel == "tiktok_shop"
        pitch, product = self._bought(front, placed_at, live=course == "live")
        threatens = course == "arrived" and number * 100 <= plan.orders
        person = self.blackmailer if threatens else self.people.customer("en" if abroad else "zh")
        order_id = f"O{plan.seed}-{number:06d}"
        return Order(
            order_id=order_id,
            shop=plan.shops[number % len(plan.shops)],
            channel="douyin" if threatens else front.channel,
            person=person,
            course=course,
            placed_at=placed_at,
            promised_at=self._promised_at(course, placed_at),
            lines=self._lines(order_id, product),
            gift=self._gift(product) if front.channel != "own_shop" else None,
            pitch=pitch,
        )

    def _front(self) -> Front:
        fronts = self._goods.channels
        return self._dice.choices(fronts, [front.share for front in fronts])[0]

    def _bought(self, front: Front, at: datetime, *, live: bool) -> tuple[Pitch | None, Product]:
        """A shop front of one's own has no stream; viewers mostly buy what is being shown."""
        product = self._dice.choices(self._goods.products, self._weights)[0]
        if front.channel == "own_shop":
            return None, product
        host = self._dice.choices(self._goods.hosts, [host.share for host in self._goods.hosts])[0]
        if live and self._dice.random() < 0.6:
            product = self._streams.shown(host, at)
        return self._streams.pitch(host, product, at), product

    def _placed_at(self, course: Course) -> datetime:
        dice, begin_at = self._dice, self._plan.begin_at
        days = {
            "fresh": (0.2, 0.9), "due_today": (2.8, 3.2), "moving": (6, 9), "stalled": (4.5, 5.5),
            "arrived": (5, 12), "week_ago": (11, 12),
        }[course]  # fmt: skip
        return begin_at - DAY * dice.uniform(*days)

    def _promised_at(self, course: Course, placed_at: datetime) -> datetime:
        begin_at = self._plan.begin_at
        evening_at = begin_at.replace(hour=12, minute=0, second=0, microsecond=0)
        match course:
            case "due_today":
                return evening_at
            case "moving":
                return evening_at - DAY * self._dice.randint(1, 3)
            case "stalled":
                return evening_at + DAY * self._dice.randint(-1, 1)
            case "live" | "fresh":
                return evening_at + DAY * self._dice.randint(2, 4)
        return (placed_at + 4 * DAY).replace(hour=12, minute=0, second=0, microsecond=0)

    def _lines(self, order_id: str, first: Product) -> tuple[Line, ...]:
        dice = self._dice
        wanted = [first]
        while len(wanted) < 4 and dice.random() < 0.18:
            wanted.append(dice.choices(self._goods.products, self._weights)[0])
        counts = [dice.choices((1, 2, 3), (88, 9, 3))[0] for _ in wanted]
        lists = [product.list_fen * count for product, count in zip(wanted, counts, strict=True)]
        total_fen = sum(lists)
        coupon_fen = dice.choice((0, 0, 500, 1000, 2000, total_fen // 10))
        freight_fen = 0 if total_fen > 9_900 else FREIGHT_FEN
        paid = apportion(max(total_fen - coupon_fen, 100) + freight_fen, lists)
        return tuple(
            Line(
                line_id=f"{order_id}-{place}",
                product=product,
                quantity=count,
                list_fen=list_fen,
                paid_fen=paid_fen,
                batch=self._batch(product),
            )
            for place, (product, count, list_fen, paid_fen) in enumerate(
                zip(wanted, counts, lists, paid, strict=True), 1
            )
        )

    def _batch(self, product: Product) -> str:
        bad = self._goods.bad_batch
        if product.sku == bad.sku and self._dice.random() < 0.35:
            return bad.batch
        return f"{product.sku[0]}2602-{self._dice.randint(20, 29)}"

    def _gift(self, product: Product) -> Gift | None:
        likely = PRESENTS * (4 if "present" in product.traits else 1)
        if self._dice.random() > likely:
            return None
        occasion = self._dice.choice(self._goods.occasions)
        needed_at = self._plan.begin_at + DAY * self._dice.uniform(0.1, 9)
        return Gift(occasion=occasion.zh, needed_by=needed_at.replace(microsecond=0))


def _stream(pitch: Pitch) -> StreamRef:
    return StreamRef(
        session_id=pitch.session_id, host_id=pitch.host.host_id, offset_s=pitch.offset_s
    )


def order_host(order: Order, hosts: tuple[Host, ...]) -> Host:
    """Who sold it; the first host for what was sold without a stream."""
    return order.pitch.host if order.pitch else hosts[0]


def apportion(total_fen: int, weights: list[int]) -> list[int]:
    """Split an amount in proportion to weights; the parts are whole fen and sum to it."""
    whole = sum(weights)
    parts = [total_fen * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: (-(total_fen * weights[i] % whole), i))
    for i in by_rest[: total_fen - sum(parts)]:
        parts[i] += 1
    return parts
