"""The broker loses what it knew of a group's offsets: they go back, or are gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chaos.fault import NotHitError, Struck, felt
from chaos.faults.seen import counted
from chaos.group_deletion import deleted
from chaos.world import World

BROKER = "kafka"
BACK = 1000
"""Offsets are set back by so many records."""
HEARD = 0.25
"""Of what a group reads again it must recognize so much at least; the rest is not for its desk."""
GROUP_EMPTY_S = 30.0
SET_BACK = {"triage": "triage.tickets", "sla": "sla.clocks"}
"""Groups on the way of a complaint, by their service."""
Ends = Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class SetBack:
    """X16: a group's offsets are set back by 1,000 records in each partition, or to its begin."""

    code: str = "X16"
    says: str = "a group's offsets set back by 1,000"
    lasts_s: float = 25.0

    async def strike(self, world: World, random: Random) -> Struck:
        """While the service is down, as only an empty group takes it."""
        names = sorted(SET_BACK.keys() & set(world.stack.services))
        name = names[world.turn(self.code, len(names))]
        group = SET_BACK[name]
        async with world.hold(name, BROKER):
            async with _down(world, name):
                back, ends = await _set_back(world.stack.kafka_bootstrap, group)
            if not back:
                raise NotHitError(f"{group} had read nothing")
            enough = max(1.0, back * HEARD)
            known = await _read_again(world, name, group, ends, enough)
        if known < enough:
            raise NotHitError(f"{group} recognized {known:,.0f} messages in {back:,} records")
        told = f"{back:,} of {sum(ends.values()):,} records read again"
        return Struck(name, f"{group}: {told}, {known:,.0f} messages recognized")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """X17: a group and its offsets are deleted, so that it reads everything again."""

    code: str = "X17"
    says: str = "a group's offsets deleted"
    lasts_s: float = 25.0

    async def strike(self, world: World, random: Random) -> Struck:
        """While the service is down, as only an empty group can be deleted."""
        name = world.one(random)
        async with world.hold(name, BROKER):
            async with _down(world, name):
                group, ends = await _forgotten(world.stack.kafka_bootstrap, name, random)
            known = await _read_again(world, name, group, ends)
        read = sum(ends.values())
        told = f"no offset left, {read:,} records read again"
        return Struck(name, f"{group}: {told}, {known:,.0f} messages recognized")


@asynccontextmanager
async def _down(world: World, name: str) -> AsyncIterator[None]:
    """A service is killed, and started again at the end."""
    part = world.part(name)
    await part.kill(restart=False)
    try:
        yield
    finally:
        await part.start()
        await world.until_ready(name)


async def _set_back(bootstrap: str, group: str) -> tuple[int, Ends]:
    """How many records lie between the old offsets and the new ones, and the old ones."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    await admin.start()
    await consumer.start()
    try:
        read = await _read_by(admin, group)
        consumer.assign(list(read))
        wanted = {place: max(0, at - BACK) for place, at in read.items()}
        if read:
            await _committed(consumer, wanted)
        return sum(read[place] - wanted[place] for place in read), read
    finally:
        await consumer.stop()
        await admin.close()


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


async def _forgotten(bootstrap: str, name: str, random: Random) -> tuple[str, Ends]:
    """Delete one of a service's groups that has read something; its name, and how far it was.

    Raises NotHitError when there is none, or when offsets are still there.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        groups = [group for group, *_ in await admin.list_consumer_groups()]
        mine = sorted(group for group in groups if group.startswith(f"{name}."))
        read = {group: await _read_by(admin, group) for group in mine}
        reading = [group for group in mine if any(read[group].values())]
        if not reading:
            raise NotHitError(f"no group of {name} has read anything")
        group = random.choice(reading)
        async with asyncio.timeout(GROUP_EMPTY_S):
            while not await deleted(bootstrap, group):  # noqa: ASYNC110  sessions end unseen
                await asyncio.sleep(0.5)
        if any((await _read_by(admin, group)).values()):
            raise NotHitError(f"{group} still has offsets")
        return group, read[group]
    finally:
        await admin.close()


async def _read_by(admin: AIOKafkaAdminClient, group: str) -> Ends:
    """How far a group has come, by what it has committed."""
    offsets = await admin.list_consumer_group_offsets(group)
    return {place: max(0, kept.offset) for place, kept in offsets.items()}


async def _read_again(
    world: World, name: str, group: str, ends: Ends, enough: float = 0.0
) -> float:
    """Wait until the group is where it was in each partition, and its service has recognized
    enough; how many messages that are since it started. Raises NotHitError when it never came so
    far back."""
    known, left = 0.0, len(ends)
    desk = group.split(".")[1]
    admin = AIOKafkaAdminClient(bootstrap_servers=world.stack.kafka_bootstrap)
    await admin.start()
    try:

        async def everything() -> bool:
            nonlocal known, left
            now = await _read_by(admin, group)
            left = sum(now.get(place, 0) < end for place, end in ends.items())
            known = await counted(world, name, "events_repeated", desk)
            return not left and known >= enough

        await felt(0.0, everything)
    finally:
        await admin.close()
    if left:
        raise NotHitError(f"{group} is behind where it was in {left} partitions")
    return known
