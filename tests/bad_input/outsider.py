"""Somebody who sends bad input to a running system, and looks at what became of it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import httpx2
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c

from cli.verify.drain import drained
from cli.verify.target import Target
from devstack.supervisor import Stack
from runtime.clock import new_id, unix_s
from runtime.database import Database, Row
from runtime.queries import Queries
from runtime.webhooks import read_secret, sign
from tests.bad_input.cases import Packing, Record, Request

queries = Queries.load(Path(__file__).parent / "outsider.sql")
Place = tuple[str, int, int]
"""Topic, partition, offset."""
ID = re.compile(rb'"id": "([0-9a-f-]{36})"')
MOST_BYTES = 1_000_000
REST_S = 180.0
PACKINGS = get_args(Packing)
_CRC_AT, _CHECKED_FROM = 17, 21
"""In a record batch: where its checksum stands, and from where it counts."""


@dataclass
class Outsider:
    """One shop's secret, and what stands in a request's path for a ticket."""

    stack: Stack
    database: Database
    client: httpx2.AsyncClient
    shop: str
    secret: bytes
    words: dict[str, str] = field(default_factory=dict)
    put: set[str] = field(default_factory=set)
    """Places of all records that were put on Kafka, and the ids that stand in them."""

    async def send(self, request: Request) -> httpx2.Response:
        """One request, signed as it says."""
        path, body = request.path, request.body
        for word, meant in self.words.items():
            path = path.replace(f"{{{word}}}", meant)
            body = body.replace(f"{{{word}}}".encode(), meant.encode())
        url = f"{self.stack.api_url(request.service)}{path}"
        headers = self._headers(request, body)
        return await self.client.post(url, content=body, headers=headers)

    def _headers(self, request: Request, body: bytes) -> list[tuple[bytes, bytes]]:
        how = request.signing
        number, stamp = request.message_id or f"msg-{new_id()}", unix_s() - how.late_s
        signed = body if how.body is None else how.body
        headers = {
            "aftercare-shop": self.shop.encode(),
            "webhook-id": number.encode(),
            "webhook-timestamp": str(stamp).encode(),
            "webhook-signature": sign(how.secret or self.secret, number, stamp, signed).encode(),
        } | dict(how.instead)
        headers.pop(how.without, None)
        sent = [(name.encode(), value) for name, value in headers.items()]
        if request.media_type is not None:
            sent.append((b"content-type", request.media_type.encode()))
        sent += [(name, value) for name, value in sent if name.decode() == how.twice]
        return [*sent, *request.headers]

    async def post(self, path: str, body: Any, service: str = "intake") -> httpx2.Response:
        """A good request."""
        return await self.send(
            Request("B1", "good", 200, "", json.dumps(body).encode(), path, service)
        )

    async def rows(self, text: str, *values: Any) -> list[Row]:
        """Rows of a query, with reading rights on every service's schema."""
        async with self.database.single() as tx:
            return list(await tx.fetch(text, *values))

    async def stored(self) -> tuple[int, int, int]:
        """How many tickets and events intake has stored, and decisions resolution."""
        (row,) = await self.rows(queries.stored)
        return row["tickets"], row["events"], row["decisions"]

    async def letters(self) -> dict[Place, dict[str, str]]:
        """Reasons of all dead letters: by place, then by desk."""
        found: dict[Place, dict[str, str]] = defaultdict(dict)
        for row in await self.rows(queries.letters):
            found[row["topic"], row["part"], row["pos"]][row["desk"]] = row["reason"]
        return found

    async def applied(self) -> set[tuple[str, Place]]:
        """Desks, and the places of what they applied."""
        rows = await self.rows(queries.places)
        return {(row["desk"], (row["topic"], row["part"], row["pos"])) for row in rows}

    async def metrics(self, service: str) -> dict[str, float]:
        """Everything that a service counts: by name and labels as they are written."""
        answer = await self.client.get(f"{self.stack.health_url(service)}/metrics")
        lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    async def at_rest(self) -> None:
        """Wait until every desk has read everything and nothing is parked."""
        left = await drained(Target.of_run_dir(self.stack.run_dir), REST_S)
        assert not left, left


@asynccontextmanager
async def outsider(stack: Stack) -> AsyncIterator[Outsider]:
    """A visitor to a stack, with an open ticket and one that is closed."""
    shop, secret = next(iter(stack.keys.shops.items()))
    database = await Database.connect(stack.admin_database_url, name="outsider")
    async with httpx2.AsyncClient(timeout=60.0) as client:
        yield Outsider(stack, database, client, shop, read_secret(secret))
    await database.close()


async def put(
    stranger: Outsider, records: Sequence[Record], words: Mapping[str, str]
) -> list[Place]:
    """Put records on Kafka as they are, in this order; where each of them lies."""
    producer = AIOKafkaProducer(bootstrap_servers=stranger.stack.kafka_bootstrap, acks="all")
    await producer.start()
    try:
        places = [await _put(producer, record, words) for record in records]
    finally:
        await producer.stop()
    stranger.put |= {"/".join(map(str, place)) for place in places}
    stranger.put |= {found[1].decode() for one in records if (found := ID.search(one.value or b""))}
    return places


async def _put(producer: AIOKafkaProducer, record: Record, words: Mapping[str, str]) -> Place:
    value = record.value
    for word, meant in words.items():
        value = value and value.replace(f"{{{word}}}".encode(), meant.encode())
    partitions = await producer.partitions_for(record.topic)
    partition = len(record.key or b"") % len(partitions)
    batch = BatchBuilder(MOST_BYTES, PACKINGS.index(record.packing))
    batch.append(timestamp=None, key=record.key, value=value, headers=list(record.headers))
    if record.odd_header_name:
        _rename_header(batch, record.headers[-1][0].encode(), record.odd_header_name)
    sent = await producer.send_batch(batch, record.topic, partition=partition)
    return record.topic, partition, (await sent).offset


def _rename_header(batch: Any, name: bytes, odd: bytes) -> None:
    """What a client that does not know of text would have written."""
    written = bytearray(batch._build())
    at = written.rindex(name)
    written[at : at + len(odd)] = odd
    checksum = calc_crc32c(bytes(written[_CHECKED_FROM:]))
    written[_CRC_AT:_CHECKED_FROM] = checksum.to_bytes(4, "big")
    batch._buffer = written


def counted(before: Mapping[str, float], after: Mapping[str, float], name: str) -> float:
    """By how much everything moved whose name begins so."""
    moved = (after[key] - before.get(key, 0.0) for key in after if key.startswith(name))
    return sum(moved)
