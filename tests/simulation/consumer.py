"""Doubles of aiokafka's consumer and of the loop that FastStream runs around it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, RequestTimedOutError

from tests.simulation.books import Books
from tests.simulation.broker import Broker, Group, Member, Record
from tests.simulation.lives import LIFE
from tests.simulation.requests import Requests

GRACE_S = 20.0
AFTER_ERROR_S = 5.0


class Network:
    """What doubles of Kafka's clients need to reach it."""

    def __init__(self, broker: Broker, requests: Requests, books: Books, random: Random) -> None:
        self.broker, self.requests, self.books, self.random = broker, requests, books, random

    async def ask(self, name: str, perform: Callable[[], Any], **more: Any) -> Any:
        """A request to the broker; a lost connection is a time out."""
        return await self.requests.ask(
            f"kafka {name}", perform, **{"snap": RequestTimedOutError, **more}
        )


class Consumer:
    """One member of a consumer group."""

    def __init__(self, network: Network, group: str, topics: list[str], listener: Any) -> None:
        self._network, self._broker = network, network.broker
        self._group: Group = self._broker.groups[group]
        self._listener = listener
        self._again = asyncio.Event()
        self._member = Member(LIFE.get(), topics, self._called)
        self._places: dict[TopicPartition, int] = {}
        self._joining = True
        self._taking_part: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Take part in the group from now on."""
        self._taking_part = asyncio.create_task(self._take_part(), name="group")

    async def stop(self) -> None:
        """Leave the group."""
        if self._taking_part is not None:
            self._taking_part.cancel()
            await asyncio.gather(self._taking_part, return_exceptions=True)
        await self._network.ask("leave", partial(self._group.leave, self._member), snap=None)

    def _called(self) -> None:
        """The coordinator wants everybody to join again: the next heartbeat will tell."""
        life = self._member.life
        self._network.requests.submit_for(
            life,
            "kafka heartbeat",
            self._again.set,
            lambda: life is None or life.state != "stopped",
        )

    async def _take_part(self) -> None:
        """As aiokafka's coordination: revoke, join, begin to read, and only then tell of it."""
        while True:
            self._joining = True
            await self._listener.on_partitions_revoked(set(self._places))
            places = None
            while places is None:
                self._again.clear()
                places = await self._joined()
            offsets = self._group.offsets
            self._places = {place: offsets.get(place, 0) for place in places}
            self._joining = False
            await self._listener.on_partitions_assigned(set(places))
            await self._again.wait()

    async def _joined(self) -> list[TopicPartition] | None:
        await self._network.ask("enter", partial(self._group.enter, self._member), snap=None)
        places: list[TopicPartition] | None = await self._network.ask(
            "join",
            partial(self._group.take, self._member),
            ready=partial(self._group.knows, self._member),
            snap=None,
        )
        return places

    def assignment(self) -> set[TopicPartition]:
        """As aiokafka's."""
        return set(self._places)

    def highwater(self, place: TopicPartition) -> int:
        """As aiokafka's."""
        return self._broker.end(place)

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        """As aiokafka's."""
        found: dict[TopicPartition, int] = await self._network.ask(
            "end offsets", lambda: {place: self._broker.end(place) for place in places}
        )
        return found

    async def position(self, place: TopicPartition) -> int:
        """As aiokafka's."""
        return self._places.get(place, 0)

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[Any, list[Record]]:
        """As aiokafka's: waits for the first record, and while the group is joining."""
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                await self._network.ask("poll", lambda: None, ready=self._readable, snap=None)
        except TimeoutError:
            return {}
        return self._read(max_records) if self._readable() else {}

    def _readable(self) -> bool:
        if self._joining:
            return False
        return any(at < self._broker.end(place) for place, at in self._places.items())

    def _read(self, most: int) -> dict[Any, list[Record]]:
        found: dict[Any, list[Record]] = {}
        random = self._network.random
        for place in random.sample(sorted(self._places), len(self._places)):
            at = self._places[place]
            there = self._broker.end(place) - at
            if there and most:
                take = random.randint(1, min(there, most))
                found[place] = self._broker.logs[place][at : at + take]
                self._places[place] = at + take
                most -= take
        return found

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """As aiokafka's. Raises KafkaError."""
        await self._network.ask(
            "offset commit",
            partial(self._group.commit, self._member, offsets, self._network.books),
            lasting=True,
        )


class Subscriber:
    """As FastStream's batch subscriber: polls, hands over, and does it again."""

    def __init__(self, network: Network, topics: list[str], options: dict[str, Any]) -> None:
        self._network, self._topics, self._options = network, topics, options
        self.max_records: int = options["max_records"]
        self.batch_timeout_ms: int = options["batch_timeout_ms"]
        self.get_msg: Callable[[Any], Awaitable[tuple[Record, ...]]]
        self.consumer: Consumer | None = None
        self._handle: Callable[[tuple[Record, ...]], Awaitable[None]]
        self._busy = asyncio.Lock()
        self._polling: asyncio.Task[None] | None = None

    def __call__(self, handle: Callable[[tuple[Record, ...]], Awaitable[None]]) -> None:
        """The handler of its polls."""
        self._handle = handle

    def start(self) -> None:
        """Begin to poll."""
        options = self._options
        self.consumer = Consumer(
            self._network, options["group_id"], self._topics, options["listener"]
        )
        self.consumer.start()
        self._polling = asyncio.create_task(self._poll(self.consumer), name="polling")

    async def stop(self) -> None:
        """Let the poll in hand end, if it does in time; leave the group."""
        if self._polling is None or self.consumer is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S), self._busy:
                self._polling.cancel()
        self._polling.cancel()
        await asyncio.gather(self._polling, return_exceptions=True)
        await self.consumer.stop()

    async def _poll(self, consumer: Consumer) -> None:
        while True:
            try:
                records = await self.get_msg(consumer)
            except KafkaError:
                await asyncio.sleep(AFTER_ERROR_S)
                continue
            async with self._busy:
                await self._handle(records)
