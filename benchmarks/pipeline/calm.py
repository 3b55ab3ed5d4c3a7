"""Waits until the system has done what it was given, at little cost to it. Called by `run`."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from aiokafka import AIOKafkaConsumer

from benchmarks.figures import Tell
from cli.verify.read_log import partitions_of
from cli.verify.read_stores import read_progress
from cli.verify.store_facts import Progress
from devstack.problems import StackError
from devstack.supervisor import Stack
from runtime.database import Database
from runtime.queries import Queries
from schemas.topics import topic_names

queries = Queries.load(Path(__file__).parent / "sql" / "queries.sql")
LOOK_S = 0.5
PATIENCE_S = 300.0
STUCK_S = 60.0


class Calm:
    """One connection to the database and one to the broker for all looks."""

    def __init__(self, database: Database, consumer: AIOKafkaConsumer, stack: Stack) -> None:
        self._database = database
        self._consumer = consumer
        self._services = stack.services

    @classmethod
    async def open(cls, stack: Stack) -> Calm:
        """Of a started stack. Raises KafkaError, DatabaseAwayError."""
        database = await Database.connect(stack.admin_database_url, name="bench", pool=1)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=stack.kafka_bootstrap, enable_auto_commit=False
        )
        await consumer.start()
        consumer.assign(await partitions_of(stack.kafka_bootstrap, topic_names()))
        return cls(database, consumer, stack)

    async def close(self) -> None:
        """Give the connections back."""
        await self._consumer.stop()
        await self._database.close()

    async def left(self) -> dict[str, int]:
        """Records to apply and events to publish by service, messages to send, leaves to
        announce; none at rest.

        Messages through robots are left out: those keep the pace that the provider allows.
        """
        # The databases first: what moves on meanwhile is then found as records not applied yet.
        reached: dict[str, Progress] = {}
        found: dict[str, int] = {}
        async with self._database.transaction() as tx:
            for service in self._services:
                reached[service], found[service] = await read_progress(tx, service)
                if service == "notifier":
                    found["messages"] = await tx.value(queries.messages_open)
                if service == "evidence":
                    found["leaves"] = await tx.value(queries.leaves_unannounced)
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        at = {(place.topic, place.partition): end for place, end in ends.items()}
        for service, progress in reached.items():
            found[service] += sum(
                max(0, at.get((topic, part), 0) - next_pos)
                for (_, topic, part), next_pos in progress.items()
            )
        return {name: count for name, count in found.items() if count}

    async def until_rest(self, tell: Tell, doing: str) -> float:
        """Wait for it; when it was first seen (seconds since 1970). Raises StackError when
        nothing moves any more."""
        began_s = moved_s = time.monotonic()
        before: dict[str, int] = {}
        while left := await self.left():
            now_s = time.monotonic()
            if left != before:
                told = " ".join(f"{name} {count}" for name, count in left.items())
                tell(f"{doing}: {told}")
                before, moved_s = left, now_s
            if now_s - moved_s > STUCK_S or now_s - began_s > PATIENCE_S:
                raise StackError(f"the system does not come to rest: {left}", "Its logs say why.")
            await asyncio.sleep(LOOK_S)
        return time.time()

    async def records(self) -> int:
        """Records on all topics."""
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        return sum(ends.values())

    async def stored(self) -> tuple[int, int]:
        """Bytes of the database, and bytes written to its log so far."""
        async with self._database.transaction() as tx:
            (row,) = await tx.fetch(queries.bytes_stored)
        return row["database_bytes"], row["log_bytes"]
