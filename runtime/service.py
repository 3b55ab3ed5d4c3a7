"""A service process: opens what it runs on, starts its parts in order, stops them in reverse.

`services/<name>/app.py` builds one; `services/<name>/__main__.py` runs it with `run`.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import uvloop
from faststream.kafka import KafkaBroker
from pydantic import ValidationError

from runtime.backoff import Backoff
from runtime.batch import Applier
from runtime.case import Desk
from runtime.clock import new_id
from runtime.database import Database, DatabaseAwayError
from runtime.dead_letters import DeadLetterLimit
from runtime.gate import Gate
from runtime.health import Health
from runtime.history import History
from runtime.logs import logger, set_up
from runtime.metrics import Metrics
from runtime.migrations import MigrationError, check_schema
from runtime.policy import PolicyError
from runtime.process import settle_in
from runtime.publisher import Publisher, producers
from runtime.pump import Pump
from runtime.sealed import Sealer
from runtime.server import HttpServer, operations_app
from runtime.settings import LogSettings, RuntimeSettings
from runtime.shop_secrets import SecretsError
from runtime.telemetry import Telemetry
from runtime.ticker import Ticker
from runtime.way import Way
from runtime.workshop import Limits, Workshop
from schemas.topics import LANES, in_lane
from schemas.values import Lane

log = logger(__name__)
OPEN_TRIES = 60
LOOK_EVERY_S = 5.0
METADATA_AGE_MS = 5000
"""New partitions, and topics made after the start, are found within this time."""


class Part(Protocol):
    """Something that a service starts and stops besides the runtime's own parts."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """Finish what is in hand and end."""


class Service:
    """One service of the system in this process."""

    def __init__(
        self,
        name: str,
        settings: RuntimeSettings,
        database: Database,
        *,
        automatic: bool,
        telemetry: Telemetry | None = None,
    ) -> None:
        self.name = name
        self.instance = f"{name}-{new_id().hex[-12:]}"
        self.settings = settings
        self.database = database
        self.metrics = Metrics(name)
        self.health = Health(settings.stall_s)
        self.telemetry = telemetry or Telemetry.of(name, settings)
        self.sealer = Sealer(database, settings.master_key.get_secret_value())
        self._way = Way()
        kafka = producers(settings.kafka_bootstrap, self.instance)
        self.publisher = Publisher(kafka, database, self.metrics, self.health, self._way)
        self.history = History(database, settings.history_days)
        self._workshop = self._make_workshop(automatic)
        self._pumps: list[Pump] = []
        self._gates: list[Gate] = []
        self._tickers: list[Ticker] = []
        self._parts: list[Part] = []
        self._servers = [self._operations()]
        self._looking: asyncio.Task[None] | None = None
        self.broker = self._make_broker()

    @classmethod
    async def open(
        cls,
        name: str,
        settings: RuntimeSettings,
        *,
        automatic: bool,
        telemetry: Telemetry | None = None,
    ) -> Service:
        """Connect to the database and check the schema.

        Waits up to half a minute for the database. Raises DatabaseAwayError, MigrationError.
        """
        database = await _connect(name, settings)
        await check_schema(database, name)
        return cls(name, settings, database, automatic=automatic, telemetry=telemetry)

    def _operations(self) -> HttpServer:
        app = operations_app(self.health, self.metrics)
        return HttpServer(app, self.settings.listen_host, self.settings.health_port)

    def _make_broker(self) -> KafkaBroker:
        return KafkaBroker(
            self.settings.kafka_bootstrap.split(","),  # FastStream takes a string as one server
            client_id=self.instance,
            consumer_only=True,
            allow_auto_create_topics=False,
            metadata_max_age_ms=METADATA_AGE_MS,
            apply_types=False,
            graceful_timeout=20.0,
            logger=None,
        )

    def _make_workshop(self, automatic: bool) -> Workshop:
        settings = self.settings
        return Workshop(
            service=self.name,
            automatic=automatic,
            instance=self.instance,
            database=self.database,
            publisher=self.publisher,
            sealer=self.sealer,
            telemetry=self.telemetry,
            metrics=self.metrics,
            limits=Limits(
                Backoff(settings.retry_first_ms / 1000, settings.retry_max_ms / 1000),
                settings.max_tries,
                settings.parked_keys_max,
            ),
            way=self._way,
            time_scale=settings.time_scale,
        )

    def applier(self, desk: Desk[Any]) -> Applier:
        """The one applier of a desk: pump, gate and ticker of the desk must share it."""
        limit = DeadLetterLimit(self.settings.dead_letter_floor, self.settings.dead_letter_share)
        return Applier(self._workshop, desk, limit)

    def feed(self, applier: Applier, *topics: str) -> None:
        """Feed a desk from Kafka, by a pump for each lane of `topics`, its timers and parking."""
        for lane in LANES:
            if heard := in_lane(topics, lane):
                pump = self.pump(applier, lane)
                pump.attach(self.broker.subscriber(*heard, **pump.options))
        self.ticker(applier)

    def pump(self, applier: Applier, lane: Lane = "routine") -> Pump:
        """Feed a desk from Kafka; subscribe it with `broker.subscriber(..., **pump.options)`."""
        own = self.name, self.instance, self.database, self.settings, self.metrics, self.health
        self._pumps.append(pump := Pump(applier, *own, lane))
        return pump

    def gate(self, applier: Applier) -> Gate:
        """Feed a desk from HTTP."""
        gate = Gate(applier, self.health)
        self._gates.append(gate)
        return gate

    def ticker(self, applier: Applier) -> Ticker:
        """Fire a desk's timers and retry its parked messages."""
        ticker = Ticker(applier, self.database, self.settings.time_scale, self.health)
        self._tickers.append(ticker)
        return ticker

    def add(self, part: Part) -> None:
        """Start and stop something of the service's own with it."""
        self._parts.append(part)

    def serve(self, app: Any, port: int) -> HttpServer:
        """Answer HTTP with an ASGI app."""
        server = HttpServer(app, self.settings.listen_host, port)
        self._servers.append(server)
        return server

    async def start(self) -> None:
        """Start everything; Kafka records come last."""
        await self._servers[0].start()
        await self.history.start()
        await self.publisher.start()
        for gate in self._gates:
            gate.start()
        for ticker in self._tickers:
            ticker.start()
        for part in self._parts:
            await part.start()
        for server in self._servers[1:]:
            await server.start()
        if self._pumps:
            await self.broker.start()
            self._looking = asyncio.create_task(self._look())
        self.health.started = True
        log.info("started", instance=self.instance, port=self._servers[0].port)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for pump in self._pumps:
                try:
                    await pump.look()
                except Exception as error:  # noqa: BLE001  looking must never end
                    log.error("look failed", cause=type(error).__name__)

    async def stop(self) -> None:
        """Stop in reverse order; what is unfinished is taken up again by the next process."""
        self.health.started = False
        if self._looking is not None:
            self._looking.cancel()
        for server in self._servers[1:]:
            await server.stop()
        for pump in self._pumps:
            await _within(pump.stop(), 10, "pump")
        if self._pumps:
            await _within(self.broker.stop(), 10, "broker")
        for ticker in self._tickers:
            await _within(ticker.stop(), 5, "ticker")
        for gate in self._gates:
            await _within(gate.stop(), 10, "gate")
        for part in reversed(self._parts):
            await _within(part.stop(), 10, "part")
        await self.publisher.stop()
        await self.history.stop()
        await self._servers[0].stop()
        await asyncio.to_thread(self.telemetry.close)
        await self.database.close()
        log.info("stopped", instance=self.instance)


