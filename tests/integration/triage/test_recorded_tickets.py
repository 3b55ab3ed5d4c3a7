"""Tickets are read back from a real broker's topics, and replayed: nothing is written there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer

from cli.triage.programs import asked
from cli.triage.recorded import TOPICS, read_one, read_since
from cli.verify.read_log import partitions_of
from devstack.topics import create_topics
from runtime.clock import new_id, wall_now
from schemas.envelope import Envelope
from schemas.tickets import TicketOpened
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

    lines = await read_since(kafka_bootstrap, since, None)
    mine = {one.to_json() for one in (calm, coloured, urgent)}
    assert mine <= {*lines}
    assert old.to_json() not in lines
    assert not any(b"CustomerMessageReceived" in line for line in lines)
    early = await read_since(kafka_bootstrap, since - timedelta(days=1), since)
    assert mine.isdisjoint(early)

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
