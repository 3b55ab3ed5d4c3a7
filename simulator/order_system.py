"""The order system pays what was decided and tells so. Called by `driver`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from random import Random
from typing import Any

from runtime.clock import named_id
from schemas.orders import RefundCompleted
from schemas.resolution import Resolved
from simulator.agenda import Agenda
from simulator.feeds import KafkaFeed
from simulator.pace import Pace
from simulator.world import Fact

RESOLVED = Resolved.type_name().encode()
LEAST_S, MOST_S = 10, 120
"""From the decision to the money, business seconds."""


class OrderSystem:
    """Listens to decisions with a money action; each action is paid once."""

    def __init__(self, seed: int, feed: KafkaFeed, agenda: Agenda, pace: Pace) -> None:
        self._seed = seed
        self._feed = feed
        self._agenda = agenda
        self._pace = pace
        self._paid: set[str] = set()

    def heard(self, record: Any) -> None:
        """A record of the topic `resolution`."""
        if RESOLVED not in record.value:
            return
        event = json.loads(record.value)
        data = event["data"]
        action_id = data.get("action_id")
        if not action_id or not data.get("order_id") or action_id in self._paid:
            return
        self._paid.add(action_id)
        wait_s = Random(f"{self._seed}/{action_id}").randint(LEAST_S, MOST_S)
        shop = event["shopid"]
        due_at = self._pace.now() + timedelta(seconds=wait_s)
        self._agenda.at(due_at, lambda: self._pay(shop, data, due_at.replace(microsecond=0)))

    async def _pay(self, shop: str, data: dict[str, Any], at: datetime) -> None:
        action_id = data["action_id"]
        refund = RefundCompleted(
            order_id=data["order_id"],
            refund_id=f"R-{action_id}"[:128],
            line_id=data.get("line_id"),
            refunded_fen=data.get("refund_fen", 0) + data.get("compensation_fen", 0),
            refunded_at=at,
            initiator="merchant",
            action_id=action_id,
        )
        number = named_id("simulator", "refund", shop, action_id)
        await self._feed.send([Fact(at, number, at, shop, "kafka", refund, None)])