async def _within(work: Awaitable[None], seconds: float, what: str) -> None:
    try:
        await asyncio.wait_for(work, timeout=seconds)
    except TimeoutError:
        log.warning("did not stop in time", part=what, seconds=seconds)


async def _connect(name: str, settings: RuntimeSettings) -> Database:
    for attempt in range(1, OPEN_TRIES + 1):
        try:
            return await Database.connect(
                settings.database_url.get_secret_value(),
                name=f"aftercare-{name}",
                pool=settings.database_pool,
                variables=settings.clock_variables(),
            )
        except DatabaseAwayError as error:
            if attempt == OPEN_TRIES:
                raise
            log.warning("waiting for the database", cause=str(error))
            await asyncio.sleep(0.5)
    raise AssertionError("unreachable")


def run(name: str, build: Callable[[], Awaitable[Service]]) -> int:
    """Run a service until SIGTERM or SIGINT; the exit code for `__main__`.

    2 means that it can't run as it is set up; the last log line says what to change.
    """
    set_up(name, LogSettings().log_level)
    try:
        uvloop.run(_run(build))
    except ValidationError as error:
        places = [
            f"AFTERCARE_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)
        ]
        log.error("the settings are not usable", problems=places)
        return 2
    except (MigrationError, PolicyError, SecretsError, DatabaseAwayError) as error:
        log.error("cannot start", cause=str(error))
        return 2
    return 0


async def _run(build: Callable[[], Awaitable[Service]]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    service = await build()
    settle_in(service.settings.niceness)
    starting = asyncio.create_task(service.start())
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((starting, stopped), return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        starting.result()
        await stopped
    starting.cancel()
    await asyncio.gather(starting, stopped, return_exceptions=True)
    await service.stop()
