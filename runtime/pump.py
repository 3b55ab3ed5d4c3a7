"""The pump: Kafka records in batches through an applier, offsets committed after the database.

`app.py` subscribes `Pump.handle` with FastStream; acknowledgement is ours alone. The offset
commit is only a bookmark: inbox and fence decide what has an effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError

from runtime.backoff import Backoff
from runtime.batch import Applier
from runtime.bisect import apply_apart
from runtime.bookmark import Bookmark
from runtime.clock import monotonic_s
from runtime.database import BadDataError, ConflictError, Database, DatabaseAwayError
from runtime.dead_letters import LineStoppedError
from runtime.decode import decoded
from runtime.fence import Fence, FencedError, Partition, claim
from runtime.health import Health
from runtime.logs import logger, trail
from runtime.metrics import Metrics
from runtime.polls import (
    LeavingError,
    first,
    gather_s,
    group_of,
    records_of,
    subscription,
    wait_for_records,
)
from runtime.settings import RuntimeSettings
from schemas.values import Lane

log = logger(__name__)
APART_TRIES = 3
"""A batch that failed so often for other reasons than an outage is searched for the culprit."""
SLOW_S = 3.0
"""A transaction that broke after so long may be too large for the database's patience."""


class Pump(ConsumerRebalanceListener):  # type: ignore[misc]
    """Feeds one desk from its topics of one lane."""

    def __init__(
        self,
        applier: Applier,
        service: str,
        instance: str,
        database: Database,
        settings: RuntimeSettings,
        metrics: Metrics,
        health: Health,
        lane: Lane = "routine",
    ) -> None:
        self._applier = applier
        self.lane = lane
        self._group = group_of(service, applier.desk.name, lane)
        self._instance, self._database = instance, database
        self._settings = settings
        self._metrics = metrics
        self._progress = health.watch(f"pump {self._group.removeprefix(service)[1:]}")
        self._backoff = Backoff(0.05, 2.0)
        self._epochs: dict[Partition, int] = {}
        self._applied_to: dict[TopicPartition, int] = {}
        self._subscriber: Any = None
        self._bookmark = Bookmark(applier.desk.name, metrics, lambda: self._consumer)
        self._stopped = False
        self._waited = 0
        """Tries in a row that an outage ended: they blame nothing in the batch."""
        self._assignment = 0
        self._claimed = asyncio.Event()
        self._busy = asyncio.Lock()
        self._part = self._most = records_of(settings, lane)
        self._gather_s = gather_s(settings, lane)
        self._leaving = asyncio.Event()

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments for `broker.subscriber(*topics, **pump.options)`."""
        return subscription(self._group, self._settings, self._most, self)

    def attach(self, subscriber: Any) -> None:
        """Take a FastStream batch subscriber that was made with `options`."""
        self._subscriber = wait_for_records(subscriber, self._gather_s)
        subscriber(self.handle)

    async def handle(self, records: tuple[Any, ...]) -> None:
        """Work on one poll until it is stored; never raises, so nothing is skipped silently.

        The consumer fetches new partitions while their epochs are still being claimed: such
        records wait. Records polled before a revocation are dropped: their next owner, maybe
        this process again, reads them from the bookmark.
        """
        polled_in = self._assignment  # no suspension since the poll: it is still that one
        if not await self._claims_done():
            return
        async with self._busy:
            try:
                if not self._stopped and polled_in == self._assignment:
                    await self._work(records)
            except LeavingError:
                log.info("batch left undone", desk=self._applier.desk.name, records=len(records))

    async def _claims_done(self) -> bool:
        """Wait for the claim of a new assignment; False when partitions leave or it stops."""
        if self._claimed.is_set():
            return True
        return await first(self._claimed.wait(), self._leaving.wait()) == 0

    async def _work(self, records: Sequence[Any]) -> None:
        """Apply the records in order, in parts as large as goes through."""
        tries = 0
        left = list(records)
        while left := [r for r in left if (r.topic, r.partition) in self._epochs]:
            self._progress.busy()
            part = left[: self._part]
            started = monotonic_s()
            try:
                with self._applier.way.held(self.lane):
                    await self._apply(part, apart=tries >= APART_TRIES)
            except LeavingError:
                raise
            except Exception as error:  # noqa: BLE001  FastStream would swallow it and go on
                tries = await self._failed(error, tries, part, monotonic_s() - started)
            else:
                tries = 0
                self._part = min(self._part * 2, self._most)
                self._metrics.batch_took(self._applier.desk.name, monotonic_s() - started)
                left = left[len(part) :]
                self._applied(part)

    async def _failed(
        self, error: Exception, tries: int, part: Sequence[Any], took_s: float
    ) -> int:
        """Do what the failure asks for; returns the tries so far. Raises LeavingError."""
        if isinstance(error, FencedError):
            self._lost(error)
            return tries
        if isinstance(error, LineStoppedError):
            if not self._smaller(part):
                await self._pause(error, tries)
            return tries
        if isinstance(error, DatabaseAwayError | KafkaError):
            if took_s > SLOW_S:
                self._smaller(part)
            self._waited += 1
            await self._pause(error, self._waited)
            return tries
        if not isinstance(error, ConflictError):
            log.error("batch failed", desk=self._applier.desk.name, trail=trail(error))
        await self._pause(error, tries + 1)
        return tries + 1

    def _smaller(self, part: Sequence[Any]) -> bool:
        """Halve the part that is tried next; False when it was a single record already."""
        self._part = max(1, len(part) // 2)
        return len(part) > 1

    async def _apply(self, records: Sequence[Any], *, apart: bool) -> None:
        """Apply one part; `apart` looks for the messages that make it fail again and again."""
        to = self._applier
        if not to.has_room(self.lane) and await first(to.room(self.lane), self._leaving.wait()):
            raise LeavingError
        messages, dead = await decoded(records, to.desk.key_of, to.heard, to.way)
        fence = Fence(dict(self._epochs), _ends(records))
        if apart:
            await apply_apart(self._applier, messages, dead, fence)
            return
        try:
            await self._applier.records(messages, dead, fence, {})
        except BadDataError as error:
            log.warning("batch split", desk=self._applier.desk.name, cause=str(error))
            self._metrics.batches_failed.labels(self._applier.desk.name, "bad_data").inc()
            await apply_apart(self._applier, messages, dead, fence)

    async def _pause(self, error: Exception, tries: int) -> None:
        """Wait before the same batch again, unless its partitions are leaving."""
        name, cause = self._applier.desk.name, type(error).__name__.removesuffix("Error")
        self._metrics.batches_failed.labels(name, cause).inc()
        stopped = isinstance(error, LineStoppedError)
        self._metrics.line_stopped.labels(name).set(int(stopped))
        if stopped or tries > 3:
            self._progress.trouble(f"{cause}: {error}")
            log.warning("batch waits", desk=name, cause=cause, detail=str(error), tries=tries)
        wait = 1.0 if stopped else self._backoff.wait_s(tries)
        try:
            await asyncio.wait_for(self._leaving.wait(), timeout=wait)
        except TimeoutError:
            return
        raise LeavingError

    def _lost(self, error: FencedError) -> None:
        log.warning("fenced off", desk=self._applier.desk.name, partitions=len(error.lost))
        for partition in error.lost:
            self._epochs.pop(partition, None)
            self._bookmark.drop(TopicPartition(*partition))

    def _applied(self, records: Sequence[Any]) -> None:
        self._waited = 0
        for (topic, partition), offset in _ends(records).items():
            place = TopicPartition(topic, partition)
            self._applied_to[place] = offset
            self._bookmark.note(place, offset)
        self._metrics.line_stopped.labels(self._applier.desk.name).set(0)
        self._metrics.lag.labels(self._applier.desk.name, self.lane).set(self._lag())
        self._progress.done()

    @property
    def _consumer(self) -> Any:
        """The running aiokafka consumer; None before the start and with an in-memory broker."""
        return getattr(self._subscriber, "consumer", None)

    def _lag(self) -> int:
        if self._consumer is None:
            return 0
        held = [p for p in self._applied_to if (p.topic, p.partition) in self._epochs]
        return sum(
            max(0, (self._consumer.highwater(place) or 0) - self._applied_to[place])
            for place in held
        )

    async def look(self) -> None:
        """Compare what is on the broker with what was read: finds a consumer that sleeps."""
        consumer = self._consumer
        if consumer is None:
            return
        if not self._claimed.is_set():
            self._progress.busy()
            return
        try:
            places = list(consumer.assignment())
            ends = await asyncio.wait_for(consumer.end_offsets(places), timeout=10)
            read = {p: await asyncio.wait_for(consumer.position(p), timeout=10) for p in places}
        except (KafkaError, TimeoutError) as error:
            self._progress.trouble(f"Kafka does not answer: {type(error).__name__}")
            return
        lag = sum(max(0, end - read[place]) for place, end in ends.items())
        self._metrics.lag.labels(self._applier.desk.name, self.lane).set(lag)
        lost = sum((p.topic, p.partition) not in self._epochs for p in places)
        if lost:
            self._progress.trouble(f"fenced off from {lost} assigned partitions")
        elif lag:
            self._progress.busy()
        elif not self._busy.locked():
            self._progress.done()

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Let the batch in hand end (or leave it), bookmark, and forget the partitions."""
        self._assignment += 1
        self._leaving.set()
        async with self._busy:
            self._claimed.clear()
            await self._bookmark.close()
            self._epochs.clear()
            self._applied_to.clear()
        self._progress.done()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Begin new epochs: whoever held the partitions before is fenced off from now on."""
        self._leaving.clear()
        partitions = sorted((place.topic, place.partition) for place in assigned)
        tries = 0
        while partitions and not self._stopped:
            try:
                async with self._database.transaction() as tx:
                    name = self._applier.desk.name
                    self._epochs = await claim(tx, name, self._instance, partitions)
                break
            except Exception as error:  # noqa: BLE001  aiokafka would swallow it and go on
                tries += 1
                self._progress.trouble(f"cannot claim partitions: {type(error).__name__}")
                log.warning("claim failed", desk=self._applier.desk.name, cause=str(error))
                await asyncio.sleep(self._backoff.wait_s(tries))
        self._claimed.set()

    async def stop(self) -> None:
        """Finish the batch in hand if it goes through, leave it otherwise; bookmark."""
        self._stopped = True
        self._leaving.set()
        async with self._busy:
            await self._bookmark.close()


def _ends(records: Sequence[Any]) -> dict[Partition, int]:
    """The next offset of each partition."""
    return {(record.topic, record.partition): record.offset + 1 for record in records}
