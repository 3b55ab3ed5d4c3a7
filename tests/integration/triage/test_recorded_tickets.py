"""Tickets are read back from a real broker's topics, and replayed: nothing is written there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from typer.testing import CliRunner

from cli.main import app
from cli.triage.programs import asked
from cli.triage.recorded import TOPICS, read_one, read_since, tickets_since
from cli.verify.read_log import partitions_of
from devstack.topics import create_topics
from runtime.clock import new_id, wall_now
from runtime.database import Database
from schemas.envelope import Envelope
from schemas.tickets import TicketOpened
from services.triage.classify import POLICIES
from tests.support import bus
from tests.unit.triage.complaints import opened
from tests.unit.triage.policies import folder


def ticket(text: str) -> Envelope[TicketOpened]:
    """A ticket that nobody else has."""
    return opened(text, ticket_id=f"T-{new_id().hex}").model_copy(update={"id": new_id()})


async def ends(bootstrap: str) -> dict[Any, int]:
    """How far each partition reaches."""
    places = await partitions_of(bootstrap, TOPICS)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        found: dict[Any, int] = await consumer.end_offsets(places)
    finally:
        await consumer.stop()
    return found


async def put(bootstrap: str, topic: str, events: Sequence[Envelope[Any]]) -> None:
    """With the header that the outbox writes."""
    async with bus.producer(bootstrap) as producer:
        for event in events:
            headers = [("ce_type", event.type.encode())]
            await producer.send_and_wait(
                topic, event.to_json(), key=event.subject.encode(), headers=headers
            )


async def emptied(url: str) -> str:
    """A database of its own on that server, without any table."""
    name = f"recorded_{new_id().hex[-12:]}"
    server = await Database.connect(url, name="test-recorded-setup", pool=1)
    async with server.single() as tx:
        await tx.script(f"CREATE DATABASE {name}")
    await server.close()
    return f"{url.rsplit('/', 1)[0]}/{name}"


def dear_words(content: dict[str, Any]) -> None:
    """Whoever names the colour is L1."""
    content["signs"]["planted"] = {"zh": "试", "en": "planted", "says": ["色差"]}
    rule = {"rule": "level.planted", "level": "L1", "zh": "试", "en": "L1: planted"}
    content["levels"].insert(0, {**rule, "when": {"signs_all": ["planted"]}})


async def test_tickets_of_both_lanes_are_read_back_and_replayed(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    await create_topics(kafka_bootstrap)
    old = ticket("快递三天没动静了")
    await put(kafka_bootstrap, "tickets", [old])
    since = wall_now()
    calm, coloured, urgent = ticket("怎么连接蓝牙"), ticket("色差很大"), ticket("热水器漏电")
    await put(kafka_bootstrap, "tickets", [calm, bus.message(calm.subject, "M-1"), coloured])
    await put(kafka_bootstrap, "tickets.urgent", [urgent])
    before = await ends(kafka_bootstrap)

    lines = [line async for poll in read_since(kafka_bootstrap, since, None) for line in poll]
    mine = {one.to_json() for one in (calm, coloured, urgent)}
    assert mine <= {*lines}
    assert old.to_json() not in lines
    assert not any(b"CustomerMessageReceived" in line for line in lines)
    async for poll in read_since(kafka_bootstrap, since - timedelta(days=1), since):
        assert mine.isdisjoint(poll)

    place = await asyncio.to_thread(folder, tmp_path, dear_words)
    words = ("--policy", str(place))
    answer, code = await asyncio.to_thread(asked, "replay", *words, lines=sorted(mine))
    assert code == 0
    assert answer["tickets"] == 3
    (changed,) = answer["tickets_changed"]
    assert changed["id"] == coloured.subject
    assert changed["changes"]["level"] == {"before": "L2", "after": "L1"}

    assert await read_one(kafka_bootstrap, urgent.subject) == [urgent.to_json()]
    assert await read_one(kafka_bootstrap, "T-nobody") == []
    assert await ends(kafka_bootstrap) == before


async def test_tickets_are_handed_over_while_they_are_read(
    kafka_bootstrap: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCARE_KAFKA_BOOTSTRAP", kafka_bootstrap)
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", database_url)
    await create_topics(kafka_bootstrap)
    since = wall_now()
    mine = [ticket("怎么连接蓝牙") for _ in range(3)]
    await put(kafka_bootstrap, "tickets", mine)

    def some() -> tuple[bytes, set[bytes]]:
        left_early = tickets_since(tmp_path, since, None)
        first = next(left_early)
        left_early.close()
        return first, {*tickets_since(tmp_path, since, None)}

    first, all_of_them = await asyncio.to_thread(some)
    assert first in all_of_them
    assert {one.to_json() for one in mine} <= all_of_them


async def test_a_running_systems_ticket_is_explained_by_its_live_policy(
    kafka_bootstrap: str, database_url: str, tmp_path: Path
) -> None:
    empty_url = await emptied(database_url)  # others may have tickets in theirs
    await create_topics(kafka_bootstrap)
    coloured = ticket("色差很大")
    await put(kafka_bootstrap, "tickets", [coloured])
    live = await asyncio.to_thread(folder, tmp_path / "live", dear_words)
    run_dir = tmp_path / "run"
    runner = CliRunner(
        env={
            "AFTERCARE_KAFKA_BOOTSTRAP": kafka_bootstrap,
            "AFTERCARE_DATABASE_URL": empty_url,
            "AFTERCARE_POLICY_DIR": str(live),
        }
    )
    words = ["triage", "explain", "--ticket", coloured.subject, "--run-dir", str(run_dir), "--json"]
    done = await asyncio.to_thread(runner.invoke, app, words)
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["policy"] == str(live)
    done = await asyncio.to_thread(runner.invoke, app, [*words, "--policy", str(POLICIES)])
    assert json.loads(done.stdout)["policy"] == str(POLICIES)
