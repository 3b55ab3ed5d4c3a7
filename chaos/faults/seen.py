"""What faults look at to see that they were felt: the services' tables, their counts, their logs.
Whoever can't be asked tells nothing: other faults may have taken it away."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp

from chaos.world import World
from cli.verify.read_stores import read_progress
from runtime.database import ConflictError, Database, DatabaseAwayError, Tx
from runtime.queries import Queries

queries = Queries.load(Path(__file__).parents[1] / "sql" / "faults.sql")
Place = tuple[str, str, int]
"""Desk, topic and partition."""
_NO_ANSWER = (DatabaseAwayError, ConflictError)


async def epochs(world: World, service: str) -> Mapping[Place, int]:
    """How often each partition of a service was claimed so far."""
    found: dict[Place, int] = {}
    try:
        async with _reading(world) as tx:
            await tx.execute(queries.enter, service)
            rows = await tx.fetch(queries.epochs)
            found = {(row["desk"], row["topic"], row["part"]): row["epoch"] for row in rows}
    except _NO_ANSWER:
        return {}
    return found


def moved(before: Mapping[Place, int], now: Mapping[Place, int]) -> int:
    """How many partitions were claimed anew in between."""
    return sum(epoch > before.get(place, epoch) for place, epoch in now.items())


async def claimed(world: World) -> set[tuple[str, str, str, int]]:
    """Service, desk, topic and number of each partition that a desk has claimed."""
    found: set[tuple[str, str, str, int]] = set()
    try:
        async with _reading(world) as tx:
            for service in world.stack.services:
                progress, _ = await read_progress(tx, service)
                found |= {(service, *place) for place in progress}
    except _NO_ANSWER:
        return set()
    return found


class Burial(NamedTuple):
    """A dead letter: whose, of which record, why."""

    service: str
    desk: str
    topic: str
    part: int
    pos: int
    reason: str


async def buried(world: World, services: Iterable[str]) -> set[Burial]:
    """All dead letters of these services."""
    found: set[Burial] = set()
    try:
        async with _reading(world) as tx:
            for service in services:
                await tx.execute(queries.enter, service)
                rows = await tx.fetch(queries.letters)
                found |= {Burial(service, *row) for row in rows}
    except _NO_ANSWER:
        return set()
    return found


async def unpublished(world: World) -> int:
    """Events that wait for the broker, or messages parked."""
    waiting = 0
    try:
        async with _reading(world) as tx:
            for service in world.stack.services:
                waiting += (await read_progress(tx, service))[1]
    except _NO_ANSWER:
        return 0
    return waiting


@asynccontextmanager
async def _reading(world: World) -> AsyncIterator[Tx]:
    database = await Database.connect(world.stack.admin_database_url, name="chaos", pool=1)
    try:
        async with database.transaction() as tx:
            yield tx
    finally:
        await database.close()


async def counted(world: World, service: str, name: str, desk: str) -> float:
    """What a service has counted for a desk since it started; 0 while it does not answer."""
    url = f"{world.stack.health_url(service)}/metrics"
    timeout = aiohttp.ClientTimeout(total=5)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            text = await answer.text()
    except (aiohttp.ClientError, TimeoutError, OSError):
        return 0.0
    line = re.search(rf'^aftercare_{name}_total{{desk="{desk}"}} (\S+)$', text, re.MULTILINE)
    return float(line[1]) if line else 0.0


def log_size(world: World, part: str) -> int:
    """Bytes in the log of a part by now."""
    return world.stack.log_path(part).stat().st_size


def said_since(world: World, part: str, size: int) -> list[bytes]:
    """Lines of its log behind that."""
    with world.stack.log_path(part).open("rb") as log:
        log.seek(size)
        return log.readlines()
