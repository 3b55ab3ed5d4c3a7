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
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage

from runtime.backoff import Backoff
from runtime.batch import Applier
from runtime.bisect import apply_apart
from runtime.clock import monotonic_s
from runtime.database import BadDataError, ConflictError, Database, DatabaseAwayError
from runtime.dead_letters import LineStoppedError
from runtime.decode import decode
from runtime.fence import Fence, FencedError, Partition, claim
from runtime.health import Health
from runtime.logs import logger
from runtime.metrics import Metrics
from runtime.settings import RuntimeSettings

log = logger(__name__)
COMMIT_EVERY_S = 0.2


class LeavingError(Exception):
    """The partitions are being taken away or the service stops: leave the batch undone."""


class Pump(ConsumerRebalanceListener):  # type: ignore[misc]
    """Feeds one desk from its topics."""

    def __init__(
        self,
        applier: Applier,
        service: str,
        instance: str,
        database: Database,
        settings: RuntimeSettings,
        metrics: Metrics,
        health: Health,
    ) -> None:
        self._applier = applier
        self._group = f"{service}.{applier.desk.name}"
        self._instance = instance
        self._database = database
        self._settings = settings
        self._metrics = metrics
        self._progress = health.watch(f"pump {applier.desk.name}")
        self._backoff = Backoff(0.05, 2.0)
        self._epochs: dict[Partition, int] = {}
        self._uncommitted: dict[TopicPartition, int] = {}
        self._applied_to: dict[TopicPartition, int] = {}
        self._committed_at = 0.0
        self._subscriber: Any = None
        self._stopped = False
        self._assignment = 0
        self._claimed = asyncio.Event()
        self._busy = asyncio.Lock()
        self._leaving = asyncio.Event()

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments for `broker.subscriber(*topics, **pump.options)`."""
        return {
            "group_id": self._group,
            "batch": True,
            "ack_policy": AckPolicy.MANUAL,
            "auto_offset_reset": "earliest",
            "isolation_level": "read_committed",
            "partition_assignment_strategy": (RangePartitionAssignor,),
            "session_timeout_ms": self._settings.session_ms,
            "heartbeat_interval_ms": max(300, self._settings.session_ms // 4),
            "batch_timeout_ms": self._settings.poll_ms,
            "max_records": self._settings.batch_records,
            "fetch_max_wait_ms": 500,
            "max_partition_fetch_bytes": 4 * 1024 * 1024,
            "listener": self,
            "parser": raw_batch,
            "decoder": undecoded,
            "no_reply": True,
        }

    def attach(self, subscriber: Any) -> None:
        """Take a FastStream batch subscriber that was made with `options`."""
        self._subscriber = subscriber
        subscriber(self.handle)

    async def handle(self, records: tuple[Any, ...]) -> None:
        """Work on one poll until it is stored; never raises, so nothing is skipped silently.

        The consumer fetches new partitions while their epochs are still being claimed: such
        records wait. Records polled before a revocation are dropped: their next owner, maybe
        this process again, reads them from the bookmark.
        """
        polled_in = self._assignment  # no suspension since the poll: it is still that one
        async with self._busy:
            try:
                await self._claimed.wait()
                if not self._stopped and polled_in == self._assignment:
                    await self._work(records)
            except LeavingError:
                log.info("batch left undone", desk=self._applier.desk.name, records=len(records))

    async def _work(self, records: Sequence[Any]) -> None:
        tries = 0
        while True:
            mine = [r for r in records if (r.topic, r.partition) in self._epochs]
            if not mine:
                return
            self._progress.busy()
            started = monotonic_s()
            try:
                await self._apply(mine)
            except FencedError as error:
                self._lost(error)
            except (DatabaseAwayError, ConflictError, LineStoppedError, KafkaError) as error:
                tries += 1
                await self._pause(error, tries)
            except Exception as error:
                tries += 1
                log.error("batch failed", desk=self._applier.desk.name, exc_info=error)
                await self._pause(error, tries)
            else:
                self._metrics.batch_took(self._applier.desk.name, monotonic_s() - started)
                await self._applied(mine)
                return

    async def _apply(self, records: Sequence[Any]) -> None:
        messages, dead = decode(records, self._applier.desk.key_of)
        ends = {(r.topic, r.partition): r.offset + 1 for r in records}
        fence = Fence(dict(self._epochs), ends)
        try:
            await self._applier.records(messages, dead, fence, {})
        except BadDataError as error:
            log.warning("batch split", desk=self._applier.desk.name, cause=str(error))
            self._metrics.batches_failed.labels(self._applier.desk.name, "bad_data").inc()
            await apply_apart(self._applier, messages, dead, fence)

    async def _pause(self, error: Exception, tries: int) -> None:
        """Wait before the same batch again, unless its partitions are leaving."""
        name = self._applier.desk.name
        cause = type(error).__name__.removesuffix("Error")
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

    async def _applied(self, records: Sequence[Any]) -> None:
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            self._uncommitted[place] = self._applied_to[place] = record.offset + 1
        self._metrics.line_stopped.labels(self._applier.desk.name).set(0)
        lag = self._lag()
        self._metrics.lag.labels(self._applier.desk.name).set(lag)
        self._progress.done(idle=lag == 0)
        if lag == 0 or monotonic_s() - self._committed_at > COMMIT_EVERY_S:
            await self._commit()

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
        """Compare what is on the broker with what was applied: finds a consumer that sleeps."""
        consumer = self._consumer
        if consumer is None or not self._epochs:
            return
        try:
            places = list(consumer.assignment())
            ends = await asyncio.wait_for(consumer.end_offsets(places), timeout=10)
            starts = {p: self._applied_to.get(p) for p in places}
            for place in [p for p, offset in starts.items() if offset is None]:
                starts[place] = await asyncio.wait_for(consumer.position(place), timeout=10)
        except (KafkaError, TimeoutError) as error:
            self._progress.trouble(f"Kafka does not answer: {type(error).__name__}")
            return
        lag = sum(max(0, end - (starts[place] or 0)) for place, end in ends.items())
        self._metrics.lag.labels(self._applier.desk.name).set(lag)
        if lag:
            self._progress.busy()
        elif not self._busy.locked():
            self._progress.done()

    async def _commit(self) -> None:
        """Bookmark what the database has. A failure costs repeats later, never a loss."""
        offsets = {
            place: offset
            for place, offset in self._uncommitted.items()
            if (place.topic, place.partition) in self._epochs
        }
        self._committed_at = monotonic_s()
        if not offsets or self._consumer is None:
            return
        try:
            await asyncio.wait_for(self._consumer.commit(offsets), timeout=5)
        except (KafkaError, TimeoutError) as error:
            self._metrics.batches_failed.labels(self._applier.desk.name, "offset_commit").inc()
            log.warning("offset commit failed", cause=type(error).__name__)
        else:
            self._uncommitted = {
                place: offset
                for place, offset in self._uncommitted.items()
                if offsets.get(place) != offset
            }

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Let the batch in hand end (or leave it), bookmark, and forget the partitions."""
        self._assignment += 1
        self._leaving.set()
        async with self._busy:
            self._claimed.clear()
            await self._commit()
            self._epochs.clear()
            self._uncommitted.clear()
            self._applied_to.clear()
        self._progress.done()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Begin new epochs: whoever held the partitions before is fenced off from now on."""
        self._leaving.clear()
        partitions = sorted((place.topic, place.partition) for place in assigned)
        tries = 0
        while partitions:
            try:
                async with self._database.transaction() as tx:
                    name = self._applier.desk.name
                    self._epochs = await claim(tx, name, self._instance, partitions)
                break
            except (DatabaseAwayError, ConflictError) as error:
                tries += 1
                self._progress.trouble(f"cannot claim partitions: {error}")
                await asyncio.sleep(self._backoff.wait_s(tries))
        self._claimed.set()

    async def stop(self) -> None:
        """Finish the batch in hand if it goes through, leave it otherwise; bookmark."""
        self._stopped = True
        self._leaving.set()
        async with self._busy:
            await self._commit()


async def raw_batch(records: tuple[Any, ...]) -> KafkaMessage:
    """Hand the poll over as it is: FastStream's own parser fails on headers that are not UTF-8."""
    return KafkaMessage(raw_message=records, body=b"", consumer=FAKE_CONSUMER)


async def undecoded(message: KafkaMessage) -> Any:
    """No decoding: the pump validates each record itself."""
    return message.raw_message
