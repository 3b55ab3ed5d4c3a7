"""A ticket's life is read from a real broker, whatever else lies on its topics."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from cli.trace.read import read_life
from devstack.topics import create_topics
from runtime.clock import derived_id, new_id, wall_now
from runtime.database import Database
from runtime.record_batches import partition_of
from tests.support import bus

TRACE = "0af7651916cd43dd8448eb211c80319c"


async def put(
    bootstrap: str,
    topic: str,
    key: str,
    kind: str,
    /,
    *,
    cause: UUID | None = None,
    source: str = "aftercare/intake",
    **data: Any,
) -> UUID:
    """One event; its id."""
    event_id = new_id()
    value = {
        "id": str(event_id), "source": source, "type": f"aftercare.{topic}.{kind}",
        "time": wall_now().isoformat(), "subject": key, "shopid": "shop-a", "data": data,
    }  # fmt: skip
    if cause is not None:
        value["causationid"] = str(cause)
    headers = [("traceparent", f"00-{TRACE}-b7ad6b7169203331-01".encode())]
    async with bus.producer(bootstrap) as producer:
        partitions = len(await producer.partitions_for(topic))
        await producer.send_and_wait(
            topic,
            json.dumps(value).encode(),
            key=key.encode(),
            partition=partition_of(topic, key.encode(), partitions),
            headers=headers,
        )
    return event_id


@pytest.fixture
async def topics(kafka_bootstrap: str) -> str:
    """A broker with the system's topics."""
    await create_topics(kafka_bootstrap)
    return kafka_bootstrap


async def test_a_life_is_put_together_from_all_topics(topics: str, database_url: str) -> None:
    ticket, order = f"ticket-{new_id()}", f"order-{new_id()}"
    placed = await put(topics, "orders", order, "OrderPlaced", source="upstream/x", order_id=order)
    await put(topics, "orders", f"{order}-other", "OrderPlaced", source="upstream/x")
    opened = await put(
        topics, "tickets", ticket, "TicketOpened", cause=derived_id(placed, "request"),
        ticket_id=ticket, order_id=order,
    )  # fmt: skip
    async with bus.producer(topics) as producer:
        await producer.send_and_wait("tickets", b"{rubbish", key=ticket.encode())
    triaged = await put(
        topics, "triage", ticket, "Triaged", cause=opened, source="aftercare/triage", level="L1"
    )
    await put(topics, "tickets", f"{ticket}-other", "TicketOpened")
    await put(
        topics, "dead-letters.sla", str(new_id()), "DeadLettered", cause=triaged,
        source="aftercare/sla", event_id=str(triaged), topic="triage", reason="rule_failed",
    )  # fmt: skip
    database = await Database.connect(database_url, name="test-trace", pool=1)
    try:
        life = await read_life(topics, database, ticket)
        nobody = await read_life(topics, database, f"{ticket}-nobody")
    finally:
        await database.close()
    assert [step.type for step in life.steps] == ["TicketOpened", "Triaged"]
    assert [step.caused_by for step in life.steps] == ["timer", "TicketOpened"]
    assert life.steps[1].hop_s is not None
    assert life.order == order
    assert [step.id for step in life.order_steps] == [str(placed)]
    assert [step.data["reason"] for step in life.dead_letters] == ["rule_failed"]
    assert life.trace_ids == (TRACE,)
    assert nobody.steps == ()
