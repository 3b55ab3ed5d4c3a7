"""Three brokers: one may die and all goes on; of two nothing is taken that is not kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from devstack.kafka import prepare
from devstack.kafka_cluster import KafkaCluster
from devstack.settings import StackSettings
from runtime.clock import new_id
from schemas.envelope import Envelope
from schemas.tickets import CustomerMessageReceived
from tests.support import bus, probe
from tests.support.probe_bench import Bench

COPIES = 3
LONG_S = 120.0
REFUSED_MS = 3000


@asynccontextmanager
async def three_brokers(folder: Path) -> AsyncIterator[KafkaCluster]:
    settings = StackSettings()
    installed = await prepare(settings.cache, repository=settings.maven_repository)
    cluster = KafkaCluster(folder, installed, COPIES)
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.stop()


@asynccontextmanager
async def bench_on(cluster: KafkaCluster, database_url: str) -> AsyncIterator[Bench]:
    schema = f"probe_{new_id().hex[-10:]}"
    for topic in (schema, "tickets", "dead-letters.probe", "refused"):
        await bus.make_topic(cluster.bootstrap, topic, copies=COPIES)
    database = await probe.lay_out(database_url, schema)
    made = Bench(cluster.bootstrap, database_url, database, schema, schema)
    try:
        yield made
    finally:
        for service in list(made.services):
            await made.close(service)
        await database.close()


async def leader_of(cluster: KafkaCluster, topic: str) -> int:
    """The node that leads the topic's first partition, as soon as it is one that runs."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)

    async def running_leader() -> int:
        (found,) = await admin.describe_topics([topic])
        leader = next((int(p["leader"]) for p in found["partitions"] if p["partition"] == 0), -1)
        return leader if leader > 0 and cluster.node(leader).pid is not None else 0

    await admin.start()
    try:
        return int(await bus.until(running_leader))
    finally:
        await admin.close()


@asynccontextmanager
async def impatient(cluster: KafkaCluster) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that wants every acknowledgement, and soon."""
    made = AIOKafkaProducer(
        bootstrap_servers=cluster.bootstrap, acks="all", request_timeout_ms=REFUSED_MS
    )
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


def said(tickets: Sequence[str], first: int, last: int) -> list[Envelope[CustomerMessageReceived]]:
    return [bus.message(ticket, str(n)) for n in range(first, last) for ticket in tickets]


@pytest.mark.timeout(400)
async def test_a_leader_dies_then_only_a_minority_is_left_then_all_are_back(
    tmp_path: Path, database_url: str
) -> None:
    async with three_brokers(tmp_path) as cluster, bench_on(cluster, database_url) as bench:
        tickets = [f"{bench.schema}-{n}" for n in range(6)]
        service = await bench.open()
        gate = service.gate(service.applier(probe.desk(bench.behaviour)))
        gate.start()
        await bench.send(*said(tickets, 0, 10))
        for ticket in tickets:
            await bus.until(bench.tallied(ticket, 10), LONG_S)

        await cluster.node(await leader_of(cluster, "tickets")).kill()
        await bench.send(*said(tickets, 10, 20))
        for ticket in tickets:
            await bus.until(bench.tallied(ticket, 20), LONG_S)
        await bus.until(bench.published, LONG_S)

        async with bus.producer(cluster.bootstrap) as patient:
            await patient.send_and_wait("refused", b"two of three have it")
        async with impatient(cluster) as producer:
            await cluster.node(await leader_of(cluster, "tickets")).kill()
            with pytest.raises(KafkaError):
                await producer.send_and_wait("refused", b"nobody else has it")
        for event in said(tickets, 20, 25):
            assert (await gate.submit(event, event.to_json()))["seen"] > 20
        waiting = [r for r in await bench.rows(probe.queries.outbox) if r["published_at"] is None]
        assert len(waiting) == 5 * len(tickets)

        await cluster.start()
        await bus.until(bench.published, LONG_S)
        numbers = [str(n) for n in range(25)]
        for ticket in tickets:
            assert await bench.seen(ticket) == numbers
            assert await bench.replies(ticket) == [f"re-{n}" for n in numbers]
        await gate.stop()
