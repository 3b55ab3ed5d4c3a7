"""A process of the textbook design: FastStream calls a handler for each message, which has a
transaction of its own and is acknowledged by itself. Run by `__main__`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from benchmarks.baseline.desks import Place, plan_of
from benchmarks.baseline.loops import steadily
from benchmarks.baseline.one_by_one import OneByOne
from benchmarks.baseline.settings import BaselineSettings
from runtime.case import Desk, Message
from runtime.database import Database, DatabaseAwayError
from runtime.health import Health
from runtime.logs import logger
from runtime.metrics import Metrics
from runtime.server import HttpServer, operations_app
from runtime.settings import RuntimeSettings
from schemas.envelope import UnreadableEventError
from schemas.registry import read_event

log = logger(__name__)
SESSION_MS = 300_000
"""Longer than usual: beside another design it is held still while that one is measured."""
ALARMS_EVERY_S = 0.2
AWAY_S = 0.5
Task = Callable[[], Coroutine[Any, Any, None]]


class App:
    """One service of the design in this process."""

    def __init__(self, service: str, settings: RuntimeSettings, own: BaselineSettings) -> None:
        self._service = service
        self._settings = settings
        self._own = own
        self._tasks: list[asyncio.Task[None]] = []
        self._broker = KafkaBroker(
            settings.kafka_bootstrap,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`. Raises DatabaseAwayError, KafkaError, PolicyError at the start."""
        settings, service = self._settings, self._service
        database = await Database.connect(
            settings.database_url.get_secret_value(),
            name=f"baseline-{service}",
            pool=settings.database_pool,
            variables=settings.clock_variables(),
        )
        health = Health(settings.stall_s)
        app = operations_app(health, Metrics(service))
        server = HttpServer(app, settings.listen_host, settings.health_port)
        await server.start()
        place = Place(settings, database, self._own.workers, self._one_by_one(database))
        plan = await plan_of(service, place)
        desks = [(place.one_by_one(desk), topics) for desk, topics in plan.desks]
        for one, topics in desks:
            self._listen(one, topics)
        await self._broker.start()
        running: list[Task] = [partial(steadily, one.fire, ALARMS_EVERY_S) for one, _ in desks]
        self._tasks = [asyncio.create_task(_lasting(task)) for task in (*running, *plan.tasks)]
        health.started = True
        await self._until(stop)
        await self._broker.stop()
        await server.stop()
        await database.close()

    async def _until(self, stop: asyncio.Event) -> None:
        """What runs beside the handlers never ends by itself: if it does, that is an error."""
        told = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait((told, *self._tasks), return_when=asyncio.FIRST_COMPLETED)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for ended in done - {told}:
            ended.result()

    def _one_by_one(self, database: Database) -> Callable[[Desk[Any]], OneByOne]:
        return lambda desk: OneByOne(desk, self._service, database, self._broker, self._own.prefix)

    def _listen(self, one: OneByOne, topics: Sequence[str]) -> None:
        """A subscriber for each topic: FastStream's concurrent one takes a single topic."""
        for topic in topics:
            subscriber = self._broker.subscriber(
                f"{self._own.prefix}{topic}",
                group_id=f"{self._own.prefix}{self._service}.{one.desk.name}.{topic}",
                ack_policy=AckPolicy.NACK_ON_ERROR,
                max_workers=self._own.workers,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                session_timeout_ms=SESSION_MS,
                decoder=_undecoded,
                no_reply=True,
            )
            subscriber(_handler(one))


async def _undecoded(message: KafkaMessage) -> Any:
    """The contract's own reader validates it, once."""
    return message.raw_message


def _handler(one: OneByOne) -> Callable[[Any], Coroutine[Any, Any, None]]:
    async def handle(record: Any) -> None:
        """Acknowledged when it returns; when it raises, the message comes again."""
        try:
            event = read_event(record.value)
        except UnreadableEventError as error:
            log.error("unreadable", topic=record.topic, reason=error.reason)
            return
        headers = dict(record.headers)
        traceparent = headers.get("traceparent")
        message = Message(
            id=event.id,
            key=one.desk.key_of(event),
            event=event,
            digest=0,
            raw=record.value,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            traceparent=None if traceparent is None else traceparent.decode(),
        )
        await one.apply(message)

    return handle


async def _lasting(task: Task) -> None:
    """A task that begins again when the database was away for a moment."""
    while True:
        try:
            await task()
        except* DatabaseAwayError as failures:
            log.warning("database away", cause=str(failures.exceptions[0]))
        await asyncio.sleep(AWAY_S)
