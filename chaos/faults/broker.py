"""The broker is frozen, or its topics get more partitions than they were declared with."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from chaos.fault import BrokenPromiseError, NotHitError, Struck, felt
from chaos.faults.seen import claimed, unpublished
from chaos.world import World
from cli.verify.read_log import partitions_of
from schemas.topics import TOPICS

BROKER = "kafka"
STILL_S = 30.0
MORE = 2
ASSIGNED_S = 90.0
"""Metadata is looked at every five seconds; services that are killed meanwhile take longer."""
LOOK_S = 0.5
OURS = tuple(t.name for t in TOPICS if t.owner != "upstream" and t.partitions > 1)
Reader = tuple[str, str, str]
"""Service, desk and topic."""


@dataclass(frozen=True, slots=True)
class BrokerFrozen:
    """X7: the broker stands still for 30 s."""

    code: str = "X7"
    says: str = "the broker frozen for 30 s"
    lasts_s: float = STILL_S + 1

    async def strike(self, world: World, random: Random) -> Struck:
        """Freeze it, see events wait for it, and let it go on."""
        waited = 0

        async def any_waits() -> int:
            nonlocal waited
            waited = max(waited, await unpublished(world))
            return waited

        async with world.hold(BROKER):
            await world.until_ready(BROKER)
            async with world.frozen(BROKER) as pid:
                await felt(STILL_S, any_waits)
        if not waited:
            raise NotHitError("nothing waited for the broker")
        return Struck(BROKER, f"pid {pid} stood still for {STILL_S:g} s, {waited} events waited")


@dataclass(frozen=True, slots=True)
class Grown:
    """X18: a topic of ours gets two more partitions under load."""

    code: str = "X18"
    says: str = "partitions added to a topic in flight"
    lasts_s: float = 15.0

    async def strike(self, world: World, random: Random) -> Struck:
        """Add them, and wait until every desk that reads the topic has claimed each."""
        async with world.hold(BROKER):
            readers = await _readers(world)
            topics = sorted({topic for _, _, topic in readers} & set(OURS))
            if not topics:
                raise NotHitError("the database does not tell who reads what")
            topic = random.choice(topics)
            before = len(await partitions_of(world.stack.kafka_bootstrap, [topic]))
            await _grow(world.stack.kafka_bootstrap, topic, before + MORE)
        wanted = {
            (*reader, part)
            for reader in readers
            if reader[2] == topic
            for part in range(before, before + MORE)
        }
        await _until_claimed(world, wanted, topic)
        desks = len(wanted) // MORE
        return Struck(topic, f"{before} -> {before + MORE} partitions, new ones with {desks} desks")


async def _grow(bootstrap: str, topic: str, count: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_partitions({topic: NewPartitions(count)})
    finally:
        await admin.close()


async def _until_claimed(
    world: World, wanted: Iterable[tuple[str, str, str, int]], topic: str
) -> None:
    lacking = set(wanted)
    try:
        async with asyncio.timeout(ASSIGNED_S):
            while lacking := lacking - await claimed(world):  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(LOOK_S)
    except TimeoutError as error:
        raise BrokenPromiseError(
            f"{len(lacking)} new partitions of {topic} have no reader, such as {min(lacking)}"
        ) from error


async def _readers(world: World) -> set[Reader]:
    """Who reads what, by the progress that each desk has noted."""
    return {(service, desk, topic) for service, desk, topic, _ in await claimed(world)}
