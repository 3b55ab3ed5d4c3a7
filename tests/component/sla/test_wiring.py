"""The service as it is put together, with the bus in memory."""

from __future__ import annotations

from aiokafka import TopicPartition
from faststream.kafka import TestKafkaBroker

from runtime.pump import Pump
from schemas.flows import CONSUMES
from schemas.topics import in_all_lanes, in_lane
from services.sla.app import TOPICS, build
from tests.support.sla_story import Payloads
from tests.support.sla_world import World, sla_world

make = Payloads()


def test_it_listens_to_what_the_message_map_says() -> None:
    assert CONSUMES["sla"] == in_all_lanes(TOPICS)


async def test_records_of_all_topics_reach_the_clocks(database_url: str) -> None:
    async with sla_world(database_url, start_s=1_000) as world:
        service = await build(world.settings)
        try:
            async with TestKafkaBroker(service.broker) as broker:
                await assign(service._pumps)
                for payload in (make.triaged(60, "L2"), make.reply(100), make.resolved(200)):
                    record = world.record(payload)
                    await broker.publish(
                        record.value, topic=record.topic, partition=0, key=record.key
                    )
        finally:
            await service.database.close()
        assert await states(world) == {
            "t-1/first_reply/1": "met",
            "t-1/review/1": "cancelled",
            "t-1/closure/1": "met",
        }


async def assign(pumps: list[Pump]) -> None:
    for pump in pumps:
        topics = in_lane(TOPICS, pump.lane)
        await pump.on_partitions_assigned([TopicPartition(topic, 0) for topic in topics])


async def states(world: World) -> dict[str, str]:
    return {name: row["state"] for name, row in (await world.clocks()).items()}
