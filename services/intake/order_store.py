"""Orders in the database, for the desk that puts them together from events."""

from __future__ import annotations

from collections.abc import Sequence

from runtime.case import Message
from runtime.database import Tx
from schemas.orders import OrderEvent, OrderPlaced
from services.intake.domain.orders import Order, Track, order_key
from services.intake.store import open_tickets, queries


async def load_orders(tx: Tx, keys: Sequence[str], messages: Sequence[Message]) -> dict[str, Order]:
    """Orders by case key, locked and made where nobody named them before.

    What was ordered stays in the table: no rule needs it. Stream segments have no case. Tickets
    are looked up only for orders that come after somebody had named them.
    """
    wanted = set(keys)
    places = sorted(
        {
            (m.event.shopid, m.event.data.order_id)
            for m in messages
            if m.key in wanted and m.event.data.SUBJECT == OrderEvent.SUBJECT
        }
    )
    shops, numbers = [shop for shop, _ in places], [number for _, number in places]
    made = {tuple(row) for row in await tx.fetch(queries.place_orders, shops, numbers)}
    rows = await tx.fetch(queries.lock_orders, shops, numbers)
    unknown = {(row["shop_id"], row["order_id"]) for row in rows if row["placed_at"] is None} - made
    told = {
        (m.event.shopid, m.event.data.order_id)
        for m in messages
        if isinstance(m.event.data, OrderPlaced)
    }
    asked_for = await open_tickets(tx, sorted(unknown & told))
    return {
        order_key(row["shop_id"], row["order_id"]): Order(
            shop_id=row["shop_id"],
            order_id=row["order_id"],
            placed_by=row["placed_at"] and (row["placed_at"], row["placed_event"]),
            track=Track.model_validate(row["track"]),
            version=row["version"],
            asked_for=tuple(asked_for.get(order_key(row["shop_id"], row["order_id"]), {}).values()),
        )
        for row in rows
    }


async def save_orders(tx: Tx, orders: Sequence[Order]) -> int:
    """Write orders guarded by their version; returns how many were written."""
    return await tx.execute(
        queries.save_orders,
        [order.shop_id for order in orders],
        [order.order_id for order in orders],
        [order.placed and order.placed.model_dump_json(exclude_none=True) for order in orders],
        [order.placed_by and order.placed_by[0] for order in orders],
        [order.placed_by and order.placed_by[1] for order in orders],
        [order.track.model_dump_json(exclude_defaults=True) for order in orders],
        [order.version + 1 for order in orders],
    )
