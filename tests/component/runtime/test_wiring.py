"""Wiring with an in-memory broker: a record published on a topic reaches the desk's table."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiokafka import TopicPartition
from faststream.kafka import TestKafkaBroker

from runtime.clock import new_id
from runtime.database import Database
from tests.support import bus, probe


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh schema with the probe's tables."""
    made = await probe.lay_out(database_url, f"probe_{new_id().hex[-10:]}")
    try:
        yield made
    finally:
        await made.close()


async def test_a_published_record_reaches_the_table(database: Database, database_url: str) -> None:
    config = probe.settings("memory:0", database_url)
    service, pump = await probe.open_probe(database, config, "wired", probe.Behaviour())
    event = bus.message("T-1", "m-1")
    async with TestKafkaBroker(service.broker) as broker:
        await pump.on_partitions_assigned([TopicPartition("wired", 0)])
        await broker.publish(event.to_json(), topic="wired", partition=0, key=b"T-1")
    async with database.transaction() as tx:
        rows = await tx.fetch(probe.queries.tallies, ["T-1"])
        out = await tx.fetch(probe.queries.outbox)
    assert [list(row["seen"]) for row in rows] == [["m-1"]]
    assert [row["topic"] for row in out] == ["tickets"]


async def test_records_of_foreign_partitions_have_no_effect(
    database: Database, database_url: str
) -> None:
    config = probe.settings("memory:0", database_url)
    service, pump = await probe.open_probe(database, config, "wired", probe.Behaviour())
    async with TestKafkaBroker(service.broker) as broker:
        await pump.on_partitions_assigned([TopicPartition("wired", 1)])
        event = bus.message("T-1", "m-1")
        await broker.publish(event.to_json(), topic="wired", partition=0, key=b"T-1")
    async with database.transaction() as tx:
        assert await tx.fetch(probe.queries.inbox) == []
