"""Finds an order that fits a complaint; each order line is complained about once.

Called by `complaints`; pure but for its dice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from random import Random

from simulator.catalogue import Catalogue, Story, Which
from simulator.orders import Course, Line, Order

Place = tuple[Order, Line]
FITTING: dict[Which, tuple[Course, ...]] = {
    "arrived": ("arrived", "week_ago"),
    "moving": ("moving", "due_today"),
    "stalled": ("stalled",),
    "live": ("live",),
    "any": ("arrived", "week_ago", "moving", "live"),
}


class Pools:
    """Order lines in random order, by the course of their order."""

    def __init__(
        self, dice: Random, orders: Iterable[Order], goods: Catalogue, blackmailer: str
    ) -> None:
        self._goods = goods
        self._blackmailer = blackmailer
        self._used: set[str] = set()
        places: dict[Course, list[Place]] = defaultdict(list)
        for order in orders:
            places[order.course].append((order, dice.choice(order.lines)))
        self._threats = [p for p in places["arrived"] if self._is_blackmailer(p)]
        self._presents: list[Place] = []
        self._shelves: dict[tuple[Course, str], list[Place]] = defaultdict(list)
        self._claimed: list[Place] = []
        self._bad: list[Place] = []
        for found in places.values():
            dice.shuffle(found)
            self._shelve(place for place in found if not self._is_blackmailer(place))

    def take(self, story: Story) -> Place:
        """An order line for a story; the nearest that is left when none fits. Raises IndexError
        when every line is taken."""
        if story.person:
            place = self._next(self._threats)
        elif story.bad_batch:
            place = self._next(self._bad)
        elif story.claim:
            place = self._next(self._claimed)
        else:
            place = None
        if place is None:
            wanted = [(course, story.needs) for course in FITTING[story.order]]
            anywhere = [(course, "") for course in (*FITTING[story.order], *FITTING["any"], "live")]
            place = self._first([*wanted, *anywhere])
        return place

    def take_present(self) -> Place | None:
        """A line of an order that is a present with a near date, if there is one left."""
        return self._next(self._presents)

    def _shelve(self, places: Iterable[Place]) -> None:
        hosts = {host.host_id for host in self._goods.hosts if host.over_claims}
        for place in places:
            order, line = place
            for trait in ("", *sorted(line.product.traits)):
                self._shelves[order.course, trait].append(place)
            if order.gift is not None and order.course != "live":
                self._presents.append(place)
            if order.course not in FITTING["arrived"]:
                continue
            over_claimed = order.pitch is not None and order.pitch.host.host_id in hosts
            if over_claimed and "function" in line.product.traits:
                self._claimed.append(place)
            if line.batch == self._goods.bad_batch.batch:
                self._bad.append(place)

    def _first(self, shelves: list[tuple[Course, str]]) -> Place:
        for shelf in shelves:
            place = self._next(self._shelves[shelf])
            if place is not None:
                return place
        raise IndexError("every order line is taken")

    def _next(self, places: list[Place]) -> Place | None:
        while places:
            place = places.pop()
            if place[1].line_id not in self._used:
                self._used.add(place[1].line_id)
                return place
        return None

    def _is_blackmailer(self, place: Place) -> bool:
        return place[0].person.customer_id == self._blackmailer
