"""Reads what the runtime keeps in each service's schema. Called by `collect` and `drain`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any

from cli.verify.store_facts import Applied, DeadLetter, Outbox, Parked, Progress, Store
from runtime.database import Row, Tx
from runtime.queries import Queries

queries = Queries.load(Path(__file__).parent / "sql" / "stores.sql")


async def present(tx: Tx, services: Sequence[str]) -> list[str]:
    """Services whose schema is in this database, in the order given."""
    found = {row["name"] for row in await tx.fetch(queries.schemas, list(services))}
    return [name for name in services if name in found]


async def enter(tx: Tx, service: str) -> None:
    """Read this service's tables from here on."""
    await tx.value(queries.enter, service)


async def read_store(tx: Tx, service: str, settled_s: float) -> Store:
    """Everything that the runtime keeps for a service. Enters its schema.

    Events count as unpublished when they are older than `settled_s` (wall time).
    """
    await enter(tx, service)
    store = Store(service)
    names: dict[str, str] = {}
    async for blocks in streamed(tx, queries.open_inbox, queries.next_inbox, queries.close_inbox):
        for desk, topic, *columns in blocks:
            _extend_applied(store.applied(desk, topic), columns, names)
    async for blocks in streamed(
        tx, queries.open_outbox, queries.next_outbox, queries.close_outbox
    ):
        for columns in blocks:
            _extend_outbox(store.outbox, columns, names)
    store.outbox.unpublished = await tx.value(queries.unpublished, settled_s)
    store.parked += [Parked(*row) for row in await tx.fetch(queries.parked)]
    store.dead += [DeadLetter(*row) for row in await tx.fetch(queries.dead_letters)]
    store.progress.update(await _progress(tx))
    return store


def _extend_applied(applied: Applied, columns: Iterable[Any], names: dict[str, str]) -> None:
    """Add a block of rows. There are few different keys: each is kept once."""
    ids, keys, parts, offsets, digests, events, walls = columns
    applied.ids.extend(ids)
    applied.keys.extend(map(names.setdefault, keys, keys))
    applied.parts.extend(parts)
    applied.offsets.extend(offsets)
    applied.digests.extend(digests)
    applied.events.extend(events)
    applied.wall_s.extend(walls)


def _extend_outbox(outbox: Outbox, columns: Iterable[Any], names: dict[str, str]) -> None:
    ids, topics, keys, contents, walls = columns
    outbox.ids.extend(ids)
    outbox.topics.extend(map(names.setdefault, topics, topics))
    outbox.keys.extend(map(names.setdefault, keys, keys))
    outbox.contents.extend(contents)
    outbox.wall_s.extend(walls)


async def read_words(tx: Tx, service: str) -> list[tuple[str, str]]:
    """What stands in the clear in a service's dead letters and parked messages, and where."""
    return [(f"{service} {row[0]}", row[1]) for row in await tx.fetch(queries.words)]


async def read_progress(tx: Tx, service: str) -> tuple[Progress, int]:
    """How far a service's desks have come, and how many messages and events wait in it."""
    await enter(tx, service)
    waiting = await tx.value(queries.unpublished, float("inf"))
    waiting += await tx.value(queries.parked_count)
    return await _progress(tx), waiting


async def _progress(tx: Tx) -> Progress:
    rows = await tx.fetch(queries.progress)
    return {(desk, topic, part): next_pos for desk, topic, part, next_pos in rows}


async def streamed(
    tx: Tx, opening: str, following: str, closing: str
) -> AsyncIterator[Sequence[Row]]:
    """The rows of a cursor, a few at a time: each may be a block of thousands."""
    await tx.script(opening)
    while rows := await tx.fetch(following):
        yield rows
    await tx.script(closing)
