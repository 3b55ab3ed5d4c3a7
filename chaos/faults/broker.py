"""The broker is frozen, or loses what it knew of a group's offsets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chaos.fault import NotHitError, Struck
from chaos.world import World
from cli.verify.read_log import partitions_of

BROKER = "kafka"
STILL_S = 30.0
BACK = 1000
"""Offsets are set back by so many records."""
GROUP_EMPTY_S = 30.0
SET_BACK = {"triage": ("triage.tickets", "tickets"), "sla": ("sla.clocks", "triage")}
"""A group of a service, and a topic that it reads."""


@dataclass(frozen=True, slots=True)
class BrokerFrozen:
    """X7: the broker stands still for 30 s."""

    code: str = "X7"
    says: str = "the broker frozen for 30 s"
    lasts_s: float = STILL_S + 1

    async def strike(self, world: World, random: Random) -> Struck:
        """Freeze it and let it go on."""
        async with world.hold(BROKER):
            pid = await world.frozen_for(BROKER, STILL_S)
        return Struck(BROKER, f"pid {pid} stood still for {STILL_S:g} s")


@dataclass(frozen=True, slots=True)
class SetBack:
    """X16: a group's offsets are set back by 1,000 records in each partition."""

    code: str = "X16"
    says: str = "a group's offsets set back by 1,000"
    lasts_s: float = 25.0

    async def strike(self, world: World, random: Random) -> Struck:
        """While the service is down, as only an empty group takes it."""
        name = random.choice(sorted(SET_BACK.keys() & set(world.stack.services)))
        group, topic = SET_BACK[name]
        async with world.hold(name, BROKER):
            part = world.part(name)
            await part.kill(restart=False)
            try:
                back = await _set_back(world, group, topic)
            finally:
                await part.start()
                await world.until_ready(name)
        if not back:
            raise NotHitError(f"{group} had read nothing of {topic}")
        return Struck(name, f"{group}: {back:,} records of {topic} to be read again")


async def _set_back(world: World, group: str, topic: str) -> int:
    """How many records lie between the old offsets and the new ones."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=world.stack.kafka_bootstrap, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        places = await partitions_of(world.stack.kafka_bootstrap, [topic])
        consumer.assign(places)
        read = {place: await consumer.committed(place) or 0 for place in places}
        wanted: dict[TopicPartition, int] = {p: max(0, at - BACK) for p, at in read.items()}
        await _committed(consumer, wanted)
        return sum(read[place] - wanted[place] for place in places)
    finally:
        await consumer.stop()


async def _committed(consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
    """Refused while the group still has a member: its session has to end first."""
    async with asyncio.timeout(GROUP_EMPTY_S):
        while True:
            try:
                await consumer.commit(offsets)
            except KafkaError:
                await asyncio.sleep(0.5)
            else:
                return
