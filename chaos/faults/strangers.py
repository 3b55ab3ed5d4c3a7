"""Strangers who send nonsense, over HTTP and on the bus."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import aiohttp
from aiokafka import AIOKafkaProducer

from chaos.fault import NotHitError, Struck
from chaos.world import World

RECORDS = (b"", b"\xff\xfe{", b'{"type": "nobody.knows"}')
"""Few: each desk that reads the topic buries them, and may bury only so many."""
BODIES = (b"", b"null", b"[1", b'{"a":1,"a":2}', b"[" * 3000, b"\xff", b'{"x": NaN}')
REFUSED, OURS = 400, 500


@dataclass(frozen=True, slots=True)
class Nonsense:
    """X25: bad input in the middle of the stream, over HTTP and on the bus."""

    code: str = "X25"
    says: str = "bad records and bad requests in the middle of the load"
    lasts_s: float = 5.0

    async def strike(self, world: World, random: Random) -> Struck:
        """Every bad request is refused for what it is; bad records are the desks' to judge."""
        async with world.hold("kafka", "intake"):
            async with _producer(world) as producer:
                for value in RECORDS:
                    await producer.send_and_wait("orders", value, partition=random.randrange(6))
            answers = await _refused(world, random)
        wrong = [status for status in answers if not REFUSED <= status < OURS]
        if wrong:
            raise NotHitError(f"bad requests were answered with {sorted(set(wrong))}")
        return Struck("orders, intake", f"{len(RECORDS)} records, {len(answers)} requests refused")


def _producer(world: World) -> AIOKafkaProducer:
    return AIOKafkaProducer(bootstrap_servers=world.stack.kafka_bootstrap, acks="all")


async def _refused(world: World, random: Random) -> list[int]:
    """The statuses of requests that nobody signed, or with bodies that nobody can read."""
    url = f"{world.stack.api_url('intake')}/v1/tickets"
    statuses = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        for body in random.sample(BODIES, len(BODIES)):
            headers = {"Content-Type": "application/json"}
            try:
                async with session.post(url, data=body, headers=headers) as answer:
                    statuses.append(answer.status)
            except aiohttp.ClientError as error:
                raise OSError(f"intake does not answer: {type(error).__name__}") from error
    return statuses
