"""Publishes committed outbox batches in commit order and marks them; `batch` enqueues.

One task per process. After a failure the producer is rebuilt and everything unacknowledged goes
out again in the same order: consumers may see repeats, never a gap or a swap.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from runtime import outbox
from runtime.backoff import Backoff
from runtime.case import Draft
from runtime.database import Database
from runtime.health import Health
from runtime.logs import logger
from runtime.metrics import Metrics
from runtime.outbox import OutboxBatch
from schemas.envelope import CONTENT_TYPE

log = logger(__name__)
ROOM_EVENTS = 20_000
RUN_EVENTS = 5_000
LEFTOVER_AGE_S = 2.0
_CONTENT = ("content-type", CONTENT_TYPE.encode())


class Publisher:
    """The way from the outbox to Kafka."""

    def __init__(
        self,
        bootstrap: str,
        name: str,
        database: Database,
        metrics: Metrics,
        health: Health,
    ) -> None:
        self._bootstrap = bootstrap
        self._name = name
        self._database = database
        self._metrics = metrics
        self._progress = health.watch("publisher")
        self._queue: deque[OutboxBatch] = deque()
        self._pending: set[UUID] = set()
        self._waiting = 0
        self._wake = asyncio.Event()
        self._roomy = asyncio.Event()
        self._roomy.set()
        self._producer: AIOKafkaProducer | None = None
        self._backoff = Backoff(0.1, 5.0)
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def pending(self) -> frozenset[UUID]:
        """Batches that this process is about to publish."""
        return frozenset(self._pending)

    @property
    def has_room(self) -> bool:
        """Whether `room` returns at once."""
        return self._roomy.is_set()

    async def room(self) -> None:
        """Wait until fewer events than the limit are waiting (back-pressure)."""
        await self._roomy.wait()

    def enqueue(self, batches: Sequence[OutboxBatch]) -> None:
        """Hand over committed batches.

        Commits of the same key that overtake each other on the way here stay in order: the later
        one found the earlier one unpublished (`predecessors`) and carries it along.
        """
        for batch in batches:
            self._queue.append(batch)
            self._waiting += len(batch.drafts)
            if not batch.partial:
                self._pending.add(batch.id)
        if self._waiting > ROOM_EVENTS:
            self._roomy.clear()
        self._metrics.outbox_waiting.set(self._waiting)
        self._wake.set()

    async def start(self) -> None:
        """Publish what earlier processes left behind, then go on in the background."""
        await self.sweep(older_than_s=0.0)
        self._tasks = [
            asyncio.create_task(self._run(), name="publisher"),
            asyncio.create_task(self._sweep_forever(), name="publisher-sweep"),
        ]

    async def stop(self) -> None:
        """Publish what is waiting (at most 10 s), then stop; the rest stays in the outbox."""
        self._stopping = True
        self._wake.set()
        if self._tasks:
            self._tasks[1].cancel()
            await asyncio.wait(self._tasks[:1], timeout=10)
            self._tasks[0].cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._drop_producer()

    async def sweep(self, older_than_s: float = LEFTOVER_AGE_S) -> int:
        """Queue unpublished batches of dead processes; returns how many were found."""
        async with self._database.transaction() as tx:
            found = await outbox.leftovers(tx, self._pending, older_than_s, limit=50)
        fresh = [batch for batch in found if batch.id not in self._pending]
        self.enqueue(fresh)
        return len(fresh)

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            try:
                while await self.sweep() >= 50:
                    await self.room()
            except Exception as error:  # noqa: BLE001  the sweep must outlive any failure
                log.warning("outbox sweep failed", cause=type(error).__name__)

    async def _run(self) -> None:
        while not (self._stopping and not self._queue):
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                run = self._next_run()
                self._progress.busy()
                await self._until_done(self._send, run)
                await self._until_done(self._mark, run)
                self._forget(run)

    async def _until_done(
        self,
        step: Callable[[Sequence[OutboxBatch]], Awaitable[None]],
        run: Sequence[OutboxBatch],
    ) -> None:
        """Repeat one step until it succeeds: what Kafka has is not sent again for a failed mark."""
        tries = 0
        while True:
            try:
                await step(run)
            except Exception as error:  # noqa: BLE001  a dead publisher would look like an idle one
                tries += 1
                self._metrics.publish_failed.inc()
                if tries > 3:
                    self._progress.trouble(f"publishing fails: {type(error).__name__}")
                log.warning("publishing failed", cause=type(error).__name__, tries=tries)
                if step == self._send:
                    await self._drop_producer()
                await asyncio.sleep(self._backoff.wait_s(tries))
            else:
                return

    def _next_run(self) -> list[OutboxBatch]:
        run: list[OutboxBatch] = []
        events = 0
        for batch in self._queue:
            if run and events + len(batch.drafts) > RUN_EVENTS:
                break
            run.append(batch)
            events += len(batch.drafts)
        return run

    async def _send(self, run: Sequence[OutboxBatch]) -> None:
        producer = await self._ready()
        sent = [
            await producer.send(
                draft.topic, draft.value, key=draft.key.encode(), headers=_headers(draft)
            )
            for batch in run
            for draft in batch.drafts
        ]
        for acknowledged in await asyncio.gather(*sent, return_exceptions=True):
            if isinstance(acknowledged, BaseException):
                raise acknowledged
        for batch in run:
            for draft in batch.drafts:
                self._metrics.events_published.labels(draft.topic).inc()

    async def _mark(self, run: Sequence[OutboxBatch]) -> None:
        whole = [batch.id for batch in run if not batch.partial]
        if whole:
            async with self._database.transaction() as tx:
                await outbox.mark_published(tx, whole)

    def _forget(self, run: Sequence[OutboxBatch]) -> None:
        for batch in run:
            self._queue.popleft()
            self._waiting -= len(batch.drafts)
            if not batch.partial:
                self._pending.discard(batch.id)
        if self._waiting <= ROOM_EVENTS // 2:
            self._roomy.set()
        self._metrics.outbox_waiting.set(self._waiting)
        self._progress.done(idle=not self._queue)

    async def _ready(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id=self._name,
                acks="all",
                enable_idempotence=True,
                linger_ms=0,
                max_batch_size=256 * 1024,
                request_timeout_ms=15_000,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                await asyncio.wait_for(producer.stop(), timeout=5)
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("producer did not stop cleanly", cause=type(error).__name__)


def _headers(draft: Draft) -> list[tuple[str, bytes]]:
    headers = [_CONTENT, ("ce_type", draft.type.encode()), ("ce_id", str(draft.id).encode())]
    if draft.traceparent:
        headers.append(("traceparent", draft.traceparent.encode()))
    return headers
