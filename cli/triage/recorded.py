"""Fetches opened tickets from a running system's topics, as they were published: their text is
masked, what was taken out of it stays sealed. Called by `command`; changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Generator, Sequence
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from cli.trace.find import meant
from cli.trace.read import home_of
from cli.verify.polls import ends_of, reading, starts_of, to_the_end
from cli.verify.read_log import partitions_of
from cli.verify.target import reached
from devstack.problems import StackError
from runtime.database import UNHURRIED_S, Database, DatabaseAwayError
from schemas.tickets import TicketOpened
from schemas.topics import in_all_lanes

TOPICS = tuple(in_all_lanes((TicketOpened.TOPIC,)))
KIND = TicketOpened.type_name().encode()
T = TypeVar("T")


def tickets_since(
    run_dir: Path, since: datetime, until: datetime | None
) -> Generator[bytes, None, None]:
    """Tickets whose records were made in that time, wall clock, while they are read: no more than
    a poll of them is held. Close it where it is not read to its end. Raises StackError."""
    bootstrap = reached(run_dir).kafka_bootstrap
    with asyncio.Runner() as runner:
        polls = read_since(bootstrap, since, until)
        try:
            while (lines := runner.run(_told(anext(polls, None)))) is not None:
                yield from lines
        finally:
            runner.run(_told(polls.aclose()))


def ticket(run_dir: Path, typed: str) -> tuple[str, list[bytes]]:
    """The ticket that is meant by an id, the beginning of one or the complaint's own id, and its
    record; none when Kafka has it no more. Raises StackError."""
    return asyncio.run(_told(_one(run_dir, typed)))


async def _told(reading: Awaitable[T]) -> T:
    try:
        return await reading
    except (KafkaError, DatabaseAwayError, OSError) as error:
        raise StackError(
            f"the system can't be read: {type(error).__name__}: {error}",
            "`aftercare status` shows whether broker and database run.",
        ) from error


async def read_since(
    bootstrap: str, since: datetime, until: datetime | None
) -> AsyncGenerator[list[bytes], None]:
    """As `tickets_since`, poll by poll. Raises KafkaError."""
    places = await partitions_of(bootstrap, TOPICS)
    async with aclosing(_polls(bootstrap, places, since, until)) as polls:
        async for records in polls:
            yield [record.value for record in records]


async def _one(run_dir: Path, typed: str) -> tuple[str, list[bytes]]:
    state = reached(run_dir)
    database = await Database.connect(
        state.database_url, name="aftercare-triage", pool=1, patience_s=UNHURRIED_S
    )
    try:
        wanted = await meant(database, typed)
    finally:
        await database.close()
    return wanted, await read_one(state.kafka_bootstrap, wanted)


async def read_one(bootstrap: str, wanted: str) -> list[bytes]:
    """Records of that ticket. If none is where its key belongs, it belonged elsewhere: everywhere
    is looked. Raises KafkaError."""
    places = await partitions_of(bootstrap, TOPICS)
    home = [place for place in places if place.partition == home_of(place, places, wanted)]
    key = wanted.encode()
    for where in (home, places):
        found = [r.value async for poll in _polls(bootstrap, where) for r in poll if r.key == key]
        if found:
            return found
    return []


async def _polls(
    bootstrap: str,
    places: Sequence[TopicPartition],
    since: datetime | None = None,
    until: datetime | None = None,
) -> AsyncGenerator[list[Any], None]:
    """Records of opened tickets in these partitions, up to their present end, poll by poll."""
    async with reading(bootstrap) as consumer:
        ends = await ends_of(consumer, places)
        starts = await starts_of(consumer, places, ends, since)
        async with aclosing(to_the_end(consumer, starts, ends)) as polls:
            async for records in polls:
                yield [record for record in records if _is_meant(record, until)]


def _is_meant(record: Any, until: datetime | None) -> bool:
    # A record without a type in its header may be one too: the program looks into it.
    kind = dict(record.headers).get("ce_type", KIND)
    young = until is not None and record.timestamp > until.timestamp() * 1000
    return record.value is not None and kind == KIND and not young
