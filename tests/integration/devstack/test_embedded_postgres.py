"""The embedded database: what was committed is there after a kill; nobody gets in without a
password."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devstack.environment import with_account
from devstack.postgres import SUPERUSER, EmbeddedPostgres
from devstack.problems import StackError
from runtime.database import Database, DatabaseAwayError


@pytest.fixture
async def server(run_dir: Path) -> AsyncIterator[EmbeddedPostgres]:
    made = EmbeddedPostgres(run_dir / "postgres")
    await made.start()
    yield made
    await made.stop()


async def ask(url: str, *statements: str) -> object:
    """Answer to the last statement; all of them in one transaction."""
    database = await Database.connect(url, name="test", pool=2)
    try:
        async with database.transaction() as tx:
            for statement in statements[:-1]:
                await tx.script(statement)
            return await tx.value(statements[-1])
    finally:
        await database.close()


async def test_committed_rows_survive_kill_9_and_a_stop(server: EmbeddedPostgres) -> None:
    url = server.url
    await ask(url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7) RETURNING n")

    await server.kill()
    assert server.pid is None
    await server.start()
    assert server.url == url
    assert await ask(url, "SELECT n FROM kept") == 7

    await server.stop()
    await server.start()
    assert await ask(url, "SELECT n FROM kept") == 7


async def test_is_a_durable_current_version_in_utf8(server: EmbeddedPostgres) -> None:
    settings = [
        await ask(server.url, f"SELECT current_setting('{name}')")
        for name in ("fsync", "synchronous_commit", "full_page_writes", "server_encoding")
    ]

    assert settings == ["on", "on", "on", "UTF8"]
    assert str(await ask(server.url, "SELECT version()")).startswith("PostgreSQL 18")


async def test_lets_nobody_in_without_the_password(server: EmbeddedPostgres) -> None:
    wrong = with_account(server.url, SUPERUSER, "guess")

    with pytest.raises(Exception, match="InvalidPassword"):
        await ask(wrong, "SELECT 1")


async def test_is_away_while_it_is_down(server: EmbeddedPostgres) -> None:
    await server.stop()

    with pytest.raises(DatabaseAwayError):
        await ask(server.url, "SELECT 1")


async def test_a_port_that_is_taken_is_told(server: EmbeddedPostgres, run_dir: Path) -> None:
    other = EmbeddedPostgres(run_dir / "other", port=server.port)

    with pytest.raises(StackError, match=f"{server.port}: the port is taken"):
        await other.start()
