"""One process of the simulated service: the runtime's own parts, put together as `Service` does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any

from runtime.backoff import Backoff
from runtime.batch import Applier
from runtime.database import Database
from runtime.dead_letters import DeadLetterLimit
from runtime.health import Health
from runtime.metrics import Metrics
from runtime.publisher import Publisher
from runtime.pump import Pump
from runtime.sealed import Sealer
from runtime.service import LOOK_EVERY_S
from runtime.settings import RuntimeSettings
from runtime.telemetry import Telemetry
from runtime.ticker import Ticker
from runtime.way import Way
from runtime.workshop import Limits, Workshop
from schemas.topics import LANES, lane_of
from tests.simulation.consumer import Network, Subscriber
from tests.simulation.desk import Moods, desk
from tests.simulation.lives import LIFE, Life
from tests.simulation.pool import Pool
from tests.simulation.producer import Producer
from tests.simulation.story import TOPICS

SERVICE = "probe"
METRICS = Metrics(SERVICE)


class Process:
    """From its start to its end, in good order or not."""

    def __init__(
        self, life: Life, pool: Pool, network: Network, settings: RuntimeSettings, moods: Moods
    ) -> None:
        self.life, self.pool = life, pool
        self._network, self._settings, self._moods = network, settings, moods
        self._asked_to_stop = asyncio.Event()
        self.main: asyncio.Task[None]

    def start(self) -> None:
        """Run it in its own life."""
        context = copy_context()
        context.run(LIFE.set, self.life)
        loop = asyncio.get_running_loop()
        self.main = loop.create_task(self._run(), context=context)

    def stop(self) -> None:
        """Ask it to end in good order."""
        self._asked_to_stop.set()

    async def _run(self) -> None:
        database = Database(self.pool)
        telemetry = Telemetry.of(SERVICE, self._settings)
        health, way = Health(self._settings.stall_s), Way()
        publisher = Publisher(partial(Producer, self._network), database, METRICS, health, way)
        limits = Limits(
            Backoff(self._settings.retry_first_ms / 1000, self._settings.retry_max_ms / 1000),
            self._settings.max_tries,
            self._settings.parked_keys_max,
        )
        sealer = Sealer(database, self._settings.master_key.get_secret_value())
        shop = Workshop(
            SERVICE, True, self.life.name, database, publisher, sealer, telemetry, METRICS,
            limits, way, 1.0,
        )  # fmt: skip
        limit = DeadLetterLimit(self._settings.dead_letter_floor, self._settings.dead_letter_share)
        applier = Applier(shop, desk(self._moods), limit)
        pumps, subscribers = self._feed(applier, database, health)
        ticker = Ticker(applier, database, 1.0, health)
        await publisher.start()
        ticker.start()
        for subscriber in subscribers:
            subscriber.start()
        looking = asyncio.create_task(_look(pumps))
        await self._asked_to_stop.wait()
        looking.cancel()
        for pump in pumps:
            await _within(pump.stop(), 10)
        for subscriber in subscribers:
            await _within(subscriber.stop(), 10)
        await _within(ticker.stop(), 5)
        await publisher.stop()
        await database.close()

    def _feed(
        self, applier: Applier, database: Database, health: Health
    ) -> tuple[list[Pump], list[Subscriber]]:
        pumps, subscribers = [], []
        for lane in LANES:
            heard = [topic for topic in TOPICS if lane_of(topic) == lane]
            own = SERVICE, self.life.name, database, self._settings, METRICS, health
            pumps.append(pump := Pump(applier, *own, lane))
            subscribers.append(subscriber := Subscriber(self._network, heard, pump.options))
            pump.attach(subscriber)
        return pumps, subscribers


async def _look(pumps: list[Pump]) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        for pump in pumps:
            await pump.look()


async def _within(work: Any, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(work, timeout=seconds)
