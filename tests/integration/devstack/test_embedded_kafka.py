"""The embedded broker: what was acknowledged is there after a kill."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from devstack import jars
from devstack.kafka import MB, EmbeddedKafka, Installation, claim_room, prepare
from devstack.ports import HOST, free_port
from devstack.problems import StackError
from devstack.settings import StackSettings
from devstack.topics import create_topics
from schemas.topics import Topic
from tests.support.bus import LONG_S

TOPIC = Topic("kept", owner="tests", partitions=2)


async def installed() -> Installation:
    settings = StackSettings()
    return await prepare(settings.cache, repository=settings.maven_repository)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[EmbeddedKafka]:
    made = EmbeddedKafka(tmp_path, await installed())
    await made.start()
    yield made
    await made.stop()


@asynccontextmanager
async def file_server(folder: Path) -> AsyncIterator[str]:
    """A Maven repository on loopback: plain files."""
    app = web.Application()
    app.router.add_static("/", folder)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, HOST, port := free_port())
    await site.start()
    try:
        yield f"http://{HOST}:{port}"
    finally:
        await runner.cleanup()


async def produce(broker: EmbeddedKafka, first: int, last: int) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap, enable_idempotence=True, acks="all"
    )
    await producer.start()
    try:
        sent = [
            await producer.send(TOPIC.name, b"%d" % number, key=b"%d" % number)
            for number in range(first, last)
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def consume(broker: EmbeddedKafka, count: int) -> list[int]:
    consumer = AIOKafkaConsumer(
        TOPIC.name,
        bootstrap_servers=broker.bootstrap,
        group_id="readers",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        session_timeout_ms=20_000,
        heartbeat_interval_ms=300,
    )
    await consumer.start()
    try:
        found: dict[tuple[int, int], int] = {}
        async with asyncio.timeout(LONG_S):
            while len(found) < count:
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    found |= {(each.partition, each.offset): int(each.value) for each in batch}
        return sorted(found.values())
    finally:
        await consumer.stop()


async def test_acknowledged_records_survive_kill_9(broker: EmbeddedKafka) -> None:
    where = broker.bootstrap
    await create_topics(where, (TOPIC,))
    await produce(broker, 0, 500)
    await broker.kill()
    assert broker.pid is None

    await broker.start()
    assert broker.bootstrap == where
    await produce(broker, 500, 600)
    assert await consume(broker, 600) == list(range(600))


async def test_topics_are_created_once_as_described(broker: EmbeddedKafka) -> None:
    await create_topics(broker.bootstrap, (TOPIC,))
    await create_topics(broker.bootstrap, (TOPIC, Topic("later", owner="tests", partitions=1)))

    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap)
    await producer.start()
    try:
        assert len(await producer.partitions_for("kept")) == 2
        assert len(await producer.partitions_for("later")) == 1
    finally:
        await producer.stop()


async def test_starting_twice_is_starting_once(broker: EmbeddedKafka) -> None:
    pid = broker.pid

    await broker.start()

    assert broker.pid == pid


async def test_a_port_that_is_taken_is_told(broker: EmbeddedKafka, tmp_path: Path) -> None:
    other = EmbeddedKafka(
        tmp_path / "other", await installed(), ports=(broker.port, broker.port + 1)
    )

    with pytest.raises(StackError, match=f"{broker.port}: the port is taken"):
        await other.start()


async def test_a_prepared_cache_needs_no_network() -> None:
    nowhere = "http://127.0.0.1:9"

    ready = await prepare(StackSettings().cache, repository=nowhere)

    assert all(path.exists() for path in ready.jars)


async def test_a_jar_that_differs_from_its_pin_never_stays(tmp_path: Path) -> None:
    """A repository of one jar, with another content than the pin says."""
    pin = next(pin for pin in jars.pinned() if pin.artifact == "jspecify")
    folder = tmp_path.joinpath(*pin.group.split("."), pin.artifact, pin.version)
    folder.mkdir(parents=True)
    (folder / pin.file_name).write_bytes(b"something else")
    told: list[str] = []

    async with file_server(tmp_path) as address:
        with pytest.raises(StackError, match=pin.sha256) as caught:
            await asyncio.to_thread(
                jars.fetch, [pin], tmp_path / "jars", address, lambda _, doing: told.append(doing)
            )

    assert pin.coordinates in caught.value.message
    assert list((tmp_path / "jars").iterdir()) == []


async def test_a_full_disk_is_no_place_to_start(tmp_path: Path) -> None:
    room_mb = shutil.disk_usage(tmp_path).free // MB
    with pytest.raises(StackError, match="left, it needs"):
        claim_room(tmp_path, room_mb + 1000)
    claim_room(tmp_path, 0)
