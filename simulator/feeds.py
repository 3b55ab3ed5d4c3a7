"""Plays upstream facts at their time: most to the topic `orders`, some over signed HTTP.

Called by `driver`. A fact that can't be sent yet holds up those behind it: order is kept.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from runtime.backoff import Backoff
from runtime.database import ConflictError, DatabaseAwayError
from runtime.sealed import Sealer
from schemas.orders import OrderPlaced
from schemas.persons import ADDRESS, NAME, PHONE
from schemas.values import Contact
from simulator.caller import Caller, Request
from simulator.journal import Journal
from simulator.pace import Pace
from simulator.wire import body_of, headers_of, record_of
from simulator.world import Fact

TOPIC = "orders"
CHUNK = 400
"""Records under way at most; the next go out when the broker has these."""
STEP_S = 0.05
GIVE_UP_TRIES = 40
LANES = 96


class KafkaFeed:
    """Sends facts to Kafka in their order; contact data sealed, chunk by chunk."""

    def __init__(self, bootstrap: str, sealer: Sealer, journal: Journal, pace: Pace) -> None:
        self._bootstrap = bootstrap
        self._sealer = sealer
        self._journal = journal
        self._pace = pace
        self._producer: AIOKafkaProducer | None = None
        self._backoff = Backoff(0.1, 2.0)
        self._sending = asyncio.Lock()

    async def play(self, facts: Sequence[Fact]) -> None:
        """Send each fact when it is told.

        Raises KafkaError or DatabaseAwayError when broker or keyring stay away.
        """
        waiting = deque(facts)
        while waiting:
            due = _due(waiting, self._pace, CHUNK)
            if due:
                await self.send(due)
            else:
                await asyncio.sleep(STEP_S)

    async def send(self, facts: Sequence[Fact]) -> None:
        """Send facts now; returns when the broker has them all."""
        async with self._sending:
            contacts = await self._sealed(facts)
            left = [
                (fact, record_of(fact, contact), count)
                for fact, contact in zip(facts, contacts, strict=True)
                for count in range(1 + fact.twice)
            ]
            for tries in range(1, GIVE_UP_TRIES + 1):
                left = await self._attempt(left, last=tries == GIVE_UP_TRIES)
                if not left:
                    return
                await self.close()
                await asyncio.sleep(self._backoff.wait_s(tries))

    async def close(self) -> None:
        """Give the connection back; the next send opens a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(5):
                    await producer.stop()
            except (KafkaError, TimeoutError):
                return

    async def _attempt(
        self, records: list[tuple[Fact, bytes, int]], *, last: bool
    ) -> list[tuple[Fact, bytes, int]]:
        """Those that did not get through, in order."""
        try:
            producer = await self._ready()
            under_way = [
                await producer.send(
                    TOPIC,
                    value,
                    key=fact.payload.subject.encode(),
                    headers=headers_of(fact.payload),
                )
                for fact, value, _ in records
            ]
        except (KafkaError, OSError):
            if last:
                raise
            return records
        ends = await asyncio.gather(*under_way, return_exceptions=True)
        failed = []
        for one, end in zip(records, ends, strict=True):
            if isinstance(end, BaseException):
                if last:
                    raise end
                failed.append(one)
            else:
                self._note(one[0], end)
        return failed

    def _note(self, fact: Fact, place: Any) -> None:
        self._journal.note(
            "kafka",
            type(fact.payload).__name__,
            "acknowledged",
            fact.shop,
            str(fact.event_id),
            fact.payload.subject,
            answer={"topic": TOPIC, "partition": place.partition, "offset": place.offset},
        )

    async def _sealed(self, facts: Sequence[Fact]) -> list[Contact | None]:
        """Sealed contacts, waiting for the keyring. Raises DatabaseAwayError after a minute."""
        for tries in range(1, GIVE_UP_TRIES):
            try:
                return await self._contacts(facts)
            except (DatabaseAwayError, ConflictError):
                await asyncio.sleep(self._backoff.wait_s(tries))
        return await self._contacts(facts)

    async def _contacts(self, facts: Sequence[Fact]) -> list[Contact | None]:
        """Sealed contacts of the orders among the facts."""
        sealed: dict[str, Contact] = {}
        for shop in {fact.shop for fact in facts}:
            orders = [
                fact.order
                for fact in facts
                if fact.order and fact.shop == shop and isinstance(fact.payload, OrderPlaced)
            ]
            persons = [order.person for order in orders]
            secrets = [
                (person.customer_id, field, text)
                for person in persons
                for field, text in (
                    (NAME, person.name), (PHONE, person.phone), (ADDRESS, person.address)
                )
            ]  # fmt: skip
            boxes = await self._sealer.seal_many(shop, secrets) if secrets else []
            for place, order in enumerate(orders):
                name, phone, address = boxes[place * 3 : place * 3 + 3]
                sealed[order.order_id] = Contact.model_construct(
                    name=name, phone=phone, address=address, region=order.person.region
                )
        return [
            sealed.get(fact.order.order_id)
            if fact.order and isinstance(fact.payload, OrderPlaced)
            else None
            for fact in facts
        ]

    async def _ready(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id="simulator",
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                max_batch_size=128 * 1024,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer


class HttpFeed:
    """Posts facts to intake; those about one order one after the other."""

    def __init__(self, intake_url: str, caller: Caller, pace: Pace) -> None:
        self._url = intake_url
        self._caller = caller
        self._pace = pace

    async def play(self, facts: Sequence[Fact]) -> None:
        """Post each fact when it is told, in a few lanes so that one order keeps to its lane."""
        lanes: list[list[Fact]] = [[] for _ in range(LANES)]
        for fact in facts:
            lanes[sum(fact.payload.subject.encode()) % LANES].append(fact)
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(self._lane(lane))

    async def _lane(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            await self._pace.until(fact.told_at)
            for _ in range(1 + fact.twice):
                await self._post(fact)

    async def _post(self, fact: Fact) -> None:
        source, media_type, body = body_of(fact)
        number = str(fact.event_id)
        await self._caller.tell(
            Request(
                url=f"{self._url}/v1/events/{source}",
                what="events",
                shop=fact.shop,
                webhook_id=f"evt-{number}",
                about=fact.payload.subject,
                body=body,
                sent={"source": source, "event": type(fact.payload).__name__, "event_id": number},
                media_type=media_type,
            )
        )


def _due(waiting: deque[Fact], pace: Pace, most: int) -> list[Fact]:
    now = pace.now()
    due: list[Fact] = []
    while waiting and len(due) < most and waiting[0].told_at <= now:
        due.append(waiting.popleft())
    return due
