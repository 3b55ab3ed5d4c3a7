"""Inbox and outbox by week: tables are there before their time, old ones go when they may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devstack.environment import with_account
from runtime.clock import new_id
from runtime.database import ConflictError, Database
from runtime.history import History
from runtime.migrations import migrate_all, role_of
from runtime.queries import Queries
from tests.support import probe

queries = Queries.load(Path(__file__).parent / "history.sql")
OLD_AT = datetime(2026, 1, 7, 12, tzinfo=UTC)
OLD = ["inbox_2026w02", "outbox_2026w02", "outbox_batch_2026w02"]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh schema with the runtime's tables, as if it had begun long ago."""
    made = await probe.lay_out(database_url, f"probe_{new_id().hex[-10:]}")
    try:
        async with made.transaction() as tx:
            await tx.fetch(queries.as_if, OLD_AT)
        yield made
    finally:
        await made.close()


async def old_rows(database: Database, published_at: datetime | None) -> None:
    """One message applied and one event decided in the old week."""
    async with database.transaction() as tx:
        await tx.execute(queries.receive, new_id(), OLD_AT)
        await tx.execute(queries.decide, OLD_AT, published_at)
        await tx.execute(queries.decide_event, OLD_AT)


async def counted(database: Database) -> tuple[int, ...]:
    """Rows of inbox, outbox and batches."""
    async with database.transaction() as tx:
        return tuple((await tx.fetch(queries.counted))[0])


async def tables(database: Database) -> set[str]:
    """Names of all partitions."""
    async with database.transaction() as tx:
        return {row["name"] for row in await tx.fetch(queries.tables)}


async def test_old_weeks_are_dropped_with_what_is_in_them(database: Database) -> None:
    await old_rows(database, OLD_AT)
    assert await counted(database) == (1, 1, 1)
    dropped = await History(database, 35).keep()
    assert set(OLD) <= set(dropped)
    assert await counted(database) == (0, 0, 0)
    assert not set(OLD) & await tables(database)
    assert await History(database, 35).keep() == []


async def test_a_week_with_something_unpublished_stays(database: Database) -> None:
    await old_rows(database, None)
    dropped = await History(database, 35).keep()
    assert "inbox_2026w02" in dropped
    assert not {"outbox_2026w02", "outbox_batch_2026w02"} & set(dropped)
    assert await counted(database) == (0, 1, 1)


async def test_what_is_younger_than_wanted_stays(database: Database) -> None:
    await old_rows(database, OLD_AT)
    assert not set(OLD) & set(await History(database, 36_500).keep())
    assert await counted(database) == (1, 1, 1)


async def test_the_weeks_to_come_have_their_tables(database: Database) -> None:
    await History(database, 35).keep()
    soon = datetime.now(UTC) + timedelta(days=7)
    async with database.transaction() as tx:
        for at in (datetime.now(UTC), soon):
            await tx.execute(queries.receive, new_id(), at)
            await tx.execute(queries.decide, at, None)
            await tx.execute(queries.decide_event, at)
        assert await tx.value(queries.fallen_through) == 0


async def test_a_clock_far_off_loses_nothing(database: Database) -> None:
    far = datetime(2031, 5, 5, tzinfo=UTC)
    async with database.transaction() as tx:
        await tx.execute(queries.receive, new_id(), far)
        await tx.execute(queries.decide, far, None)
        await tx.execute(queries.decide_event, far)
        assert await tx.value(queries.fallen_through) == 3
    await History(database, 1).keep()
    assert await counted(database) == (1, 1, 1)


async def test_an_id_is_applied_once(database: Database) -> None:
    again = new_id()
    async with database.transaction() as tx:
        await tx.execute(queries.receive, again, datetime.now(UTC))
    with pytest.raises(ConflictError):
        async with database.transaction() as tx:
            await tx.execute(queries.receive, again, datetime.now(UTC))


async def test_the_first_id_of_an_instant_is_not_above_any_made_then(database: Database) -> None:
    before = datetime.now(UTC)
    made = new_id()
    async with database.transaction() as tx:
        first = await tx.value(queries.first_id, before.replace(microsecond=0))
        later = await tx.value(queries.first_id, before + timedelta(minutes=1))
    assert first <= made < later


async def test_a_service_keeps_its_history_without_owning_it(database_url: str) -> None:
    await migrate_all(database_url, {"triage": "a-password-for-this-test"})
    url = with_account(database_url, role_of("triage"), "a-password-for-this-test")
    service = await Database.connect(url, name="triage", pool=1)
    try:
        await History(service, 35).keep()
        assert await counted(service) >= (0, 0, 0)
    finally:
        await service.close()
