"""Who is measured: our service, the bare pass-through, the textbook design. Made by `run`.

Each has topics and processes of its own, is held still (SIGSTOP) while its messages are put
there, and is let go to work on them.
"""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.baseline.design import Baseline
from benchmarks.cpu import family_cpu_s
from benchmarks.service.bare import READY
from benchmarks.service.cases import Case
from cli.verify import read_domains, read_stores
from devstack.problems import StackError
from devstack.processes import Child, Command
from devstack.service import python
from devstack.supervisor import Stack
from devstack.topics import create_topics
from runtime.database import Database
from schemas.flows import CONSUMES
from schemas.topics import Topic

READY_S = 30.0


class Contender(Protocol):
    """One design under measurement. `share` is its part of a round's messages; `lanes`:
    urgent messages have topics of their own."""

    name: str
    prefix: str
    share: float
    lanes: bool

    async def done(self, messages: int) -> bool:
        """Whether so many messages, counted from the beginning, had their effect."""

    async def wrong(self, messages: int) -> str:
        """What is not as it should be after so many messages in all; empty when all is well."""

    async def settled(self) -> bool:
        """Whether nothing that follows from them is left to do either."""

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds so far: service, postgres, kafka."""

    def hold(self) -> None:
        """Let its process stand still. A second call changes nothing."""

    def let_go(self) -> None:
        """Let it go on."""


class Ours:
    """The service of the stack, on the real topics."""

    name, prefix, share, lanes = "ours", "", 1.0, True

    def __init__(self, stack: Stack, case: Case, database: Database) -> None:
        self._stack = stack
        self._case = case
        self._database = database

    async def done(self, messages: int) -> bool:
        """See Contender."""
        async with self._database.transaction() as tx:
            progress, waiting = await read_stores.read_progress(tx, self._case.service)
        applied = sum(progress.values())
        return applied >= messages and (self._case.end == "applied" or not waiting)

    async def wrong(self, messages: int) -> str:
        """Nothing: `aftercare verify` judges it in the end."""
        return ""

    async def settled(self) -> bool:
        """See Contender."""
        async with self._database.transaction() as tx:
            _, waiting = await read_stores.read_progress(tx, self._case.service)
            if not waiting and self._case.service == "evidence":
                waiting = await read_domains.unannounced_leaves(tx)
            if not waiting and self._case.service == "notifier":
                waiting = await read_domains.open_deliveries(tx)
        return not waiting

    def cpu_s(self) -> dict[str, float]:
        """See Contender."""
        parts = {"service": self._case.service, "postgres": "postgres", "kafka": "kafka"}
        return {kind: family_cpu_s(self._stack.process(part).pid) for kind, part in parts.items()}

    def hold(self) -> None:
        """See Contender."""
        os.kill(self._stack.process(self._case.service).pid, signal.SIGSTOP)

    def let_go(self) -> None:
        """See Contender."""
        os.kill(self._stack.process(self._case.service).pid, signal.SIGCONT)


class Bare:
    """The pass-through, on copies of the topics."""

    name, prefix, share, lanes = "bare", "bare-", 1.0, True
    OUT = "bare-out"

    def __init__(self, stack: Stack, service: str, log_path: Path) -> None:
        self._stack = stack
        self._topics = [f"{self.prefix}{topic}" for topic in CONSUMES[service]]
        self._out = [
            TopicPartition(self.OUT, part) for part in range(Topic(self.OUT, "bare").partitions)
        ]
        self._log_path = log_path
        self._child: Child | None = None
        self._looking: AIOKafkaConsumer | None = None

    async def start(self) -> None:
        """Make its topics and start it. Raises StackError when it does not come up."""
        names = [*self._topics, self.OUT]
        await create_topics(self._stack.kafka_bootstrap, tuple(Topic(n, "bare") for n in names))
        words = ("--bootstrap", self._stack.kafka_bootstrap, "--out", self.OUT, *self._topics)
        self._child = await Child.spawn(
            Command(python("benchmarks.service.bare", *words), self._log_path)
        )
        self._looking = AIOKafkaConsumer(bootstrap_servers=self._stack.kafka_bootstrap)
        await self._looking.start()
        async with asyncio.timeout(READY_S):
            while READY not in self._log_path.read_text(encoding="utf-8"):
                if self._child.exit_code is not None:
                    raise StackError("the pass-through has ended", f"Its log: {self._log_path}")
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """End it."""
        if self._looking is not None:
            await self._looking.stop()
        if self._child is not None:
            self.let_go()
            await self._child.stop()

    async def done(self, messages: int) -> bool:
        """See Contender."""
        return await self._passed_on() >= messages

    async def wrong(self, messages: int) -> str:
        """See Contender: each message once."""
        passed_on = await self._passed_on()
        return "" if passed_on == messages else f"{passed_on} of {messages} messages"

    async def _passed_on(self) -> int:
        assert self._looking is not None
        return sum((await self._looking.end_offsets(self._out)).values())

    async def settled(self) -> bool:
        """See Contender."""
        return True

    def cpu_s(self) -> dict[str, float]:
        """See Contender."""
        assert self._child is not None
        kafka = self._stack.process("kafka").pid
        return {
            "service": family_cpu_s(self._child.pid), "postgres": 0.0, "kafka": family_cpu_s(kafka)
        }  # fmt: skip

    def hold(self) -> None:
        """See Contender."""
        assert self._child is not None
        os.kill(self._child.pid, signal.SIGSTOP)

    def let_go(self) -> None:
        """See Contender."""
        if self._child is not None and self._child.exit_code is None:
            os.kill(self._child.pid, signal.SIGCONT)


class Textbook:
    """The baseline design with some number of workers, on topics and a database of its own."""

    def __init__(self, design: Baseline, service: str, share: float) -> None:
        self.name = f"baseline, {design.workers} worker{'s' if design.workers > 1 else ''}"
        self.prefix = design.prefix
        self.share, self.lanes = share, False
        self._design = design
        self._service = service

    async def done(self, messages: int) -> bool:
        """See Contender."""
        return await self._design.handled(self._service) >= messages

    async def wrong(self, messages: int) -> str:
        """See Contender: each message handled once, no event twice."""
        handled = await self._design.handled(self._service)
        if handled != messages:
            return f"{handled} of {messages} messages handled"
        doubled = await self._design.doubled()
        return f"{doubled} events doubled" if doubled else ""

    async def settled(self) -> bool:
        """See Contender."""
        return await self._design.settled(self._service)

    def cpu_s(self) -> dict[str, float]:
        """See Contender."""
        used = self._design.cpu_s()
        return {
            "service": used[self._service],
            "postgres": used["postgres"],
            "kafka": self._design.kafka_cpu_s(),
        }

    def hold(self) -> None:
        """See Contender."""
        self._design.hold()

    def let_go(self) -> None:
        """See Contender."""
        self._design.let_go()
