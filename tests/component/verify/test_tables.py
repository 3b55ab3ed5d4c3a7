"""The reader's queries fit the services' real tables; a ticket is found by what people type."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.trace.find import meant
from cli.verify import read_archive, read_domains, read_stores
from cli.verify.collect import connected
from cli.verify.target import Target
from devstack.problems import StackError
from runtime.clock import new_id
from runtime.database import Database
from schemas.topics import SERVICES

NEVER = float("inf")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


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
