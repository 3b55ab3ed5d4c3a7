"""Publishes committed outbox batches in commit order and has them marked; `batch` enqueues.

One task per lane, so that what is urgent passes what waits: a key's events on one topic are all
in one lane. After a failure the producer is rebuilt and everything unacknowledged goes out again
in the same order: consumers may see repeats, never a gap or a swap.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from aiokafka import AIOKafkaProducer

from runtime import outbox
from runtime.backoff import Backoff
from runtime.database import Database
from runtime.health import Health, Progress
from runtime.logs import logger
from runtime.marks import Marks
from runtime.metrics import Metrics
from runtime.outbox import OutboxBatch
from runtime.record_batches import send_all
from runtime.way import Way
from schemas.topics import LANES
from schemas.values import Lane

log = logger(__name__)
ROOM_EVENTS = 20_000
RUN_EVENTS = 2_000
LEFTOVER_AGE_S = 2.0


class _Line:
    """What waits in one lane."""

    def __init__(self, lane: Lane, progress: Progress) -> None:
        self.lane = lane
        self.progress = progress
        self.queue: deque[OutboxBatch] = deque()
        self.waiting = 0
        self.wake = asyncio.Event()
        self.roomy = asyncio.Event()
        self.roomy.set()
        self.producer: AIOKafkaProducer | None = None
        """One per lane: when one is rebuilt, the other has nothing to do with it."""

    def put(self, batch: OutboxBatch) -> None:
        """Last in the queue."""
        self.queue.append(batch)
        self.waiting += len(batch.drafts)
        if self.waiting > ROOM_EVENTS:
            self.roomy.clear()
        self.wake.set()

    def run(self) -> list[OutboxBatch]:
        """What goes out together next."""
        run: list[OutboxBatch] = []
        events = 0
        for batch in self.queue:
            if run and events + len(batch.drafts) > RUN_EVENTS:
                break
            run.append(batch)
            events += len(batch.drafts)
        return run

    def drop(self, run: Sequence[OutboxBatch]) -> None:
        """Kafka has it."""
        for batch in run:
            self.queue.popleft()
            self.waiting -= len(batch.drafts)
        if self.waiting <= ROOM_EVENTS // 2:
            self.roomy.set()
        self.progress.done(idle=not self.queue)


class Publisher:
    """The way from the outbox to Kafka."""

    def __init__(
        self,
        new_producer: Callable[[], AIOKafkaProducer],
        database: Database,
        metrics: Metrics,
        health: Health,
        way: Way,
    ) -> None:
        """`new_producer` makes one that is not started yet: one a lane, another after a failure."""
        self._new_producer = new_producer
        self._database = database
        self._metrics = metrics
        self._way = way
        self._lines: dict[Lane, _Line] = {
            lane: _Line(lane, health.watch(f"publisher {lane}")) for lane in LANES
        }
        self._pending: set[UUID] = set()
        self._marks = Marks(database, health.watch("publisher marks"), self._pending)
        self._backoff = Backoff(0.1, 5.0)
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        self._sweeping: asyncio.Task[None] | None = None

    @property
    def pending(self) -> frozenset[UUID]:
        """Batches that this process is about to publish, or has published and not marked yet."""
        return frozenset(self._pending)

    def has_room(self, lane: Lane = "routine") -> bool:
        """Whether `room` returns at once."""
        return self._lines[lane].roomy.is_set()

    async def room(self, lane: Lane = "routine") -> None:
        """Wait until fewer events of the lane than the limit are waiting (back-pressure)."""
        await self._lines[lane].roomy.wait()

    def enqueue(self, batches: Sequence[OutboxBatch]) -> None:
        """Hand over committed batches.

        Commits of the same key that overtake each other on the way here stay in order: the later
        one found the earlier one unpublished (`outbox.append`) and carries it along.
        """
        for batch in batches:
            self._lines[batch.lane].put(batch)
            if not batch.partial:
                self._pending.add(batch.id)
        self._tell_waiting()

    def _tell_waiting(self) -> None:
        self._metrics.outbox_waiting.set(sum(line.waiting for line in self._lines.values()))

    async def start(self) -> None:
        """Publish what earlier processes left behind, then go on in the background."""
        await self.sweep(older_than_s=0.0)
        self._tasks = [
            asyncio.create_task(self._run(line), name=f"publisher {lane}")
            for lane, line in self._lines.items()
        ]
        self._sweeping = asyncio.create_task(self._sweep_forever(), name="publisher-sweep")

    async def stop(self) -> None:
        """Publish what is waiting (at most 10 s), then stop; the rest stays in the outbox."""
        self._stopping = True
        for line in self._lines.values():
            line.wake.set()
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.wait(self._tasks, timeout=10)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(self._sweeping, *self._tasks, return_exceptions=True)
        await self._marks.close()
        for line in self._lines.values():
            await _drop_producer(line)

    async def sweep(self, older_than_s: float = LEFTOVER_AGE_S) -> int:
        """Queue unpublished batches of dead processes; returns how many were found."""
        async with self._database.single() as tx:
            found = await outbox.leftovers(tx, self._pending, older_than_s, limit=50)
        fresh = [batch for batch in found if batch.id not in self._pending]
        self.enqueue(fresh)
        return len(fresh)

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            try:
                while await self.sweep() >= 50:
                    for lane in LANES:
                        await self.room(lane)
            except Exception as error:  # noqa: BLE001  the sweep must outlive any failure
                log.warning("outbox sweep failed", cause=type(error).__name__)

    async def _run(self, line: _Line) -> None:
        try:
            await self._ready(line)  # the first event must not wait for it
        except Exception as error:  # noqa: BLE001  sending tries again, and says so
            log.warning("no producer yet", lane=line.lane, cause=type(error).__name__)
        while not (self._stopping and not line.queue):
            await line.wake.wait()
            line.wake.clear()
            while line.queue:
                run = line.run()
                line.progress.busy()
                with self._way.held(line.lane):
                    await self._until_sent(run, line)
                line.drop(run)
                self._marks.note(batch.id for batch in run if not batch.partial)
                self._tell_waiting()

    async def _until_sent(self, run: Sequence[OutboxBatch], line: _Line) -> None:
        """Repeat it until Kafka has all of them."""
        tries = 0
        while True:
            try:
                await self._send(run, line)
            except Exception as error:  # noqa: BLE001  a dead publisher would look like an idle one
                tries += 1
                self._metrics.publish_failed.inc()
                if tries > 3:
                    line.progress.trouble(f"publishing fails: {type(error).__name__}")
                log.warning("publishing failed", cause=type(error).__name__, tries=tries)
                await _drop_producer(line)
                await asyncio.sleep(self._backoff.wait_s(tries))
            else:
                return

    async def _send(self, run: Sequence[OutboxBatch], line: _Line) -> None:
        drafts = [draft for batch in run for draft in batch.drafts]
        await send_all(await self._ready(line), drafts)
        for topic, count in Counter(draft.topic for draft in drafts).items():
            self._metrics.events_published.labels(topic).inc(count)

    async def _ready(self, line: _Line) -> AIOKafkaProducer:
        if line.producer is None:
            producer = self._new_producer()
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            line.producer = producer
        return line.producer


def producers(bootstrap: str, name: str) -> Callable[[], AIOKafkaProducer]:
    """Makes producers whose acknowledged events are in Kafka for good, in order."""
    return partial(
        AIOKafkaProducer,
        bootstrap_servers=bootstrap,
        client_id=name,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=256 * 1024,
        request_timeout_ms=15_000,
    )


async def _drop_producer(line: _Line) -> None:
    producer, line.producer = line.producer, None
    if producer is not None:
        try:
            await asyncio.wait_for(producer.stop(), timeout=5)
        except Exception as error:  # noqa: BLE001  its lane goes on with another one
            log.warning("producer did not stop cleanly", cause=type(error).__name__)
