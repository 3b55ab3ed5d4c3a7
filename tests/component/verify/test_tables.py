"""The reader's queries fit the services' real tables; a ticket is found by what people type."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from cli.trace.find import meant
from cli.verify import read_archive, read_domains, read_stores
from cli.verify.collect import connected
from cli.verify.log_facts import content_of
from cli.verify.target import Target
from devstack.problems import StackError
from runtime.clock import new_id
from runtime.database import Database
from schemas.topics import SERVICES

NEVER = float("inf")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MANY = 25_001


class UndoneError(Exception):
    """Takes back what a test did to the database."""


@pytest.fixture
async def ticket(database: Database) -> AsyncIterator[str]:
    """A ticket with its complaint, taken out again."""
    name = str(new_id())
    row = (name, "shop-a", "inbox", f"c-{name}")
    async with database.transaction() as tx:
        await tx.value(read_stores.queries.enter, "intake")
        await tx.execute(
            "INSERT INTO ticket"
            " (ticket_id, shop_id, origin, external_id, opened_at, state, version)"
            " VALUES ($1, $2, $3, $4, $5, 'open', 1)",
            *row,
            NOW,
        )
        await tx.execute(
            "INSERT INTO complaint (ticket_id, shop_id, origin, external_id, joined, digest)"
            " VALUES ($1, $2, $3, $4, false, '')",
            *row,
        )
    yield name
    async with database.transaction() as tx:
        await tx.value(read_stores.queries.enter, "intake")
        await tx.execute("DELETE FROM ticket WHERE ticket_id = $1", name)
        await tx.execute("DELETE FROM complaint WHERE ticket_id = $1", name)


async def test_every_service_is_read(laid_out: str) -> None:
    reader = await connected(Target("", laid_out))
    try:
        async with reader.transaction() as tx:
            await tx.script(read_stores.queries.begin_reading)
            assert await read_stores.present(tx, [*SERVICES, "nobody"]) == list(SERVICES)
            for service in SERVICES:
                store = await read_stores.read_store(tx, service, NEVER)
                assert store.service == service
                assert await read_stores.read_progress(tx, service) is not None
    finally:
        await reader.close()


async def test_the_services_own_tables_are_read(
    database: Database, ticket: str, tmp_path: Path
) -> None:
    async with database.transaction() as tx:
        await read_stores.enter(tx, "intake")
        intake = await read_domains.read_intake(tx)
        assert ("shop-a", "inbox", f"c-{ticket}", ticket, False) in intake.complaints
        assert [t.state for t in intake.tickets if t.ticket == ticket] == ["open"]
        await read_stores.enter(tx, "sla")
        assert (await read_domains.read_clocks(tx, {})).timers is not None
        await read_stores.enter(tx, "notifier")
        assert (await read_domains.read_notifier(tx, NEVER)).deliveries is not None
        assert await read_domains.open_deliveries(tx) >= 0
        await read_stores.enter(tx, "evidence")
        archive = await read_archive.read_archive(tx, tmp_path, 10)
        assert len(archive.hashes) == len(archive.indexes)
        assert await read_domains.unannounced_leaves(tx) >= 0
        nowhere = await read_archive.read_archive(tx, tmp_path / "nowhere", 10)
        assert "nowhere" in nowhere.store_missing


async def test_many_rows_keep_their_order(database: Database) -> None:
    """More than are handed over at once, of two topics in turn."""
    with suppress(UndoneError):
        async with database.transaction() as tx:
            await read_stores.enter(tx, "triage")
            assert await tx.execute(
                "INSERT INTO inbox (desk, id, digest, key, topic, part, pos, events)"
                " SELECT 'many', gen_random_uuid(), n, 'k' || n % 3, 't' || n % 2, 1, n, 0"
                " FROM generate_series(1, $1) AS n",
                MANY,
            )
            await tx.script(
                "INSERT INTO outbox_batch (id, instance, events)"
                f" VALUES ('{UUID(int=1)}', 'i', {MANY});"
                "INSERT INTO outbox (batch, id, topic, key, type, value)"
                f" SELECT '{UUID(int=1)}', gen_random_uuid(), 'many', 'k' || n, 't', 'v'"
                f" FROM generate_series(1, {MANY}) AS n"
            )
            store = await read_stores.read_store(tx, "triage", NEVER)
            raise UndoneError
    for topic, first in (("t1", 1), ("t0", 2)):
        applied = store.applied("many", topic)
        numbers = list(range(first, MANY + 1, 2))
        assert list(applied.offsets) == list(applied.digests) == numbers
        assert applied.keys == [f"k{number % 3}" for number in numbers]
        assert len(set(applied.ids)) == len(numbers)
        assert 0 < applied.wall_s[0] <= applied.wall_s[-1]
    box = store.outbox
    told = [
        (key, content)
        for topic, key, content in zip(box.topics, box.keys, box.contents, strict=True)
        if topic == "many"
    ]
    assert told == [(f"k{number}", content_of(b"v")) for number in range(1, MANY + 1)]


async def test_the_reader_can_change_nothing(laid_out: str) -> None:
    reader = await connected(Target("", laid_out))
    try:
        with pytest.raises(Exception, match="ReadOnly"):
            async with reader.transaction() as tx:
                await tx.execute("CREATE TABLE planted (at timestamptz)")
    finally:
        await reader.close()


async def test_a_ticket_is_found_by_what_people_type(database: Database, ticket: str) -> None:
    for typed in (ticket, ticket[:-2], f"c-{ticket}"):
        assert await meant(database, typed) == ticket


@pytest.mark.parametrize("typed", ["no such ticket", "x", "%%%%", "'; --"])
async def test_what_is_no_ticket_is_answered_with_some(
    database: Database, ticket: str, typed: str
) -> None:
    with pytest.raises(StackError) as caught:
        await meant(database, typed)
    assert typed in caught.value.message
    assert "latest" in caught.value.advice
