"""The textbook design beside a stack: its own database server, its own topics, the same broker.

`Baseline(stack, workers)` is what `bench service` and `bench pipeline` run against ours.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from benchmarks.baseline.read_topics import read_to_end
from benchmarks.baseline.sql_text import SQL, queries
from benchmarks.cpu import family_cpu_s
from cli.verify import read_domains, read_stores
from devstack.environment import with_account
from devstack.layout import WITH_API, ServicePorts
from devstack.ports import HOST, free_ports
from devstack.postgres import EmbeddedPostgres
from devstack.service import ProcessPart, listens, python, says_ready
from devstack.standins.accounts import load_or_create
from devstack.standins.channel_accounts import write_channel_accounts
from devstack.supervisor import Stack
from devstack.topics import create_topics
from runtime.database import Database
from runtime.migrations import Migration, migrate, migrate_all, migrations_of, role_of
from schemas.topics import TOPICS, Topic

CHAIN = ("triage", "sla", "notifier", "evidence")
"""Services that a ticket passes between its opening and its acknowledgement."""


class Baseline:
    """The services of the design with `workers` messages at once each.

    It leans on the stack's broker and secrets and shares no table, no topic and no stand-in with
    the stack's own services: messages for it go to the topics that `topic` names.
    """

    def __init__(self, stack: Stack, workers: int, services: Sequence[str] = CHAIN) -> None:
        """Nothing starts yet."""
        self.workers = workers
        self.services = tuple(services)
        self.prefix = f"baseline{workers}-"
        self._stack = stack
        self._folder = stack.run_dir / f"baseline{workers}"
        self._server: EmbeddedPostgres | None = None
        self._standins: ProcessPart | None = None
        self._parts: dict[str, ProcessPart] = {}
        self._ports: dict[str, ServicePorts] = {}
        self._database: Database | None = None

    def topic(self, name: str) -> str:
        """Its own copy of one of the system's topics."""
        return f"{self.prefix}{name}"

    @property
    def database_url(self) -> str:
        """Of its own server, with an owner's rights. Known after the start."""
        assert self._server is not None, "not started"
        return self._server.url

    async def start(self) -> None:
        """Server, tables, topics, processes; ready to take messages. Raises StackError."""
        ports = iter(free_ports(2 + 2 * len(self.services)))
        self._server = EmbeddedPostgres(
            self._folder / "postgres", port=next(ports), log_path=self._folder / "postgres.log"
        )
        self._standins = self._people(next(ports))
        await asyncio.gather(self._server.start(), self._standins.start())
        await create_topics(
            self._stack.kafka_bootstrap,
            tuple(Topic(self.topic(topic.name), "baseline") for topic in TOPICS),
        )
        self._database = await Database.connect(self.database_url, name="bench", pool=2)
        await migrate_all(self.database_url, {})
        for service in self.services:
            await self._prepare(self._database, service)
            self._ports[service] = ServicePorts(
                next(ports), next(ports) if service in WITH_API else None
            )
            self._parts[service] = self._part(service)
        await asyncio.gather(*(part.start() for part in self._parts.values()))

    async def stop(self) -> None:
        """End it all. A second call does nothing."""
        self.let_go()
        await asyncio.gather(*(part.stop() for part in self._parts.values()))
        if self._database is not None:
            await self._database.close()
        for below in (self._standins, self._server):
            if below is not None:
                await below.stop()

    async def share_keys(self) -> None:
        """Take over the persons' keys of the stack's keyring: what was sealed for the one can
        then be opened by the other. A second call takes over the newer ones."""
        assert self._database is not None, "not started"
        theirs = await Database.connect(self._stack.admin_database_url, name="bench", pool=1)
        try:
            async with theirs.transaction() as tx:
                rows = await tx.fetch(queries.keys)
        finally:
            await theirs.close()
        async with self._database.transaction() as tx:
            ids, keys = [row["key_id"] for row in rows], [row["wrapped"] for row in rows]
            await tx.value(queries.add_keys, ids, keys)

    async def doubled(self) -> int:
        """How many records of its services repeat an event that they had published before."""
        owned = [self.topic(each.name) for each in TOPICS if each.owner in self.services]
        seen: set[bytes] = set()
        records = 0
        async for record in read_to_end(self._stack.kafka_bootstrap, owned):
            records += 1
            seen.add(dict(record.headers)["ce_id"])
        return records - len(seen)

    async def handled(self, service: str) -> int:
        """How many records a service has given their effect."""
        assert self._database is not None, "not started"
        async with self._database.transaction() as tx:
            await tx.value(queries.enter, service)
            count: int = await tx.value(queries.handled)
            return count

    async def settled(self, service: str) -> bool:
        """Whether nothing is left to send to people; the rest has happened once handled."""
        assert self._database is not None, "not started"
        if service != "notifier":
            return True
        async with self._database.transaction() as tx:
            await read_stores.enter(tx, service)
            return not await read_domains.open_deliveries(tx)

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds so far of each service's process and of its database server."""
        pids = {name: part.pid for name, part in self._parts.items()}
        assert self._server is not None, "not started"
        pids["postgres"] = self._server.pid
        return {name: family_cpu_s(pid) for name, pid in pids.items() if pid is not None}

    def kafka_cpu_s(self) -> float:
        """CPU seconds so far of the broker that it shares with the stack."""
        return family_cpu_s(self._stack.process("kafka").pid)

    def hold(self) -> None:
        """Let its services stand still while another design is measured."""
        self._signal(signal.SIGSTOP)

    def let_go(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for part in self._parts.values():
            if part.pid is not None:
                os.kill(part.pid, number)

    async def _prepare(self, database: Database, service: str) -> None:
        """The service's own schema by the same migrations, and the table of handled messages."""
        text = (SQL / "0001_baseline.sql").read_text(encoding="utf-8")
        files = [*migrations_of(service), Migration("baseline", "0001_baseline", text)]
        await migrate(database, service, files, role_of(service), self._passwords[service])

    def _people(self, port: int) -> ProcessPart:
        """Stand-in providers of its own, with accounts of their own."""
        self._folder.mkdir(parents=True, exist_ok=True)
        accounts = load_or_create(self._accounts_path)
        write_channel_accounts(accounts, f"http://{HOST}:{port}", self._notifier_accounts)
        command = python(
            "devstack.standins", "--port", str(port), "--record", str(self.standins_path),
            "--accounts", str(self._accounts_path),
        )  # fmt: skip
        log_path = self._folder / "standins.log"
        return ProcessPart("baseline standins", command, log_path, port, listens(port))

    @property
    def standins_path(self) -> Path:
        """Where its stand-in providers record what they got (devstack.standins.records)."""
        return self._folder / "standins.jsonl"

    @property
    def _accounts_path(self) -> Path:
        return self._folder / "standins.accounts.json"

    @property
    def _notifier_accounts(self) -> Path:
        return self._folder / "notifier.accounts.json"

    @property
    def _passwords(self) -> dict[str, str]:
        return self._stack.keys.passwords

    def variables(self, service: str) -> dict[str, str]:
        """What a service of the design reads from its environment. Known after the start."""
        password = self._passwords[service]
        return self._stack.variables(service, self._ports[service]) | {
            "AFTERCARE_DATABASE_URL": with_account(self.database_url, role_of(service), password),
            "AFTERCARE_NOTIFIER_ACCOUNTS_FILE": str(self._notifier_accounts),
            "AFTERCARE_OBJECT_STORE": str(self._folder / "objects"),
            "AFTERCARE_DATABASE_POOL": str(4 * self.workers + 2),
            "AFTERCARE_BASELINE_WORKERS": str(self.workers),
            "AFTERCARE_BASELINE_PREFIX": self.prefix,
        }

    def _part(self, service: str) -> ProcessPart:
        port = self._ports[service].health
        return ProcessPart(
            f"baseline {service}",
            python("benchmarks.baseline", service),
            self._folder / f"{service}.log",
            port,
            says_ready(port),
            self.variables(service),
        )
