"""The broker loses what it knew of a group's offsets: they go back, or are gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chaos.fault import NotHitError, Struck
from chaos.group_deletion import deleted
from chaos.world import World
from cli.verify.read_log import partitions_of

BROKER = "kafka"
BACK = 1000
"""Offsets are set back by so many records."""
GROUP_EMPTY_S = 30.0
SET_BACK = {"triage": ("triage.tickets", "tickets"), "sla": ("sla.clocks", "triage")}
"""A group of a service, and a topic that it reads."""


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
        async with _down(world, name):
            back = await _set_back(world, group, topic)
        if not back:
            raise NotHitError(f"{group} had read nothing of {topic}")
        return Struck(name, f"{group}: {back:,} records of {topic} to be read again")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """X17: a group and its offsets are deleted, so that it reads everything again."""

    code: str = "X17"
    says: str = "a group's offsets deleted"
    lasts_s: float = 25.0

    async def strike(self, world: World, random: Random) -> Struck:
        """While the service is down, as only an empty group can be deleted."""
        name = random.choice(world.stack.services)
        async with _down(world, name):
            group, read = await _forgotten(world.stack.kafka_bootstrap, name, random)
        return Struck(name, f"{group}: no offset left, {read:,} records to be read again")


@asynccontextmanager
async def _down(world: World, name: str) -> AsyncIterator[None]:
    """A service is killed, and started again at the end."""
    async with world.hold(name, BROKER):
        part = world.part(name)
        await part.kill(restart=False)
        try:
            yield
        finally:
            await part.start()
            await world.until_ready(name)


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


async def _forgotten(bootstrap: str, name: str, random: Random) -> tuple[str, int]:
    """Delete one of a service's groups that has read something; its name, and how much that was.

    Raises NotHitError when there is none, or when offsets are still there.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        groups = [group for group, *_ in await admin.list_consumer_groups()]
        mine = sorted(group for group in groups if group.startswith(f"{name}."))
        read = {group: await _read_by(admin, group) for group in mine}
        reading = [group for group in mine if read[group]]
        if not reading:
            raise NotHitError(f"no group of {name} has read anything")
        group = random.choice(reading)
        async with asyncio.timeout(GROUP_EMPTY_S):
            while not await deleted(bootstrap, group):  # noqa: ASYNC110  sessions end unseen
                await asyncio.sleep(0.5)
        if await _read_by(admin, group):
            raise NotHitError(f"{group} still has offsets")
        return group, read[group]
    finally:
        await admin.close()


async def _read_by(admin: AIOKafkaAdminClient, group: str) -> int:
    """Records that a group has committed."""
    offsets = await admin.list_consumer_group_offsets(group)
    return sum(max(0, kept.offset) for kept in offsets.values())
