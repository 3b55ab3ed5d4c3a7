"""Puts the orders that complaints are about onto the bus, before the load begins. Called by
`__main__`; an upstream order system would have done so days ago."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from random import Random
from uuid import UUID

from benchmarks.load.plan import Place
from runtime.database import Database
from runtime.sealed import Sealer
from simulator.feeds import CHUNK, KafkaFeed
from simulator.journal import Journal
from simulator.orders import Order
from simulator.pace import Pace
from simulator.world import Fact


async def place_orders(orders: Iterable[Order], seed: int, place: Place, journal: Journal) -> int:
    """How many; the broker has them all. Raises KafkaError, DatabaseAwayError."""
    dice = Random(f"{seed}/order events")
    several = {order.order_id: order for order in orders}
    facts = [_placed(order, dice) for order in several.values()]
    database = await Database.connect(place.database_url, name="load", pool=2)
    feed = KafkaFeed(
        place.kafka_bootstrap, Sealer(database, place.master_key), journal, Pace.of({})
    )
    try:
        for first in range(0, len(facts), CHUNK):
            await feed.send(facts[first : first + CHUNK])
    finally:
        await feed.close()
        await database.close()
    return len(facts)


def _placed(order: Order, dice: Random) -> Fact:
    at = order.placed_at
    return Fact(at, _event_id(at, dice), at, order.shop, "kafka", order.placed(), order)


def _event_id(at: datetime, dice: Random) -> UUID:
    """Like a UUIDv7, but the same for the same seed."""
    value = int(at.timestamp() * 1000) << 80 | dice.getrandbits(80)
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)
