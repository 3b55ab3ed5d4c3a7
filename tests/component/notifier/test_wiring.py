"""The service as it is put together, with the bus in memory."""

from __future__ import annotations

import pytest
from aiokafka import TopicPartition
from faststream.kafka import TestKafkaBroker

from runtime.policy import PolicyError
from schemas.flows import CONSUMES
from schemas.topics import in_all_lanes, in_lane
from services.notifier.app import TICKET_TOPICS, build
from tests.support.notifier_story import at, event, placed, triaged
from tests.support.notifier_world import World


def test_it_listens_to_what_the_message_map_says() -> None:
    assert set(CONSUMES["notifier"]) == {"orders", *in_all_lanes(TICKET_TOPICS)}


async def test_records_of_all_topics_reach_their_desks(idle: World) -> None:
    service = await build(idle.settings)
    try:
        async with TestKafkaBroker(service.broker) as broker:
            fed = (in_lane(TICKET_TOPICS, "urgent"), TICKET_TOPICS, ("orders",))
            for pump, topics in zip(service._pumps, fed, strict=True):
                await pump.on_partitions_assigned([TopicPartition(t, 0) for t in topics])
            for payload in (placed(), triaged()):
                record = idle.record(event(payload, at()))
                await broker.publish(record.value, topic=record.topic, partition=0, key=record.key)
    finally:
        await service.database.close()
    (order,) = await idle.rows("SELECT order_id FROM order_case")
    (ticket,) = await idle.rows("SELECT order_id FROM ticket_case WHERE is_dispute")
    assert order["order_id"] == ticket["order_id"]
    assert await idle.states() == ["acknowledged/1 planned"]
    (row,) = await idle.ledger()
    assert row["policy_version"].startswith("notifier-")


async def test_a_lease_that_a_call_could_outlive_is_refused(idle: World) -> None:
    slow = idle.settings.model_copy(update={"notifier_call_timeout_s": 30.0})
    with pytest.raises(PolicyError, match="lease_s"):
        await build(slow)
