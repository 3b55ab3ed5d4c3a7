"""Rounds with and without poison in turns: tries of each poison message, and what other keys feel.

Called by `run`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from aiokafka import AIOKafkaProducer

from benchmarks.setting import durable
from chaos.fault import FAILURES, said
from chaos.recovery.agreed import ANSWERED, BURIED, HEARD, NAME, queries
from chaos.recovery.findings import PoisonRound
from chaos.recovery.setting import Setting
from chaos.recovery.stamps import stamped_by_broker
from chaos.recovery.stream import Round, made, send
from cli.dead_letters.book import Book
from cli.dead_letters.wanted import Wanted
from cli.verify.log_facts import Id
from cli.verify.read_log import read_log
from devstack.layout import ServicePorts
from devstack.ports import free_port
from devstack.problems import StackError
from devstack.service import ProcessPart, python, says_ready
from devstack.supervisor import Stack
from devstack.topics import create_topics
from runtime.clock import monotonic_s
from runtime.database import Database
from runtime.migrations import RUNTIME, migrate, read_folder

MIGRATIONS = Path(__file__).parents[1] / "sql" / "poison"
WARM_S = 3.0
DRAIN_S, LOOK_S = 60.0, 0.2
LIKE = "triage"
"""Whose variables the desk gets; that service does not run."""


async def poison_rounds(setting: Setting) -> tuple[list[PoisonRound], str]:
    """All rounds on a broker and a database of their own; if not all could be made, those that
    were, and why. Raises StackError where there are none at all."""
    pairs: list[tuple[Round, Round]] = []
    why = ""
    async with _Bench.started(setting) as bench:
        try:
            await bench.turn("warm", WARM_S, poisoned=False)
            for number in range(setting.poison_rounds):
                pairs.append(await bench.both(number))
        except FAILURES as failure:
            if not pairs:
                raise
            why = f"{len(pairs)} of {setting.poison_rounds} rounds: {said(failure)}"
        return await bench.judged(pairs), why


@dataclass(slots=True)
class _Bench:
    setting: Setting
    stack: Stack
    producer: AIOKafkaProducer
    database: Database
    put: int = field(default=0)

    @classmethod
    @asynccontextmanager
    async def started(cls, setting: Setting) -> AsyncIterator[_Bench]:
        tell = setting.tell
        options = replace(durable(), services=())
        folder = setting.run_dir / "poison"
        async with Stack(folder, options, lambda part, doing: tell(f"{part}: {doing}")) as stack:
            await create_topics(stack.kafka_bootstrap, (HEARD, BURIED))
            await stamped_by_broker(stack.kafka_bootstrap, (HEARD.name, ANSWERED))
            database = await Database.connect(stack.admin_database_url, name="recovery", pool=1)
            producer = AIOKafkaProducer(
                bootstrap_servers=stack.kafka_bootstrap, acks="all", enable_idempotence=True
            )
            desk = _desk(stack)
            try:
                files = [*read_folder("runtime", RUNTIME), *read_folder(NAME, MIGRATIONS)]
                await migrate(database, NAME, files, None, "")
                await producer.start()
                await desk.start()
                yield cls(setting, stack, producer, database)
            finally:
                await desk.stop()
                await producer.stop()
                await database.close()

    async def both(self, number: int) -> tuple[Round, Round]:
        """A round without poison and one with it, each first in its turn. Raises StackError."""
        seconds = self.setting.poison_round_s
        found = {
            bad: await self.turn(f"r{number}{'p' if bad else 'c'}", seconds, poisoned=bad)
            for bad in (number % 2 == 1, number % 2 == 0)
        }
        return found[False], found[True]

    async def turn(self, name: str, seconds: float, *, poisoned: bool) -> Round:
        """A round, until nothing of it is left to do. Raises StackError."""
        self.setting.tell(f"poison: round {name}, {'with' if poisoned else 'without'}")
        round_ = made(name, seconds, poisoned=poisoned)
        await send(self.producer, round_.drafts)
        self.put += len(round_.drafts)
        end_s = monotonic_s() + DRAIN_S
        while True:
            async with self.database.transaction() as tx:
                await tx.execute(queries.enter_desk, NAME)
                (row,) = await tx.fetch(queries.left_to_do)
            if row["read"] >= self.put and not row["waiting"]:
                return round_
            if monotonic_s() > end_s:
                log = self.stack.log_path(NAME)
                raise StackError(f"round {name} was not done within {DRAIN_S:g} s", f"Log: {log}")
            await asyncio.sleep(LOOK_S)

    async def judged(self, pairs: list[tuple[Round, Round]]) -> list[PoisonRound]:
        """What the log and the dead letters tell of them."""
        topics = (HEARD.name, ANSWERED)
        logs, _ = await read_log(self.stack.kafka_bootstrap, topics, float("inf"))
        heard, answers = (logs[topic] for topic in topics)
        answered = dict(zip(answers.causes, answers.wall_s, strict=True))
        waits_ms = {
            event_id: (answered[event_id] - heard.wall_s[row]) * 1000
            for event_id, row in heard.row_of.items()
            if event_id in answered
        }
        letters = await Book(self.database).letters(Wanted(services=(NAME,), ended=True))
        tries = {each.event_id: each.tries for each in letters}
        return [
            PoisonRound(
                calm_ms=_healthy(calm, waits_ms),
                poisoned_ms=_healthy(poisoned, waits_ms),
                planted=len(poisoned.poison),
                tries=[tries[one] for one in poisoned.poison if one in tries],
                lacking=sum(
                    one.id.bytes not in waits_ms and one.id not in poisoned.poison
                    for one in chain(calm.drafts, poisoned.drafts)
                ),
            )
            for calm, poisoned in pairs
        ]


def _healthy(round_: Round, waits_ms: Mapping[Id, float]) -> list[float]:
    """Waits of the keys that have no poison, in either kind of round."""
    ids = (one.id for one in round_.drafts if one.id not in round_.sick)
    return [waits_ms[one.bytes] for one in ids if one.bytes in waits_ms]


def _desk(stack: Stack) -> ProcessPart:
    port = free_port()
    variables = stack.variables(LIKE, ServicePorts(port, None)) | {
        "AFTERCARE_DATABASE_URL": stack.admin_database_url
    }
    words = python("chaos.recovery.desk")
    return ProcessPart(NAME, words, stack.log_path(NAME), port, says_ready(port), variables)
