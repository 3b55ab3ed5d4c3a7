"""The textbook design in the same run: the tickets of a round once more, from `opened` on.

Called by `run`. What it gets are copies of the records that intake published: taking complaints
in costs it nothing, which favours it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer

from benchmarks.baseline.design import Baseline
from benchmarks.figures import Tell
from benchmarks.pipeline.calm import queries
from benchmarks.pipeline.milestones import ORDERS, Life
from devstack.supervisor import Stack
from runtime.database import Database

LOOK_S = 0.25
PATIENCE_S = 60.0
ORDER_LISTENER = "notifier"


@dataclass(frozen=True, slots=True)
class Turn:
    """One round of it. Not a number where a ticket did not come to its end."""

    tickets: int
    per_s: float
    cpu_us: float
    """A ticket, over its services, its database server and the broker."""


class Textbook:
    """One setting of the design, held still but for its turns."""

    def __init__(self, stack: Stack, workers: int) -> None:
        """Beside a started stack. Nothing starts yet."""
        self._bootstrap = stack.kafka_bootstrap
        self._design = Baseline(stack, workers)
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, acks="all", linger_ms=5
        )
        self._life: Life | None = None
        self._database: Database | None = None
        self._orders: set[str] = set()

    @property
    def workers(self) -> int:
        """Messages that each of its services works on at once."""
        return self._design.workers

    async def start(self) -> None:
        """Ready for its first turn. Raises StackError, KafkaError."""
        design = self._design
        await self._producer.start()
        await design.start()
        self._life = await Life.open(self._bootstrap, design.standins_path, design.prefix)
        self._database = await Database.connect(design.database_url, name="bench", pool=1)
        design.hold()

    async def stop(self) -> None:
        """End it all, also after a start that failed."""
        if self._life is not None:
            await self._life.close()
        if self._database is not None:
            await self._database.close()
        await self._producer.stop()
        await self._design.stop()

    async def turn(self, openings: list[Any], orders: dict[str, Any], tell: Tell) -> Turn:
        """Give it these tickets at once, and wait until each has come to its end."""
        await self._design.share_keys()
        self._design.let_go()
        try:
            await self._tell_orders(openings, orders)
            before_s, began_s = self._cpu_s(), time.time()
            await self._put("tickets", openings)
            complete_s = await self._complete_s(openings, tell)
            used_s = self._cpu_s() - before_s
        finally:
            self._design.hold()
        count = len(openings)
        if not complete_s:
            return Turn(count, float("nan"), float("nan"))
        return Turn(count, count / (complete_s - began_s), used_s * 1e6 / count)

    async def _tell_orders(self, openings: Iterable[Any], orders: dict[str, Any]) -> None:
        """The orders that these tickets are about, as upstream had told them before."""
        named = {json.loads(record.value)["data"].get("order_id") for record in openings}
        fresh = {name for name in named if name in orders} - self._orders
        before = await self._design.handled(ORDER_LISTENER)
        await self._put(ORDERS, [orders[name] for name in fresh])
        self._orders |= fresh
        end_s = time.monotonic() + PATIENCE_S
        while await self._design.handled(ORDER_LISTENER) < before + len(fresh):
            if time.monotonic() > end_s:
                return
            await asyncio.sleep(LOOK_S)

    async def _put(self, topic: str, records: Iterable[Any]) -> None:
        under_way = [
            await self._producer.send(
                self._design.topic(topic), each.value, key=each.key, headers=list(each.headers)
            )
            for each in records
        ]
        await asyncio.gather(*under_way)

    async def _complete_s(self, openings: list[Any], tell: Tell) -> float:
        """When the last of them was through, since 1970; 0 if that did not come about."""
        end_s, before = time.monotonic() + PATIENCE_S, -1
        while time.monotonic() < end_s:
            ends = await self._ends(openings)
            if len(ends) == len(openings):
                messages, last_s = await self._chained(openings)
                if messages == len(openings):
                    return max(last_s, *ends)
            if len(ends) != before:
                before = len(ends)
                tell(f"textbook, {self.workers} at once: {before} of {len(openings)}")
            await asyncio.sleep(LOOK_S)
        return 0.0

    async def _ends(self, openings: list[Any]) -> list[float]:
        """When those that people have been told of were so far."""
        assert self._life is not None, "not started"
        await self._life.catch_up()
        lives = [self._life.tickets.get(record.key.decode()) for record in openings]
        return [life.told_of_s for life in lives if life is not None and life.told_of_s]

    async def _chained(self, openings: list[Any]) -> tuple[int, float]:
        """How many are in its evidence log, and since when the last is. It announces none."""
        assert self._database is not None, "not started"
        numbers = [UUID(dict(record.headers)["ce_id"].decode()) for record in openings]
        async with self._database.transaction() as tx:
            (row,) = await tx.fetch(queries.chained, numbers)
        return row["messages"], row["last_s"] or 0.0

    def _cpu_s(self) -> float:
        return sum(self._design.cpu_s().values()) + self._design.kafka_cpu_s()
