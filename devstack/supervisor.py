"""The whole system as one object: starts it in order, keeps it running, stops it in order.

`async with Stack(run_dir) as stack` is what demo, tests and benchmarks use; `aftercare up` runs
the same in a process of its own (devstack.daemon).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any

from devstack import layout
from devstack.databases import migrate
from devstack.environment import (
    ScaledClock,
    Surroundings,
    through,
    variables_of,
    write_shop_secrets,
)
from devstack.kafka import EmbeddedKafka, prepare
from devstack.keeper import Keeper, Part
from devstack.layout import ServicePorts
from devstack.plan import CONTROLLER, Options, claim, service_ports
from devstack.ports import HOST
from devstack.postgres import EmbeddedPostgres
from devstack.problems import Progress, silent
from devstack.record import Record
from devstack.service import ProcessPart, listens, python, says_ready
from devstack.standins.channel_accounts import callback_url, write_channel_accounts
from devstack.state import Keys, Phase, RunState
from devstack.topics import create_topics
from runtime.clock import wall_now

log = logging.getLogger(__name__)


class Stack:
    """Broker, database, stand-ins, span sink and services of one run folder."""

    def __init__(
        self, run_dir: Path, options: Options | None = None, progress: Progress = silent
    ) -> None:
        """Nothing starts yet. Raises ValueError for a service that there is not."""
        self.run_dir = run_dir.resolve()
        self.options = options or Options()
        self.services = layout.known(self.options.services)
        self._progress = progress
        self._record = Record(self.run_dir, RunState(), progress)

    async def __aenter__(self) -> Stack:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    # ------------------------------------------------------------ what it offers
    @property
    def ports(self) -> dict[str, int]:
        """Loopback ports: kafka, postgres, standins, spans, <service>.health, <service>.api."""
        return self._record.state.ports

    @property
    def kafka_bootstrap(self) -> str:
        """host:port of the broker, the embedded one or the one of the settings."""
        return self._record.state.kafka_bootstrap

    @property
    def admin_database_url(self) -> str:
        """URL of the database with an owner's rights, embedded or of the settings."""
        return self._record.state.database_url

    @property
    def keys(self) -> Keys:
        """Secrets of this run folder. Raises StackError before the start."""
        return self._record.keys

    @property
    def restarts(self) -> dict[str, int]:
        """How often each part came back after an unexpected end."""
        return {name: keeper.restarts for name, keeper in self._record.keepers.items()}

    @property
    def spans_path(self) -> Path:
        """Where the span sink writes (devstack.span_sink.read_spans)."""
        return self.run_dir / "spans.jsonl"

    @property
    def standins_path(self) -> Path:
        """Where the stand-in providers record what they got."""
        return self.run_dir / "standins.jsonl"

    def api_url(self, service: str) -> str:
        """Address of a service's HTTP interface."""
        return f"http://{HOST}:{self.ports[f'{service}.api']}"

    def health_url(self, service: str) -> str:
        """Address of a service's health and metrics."""
        return f"http://{HOST}:{self.ports[f'{service}.health']}"

    def log_path(self, name: str) -> Path:
        """Log of one part."""
        return self.run_dir / "logs" / f"{name}.log"

    def variables(self, service: str, ports: ServicePorts | None = None) -> dict[str, str]:
        """The AFTERCARE_ variables of a service: enough to start another instance of it.

        `ports`: where that one listens; None: where the stack's own does.
        """
        listening = ports or service_ports(service, self.ports)
        return variables_of(service, listening, self._surroundings())

    def process(self, name: str) -> Keeper:
        """A part by its name: its pid, state and restarts. Raises KeyError."""
        return self._record.keepers[name]

    async def kill(self, name: str, *, restart: bool = True) -> None:
        """Signal 9 to one part; it comes back by itself, or after `process(name).start()`."""
        await self._record.keepers[name].kill(restart=restart)

    # ------------------------------------------------------------ life
    async def start(self) -> None:
        """Start everything and wait until all of it is ready.

        Raises StackError, after having stopped what was started by then.
        """
        state = await asyncio.to_thread(claim, self.run_dir, self.options)
        self._record = Record(self.run_dir, state, self._progress)
        try:
            await self._start_below()
            await _together(
                create_topics(self.kafka_bootstrap),
                migrate(self.admin_database_url, self._passwords(), self._record.tell),
            )
            await self._start_services()
        except BaseException as error:
            await self._stop_all()
            self._record.fail(error)
            raise
        self._record.enter(Phase.READY)

    async def stop(self) -> None:
        """Services first, then what they lean on. A second call does nothing."""
        if self._record.state.phase not in {Phase.STOPPED, Phase.FAILED}:
            self._record.enter(Phase.STOPPING)
            await self._stop_all()
            self._record.enter(Phase.STOPPED)

    async def _start_below(self) -> None:
        self._record.enter(Phase.STARTING, "broker and database")
        starts = [self._start_standins(), self._start_spans()]
        if not self.kafka_bootstrap:
            starts.append(self._start_kafka())
        if not self.admin_database_url:
            starts.append(self._start_postgres())
        await _together(*starts)

    async def _start_kafka(self) -> None:
        settings = self.options.settings
        installed = await prepare(
            settings.cache, repository=settings.maven_repository, progress=self._record.tell
        )
        broker = EmbeddedKafka(
            self.run_dir / "kafka",
            installed,
            ports=(self.ports[layout.KAFKA], self.ports[CONTROLLER]),
            heap_mb=settings.kafka_heap_mb,
            flush_every_message=settings.kafka_flush_every_message,
            log_path=self.log_path(layout.KAFKA),
        )
        await self._begin(broker)
        self._record.state.kafka_bootstrap = broker.bootstrap

    async def _start_postgres(self) -> None:
        server = EmbeddedPostgres(
            self.run_dir / "postgres",
            port=self.ports[layout.POSTGRES],
            log_path=self.log_path(layout.POSTGRES),
        )
        await self._begin(server)
        self._record.state.database_url = server.url

    async def _start_standins(self) -> None:
        port = self.ports[layout.STANDINS]
        words = ("--port", str(port), "--record", str(self.standins_path))
        around = self._surroundings()
        more = ["--accounts", str(around.accounts_path)]
        if "notifier" in self.services:
            more += ["--callback-url", callback_url(around.accounts, self.api_url("notifier"))]
        more += self.options.standins_args
        await self._start_tool(layout.STANDINS, "devstack.standins", port, *words, *more)

    async def _start_spans(self) -> None:
        port = self.ports[layout.SPANS]
        words = ("--port", str(port), "--out", str(self.spans_path))
        await self._start_tool(layout.SPANS, "devstack.span_sink", port, *words)

    async def _start_tool(self, name: str, module: str, port: int, *words: str) -> None:
        command = python(module, *words)
        await self._begin(ProcessPart(name, command, self.log_path(name), port, listens(port)))

    async def _start_services(self) -> None:
        self._record.enter(Phase.STARTING, "services")
        state = self._record.state
        if self.options.scaled and state.time_origin is None:
            state.time_started_at = wall_now()
            state.time_origin = self.options.time_origin_at or state.time_started_at
        around = self._surroundings()
        await asyncio.to_thread(write_shop_secrets, around.keys, around.shop_secrets_path)
        await asyncio.to_thread(
            write_channel_accounts,
            around.accounts,
            around.providers_url,
            around.notifier_accounts_path,
        )
        await _together(*(self._begin(self._service(name)) for name in self.services))

    def _service(self, name: str) -> ProcessPart:
        port, words = self.ports[f"{name}.health"], (*self.options.led_in_by, f"services.{name}")
        variables = self.variables(name)
        return ProcessPart(
            name, python(*words), self.log_path(name), port, says_ready(port), variables
        )

    async def _begin(self, part: Part) -> None:
        keeper = Keeper(part, self._record.note)
        self._record.keepers[part.name] = keeper
        self._record.tell(part.name, "starting")
        await keeper.start()
        self._record.tell(part.name, "ready")

    def _passwords(self) -> dict[str, str]:
        return {name: self.keys.passwords[name] for name in self.services}

    async def _stop_all(self) -> None:
        below = [name for name in layout.BEFORE if name in self._record.keepers]
        above = [name for name in self._record.keepers if name not in layout.BEFORE]
        for names in (above, below):
            keepers = [self._record.keepers[name] for name in names]
            ends = await asyncio.gather(*(k.stop() for k in keepers), return_exceptions=True)
            for keeper, end in zip(keepers, ends, strict=True):
                if isinstance(end, BaseException):
                    log.error("%s did not stop: %r", keeper.name, end)

    def _surroundings(self) -> Surroundings:
        state = self._record.state
        clock = None
        if state.time_origin is not None and state.time_started_at is not None:
            scale = self.options.time_scale
            clock = ScaledClock(scale, state.time_origin, state.time_started_at)
        return Surroundings(
            run_dir=self.run_dir,
            kafka_bootstrap=self.kafka_bootstrap,
            database_url=through(self.admin_database_url, self.options.database_through),
            keys=self.keys,
            policy_dir=self.options.settings.policy_dir.resolve(),
            standins_port=self.ports[layout.STANDINS],
            spans_port=self.ports[layout.SPANS],
            clock=clock,
            extra=self.options.extra_env,
        )


async def _together(*steps: Coroutine[Any, Any, None]) -> None:
    """All at once; the first failure cancels the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
