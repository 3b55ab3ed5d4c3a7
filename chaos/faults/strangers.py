"""Strangers who send nonsense, over HTTP and on the bus."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass
from random import Random
from typing import Any

import aiohttp
from aiokafka import AIOKafkaProducer

from chaos.fault import FELT_S, BrokenPromiseError, NotHitError, Struck, felt
from chaos.faults.seen import Burial, buried
from chaos.world import World
from devstack.layout import DEMO_SHOP
from runtime.clock import new_id, unix_s
from runtime.webhooks import SHOP_HEADER, read_secret, sign

TOPIC, PARTITIONS = "orders", 6
"""Where others publish. On the topics of ours such records would be ours, and break I4."""
RECORDS = {
    b"": "empty",
    b"\xff\xfe{": "not_json",
    b'{"type": ': "not_json",
    b'{"a": 1, "a": 2}': "duplicate_key",
    b'{"a":' * 3000 + b"1" + b"}" * 3000: "too_deep",
    b'{"type": "nobody.knows"}': "unknown_type",
}
"""With the reasons of their dead letters. Few: each desk that reads the topic buries them, and may
bury only so many."""
DESKS = {
    ("intake", "orders"),
    ("notifier", "care"),
    ("evidence", "archive"),
    ("resolution", "settlements"),
}
"""Who reads the topic."""
ONE, MANY = "/v1/tickets", "/v1/tickets/batch"
SAID = {"origin": "inbox", "external_id": "nobody-1", "channel": "douyin", "text": "?"}
BODIES = (
    (ONE, b"", 400, "empty"),
    (ONE, b"[1", 400, "not_json"),
    (ONE, b'{"a":1,"a":2}', 400, "duplicate_key"),
    (ONE, b"[" * 3000, 400, "too_deep"),
    (ONE, b"\xff", 400, "bad_encoding"),
    (ONE, b'{"x": NaN}', 400, "bad_number"),
    (ONE, b'{"x": ' + b"9" * 5000 + b"}", 400, "bad_number"),
    (ONE, b"null", 422, "invalid"),
    (ONE, json.dumps(SAID | {"text": ""}).encode(), 422, "invalid"),
    (ONE, json.dumps(SAID | {"opened_at": "0000-01-01T00:00:00Z"}).encode(), 422, "invalid"),
    (ONE, json.dumps(SAID | {"shoe_size": 43}).encode(), 422, "invalid"),
    (MANY, b"[]", 422, "wrong_batch"),
    (MANY, b"{}", 422, "wrong_batch"),
)
"""Paths and bodies, with the status and the code of the refusal."""
NOT_NOW = frozenset({429, 503})
PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class Nonsense:
    """X25: bad input in the middle of the stream, over HTTP and on the bus."""

    code: str = "X25"
    says: str = "bad records and bad requests in the middle of the load"
    lasts_s: float = 8.0

    async def strike(self, world: World, random: Random) -> Struck:
        """Every bad request is refused for what it is, every bad record is a dead letter of each
        desk that reads it."""
        async with world.hold("kafka", "intake"):
            await world.until_ready("kafka")
            sent = await _sent(world, random)
            await world.until_ready("intake")
            await _refused(world, random)
            letters = await _letters(world, sent)
        told = f"{len(sent)} records became {letters} dead letters"
        return Struck(f"{TOPIC}, intake", f"{told}, {len(BODIES)} signed requests refused")


async def _sent(world: World, random: Random) -> dict[tuple[int, int], str]:
    """Put the records on the bus; where each lies, and why it has to die."""
    sent = {}
    async with AIOKafkaProducer(
        bootstrap_servers=world.stack.kafka_bootstrap, acks="all"
    ) as producer:
        for value, reason in RECORDS.items():
            part = random.randrange(PARTITIONS)
            put = await producer.send_and_wait(TOPIC, value, partition=part)
            sent[put.partition, put.offset] = reason
    return sent


async def _letters(world: World, sent: dict[tuple[int, int], str]) -> int:
    """How many dead letters the records became. Raises BrokenPromiseError when one is missing
    after a while, or died for another reason."""
    wanted = {
        Burial(*desk, TOPIC, *place, reason) for place, reason in sent.items() for desk in DESKS
    }
    lacking: Collection[Burial] = wanted

    async def all_buried() -> bool:
        nonlocal lacking
        lacking = wanted - await buried(world, {service for service, _ in DESKS})
        return not lacking

    for _ in range(2):  # another fault may hold a desk still for as long
        await felt(0.0, all_buried)
    if lacking:
        raise BrokenPromiseError(f"{len(lacking)} dead letters are missing, as {min(lacking)}")
    return len(wanted)


async def _refused(world: World, random: Random) -> None:
    """Send every bad request, signed as the shop does. Raises BrokenPromiseError when one is not
    answered as it should be."""
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(world.stack.api_url("intake"), timeout=timeout) as session:
        for path, body, status, code in random.sample(BODIES, len(BODIES)):
            answer = await _answered(world, session, path, body)
            if answer != (status, code):
                raise BrokenPromiseError(f"{body[:40]!r} was answered with {answer}")


async def _answered(
    world: World, session: aiohttp.ClientSession, path: str, body: bytes
) -> tuple[int, str]:
    """Status and code, once it is neither too busy nor away. Raises NotHitError."""
    status, told = 0, ""
    try:
        async with asyncio.timeout(FELT_S):
            while not status or status in NOT_NOW:
                status, told = await _posted(world, session, path, body)
                if not status or status in NOT_NOW:
                    await asyncio.sleep(PAUSE_S)
    except TimeoutError as error:
        raise NotHitError(f"intake does not answer ({status})") from error
    return status, told


async def _posted(
    world: World, session: aiohttp.ClientSession, path: str, body: bytes
) -> tuple[int, str]:
    """Once; 0 when nothing came back."""
    number, stamp = f"nonsense-{new_id()}", unix_s()
    secret = read_secret(world.stack.keys.shops[DEMO_SHOP])
    headers = {
        "Content-Type": "application/json",
        SHOP_HEADER: DEMO_SHOP,
        "webhook-id": number,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(secret, number, stamp, body),
    }
    try:
        async with session.post(path, data=body, headers=headers) as answer:
            document: dict[str, Any] = json.loads(await answer.read() or b"{}")
            return answer.status, str(document.get("code", ""))
    except (aiohttp.ClientError, ValueError):
        return 0, ""
