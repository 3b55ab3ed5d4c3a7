"""A database that goes silent is given up in time, on every connection that led to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random
from urllib.parse import urlsplit

import pytest

from chaos.proxy import Proxy, Weather
from devstack.environment import through
from devstack.ports import free_port
from runtime.database import Database, DatabaseAwayError
from tests.support.bus import LONG_S

PATIENCE_S, ANSWER_S = 0.8, 1.0
"""Short to wait for, and long for a machine that is busy."""
NAME = "silence"
SILENT = Weather(swallowed=True)


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    """Between us and PostgreSQL."""
    port = urlsplit(database_url).port
    assert port
    async with Proxy(free_port(), lambda: port, Random(1)).running() as running:
        yield running


@pytest.fixture
async def database(
    proxy: Proxy, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """With little patience."""
    monkeypatch.setattr("runtime.database.ANSWER_S", ANSWER_S)
    url = through(database_url, proxy.port)
    opened = await Database.connect(url, name=NAME, pool=2, patience_s=PATIENCE_S)
    yield opened
    await opened.close()


async def _twice(database: Database) -> int:
    """Asks in two connections at once."""
    async with database.transaction() as one, database.single() as other:
        found: int = await one.value("SELECT 1") + await other.value("SELECT 1")
        return found


async def _silenced(database: Database, proxy: Proxy, then: str) -> None:
    """The database falls silent in the middle of a transaction."""
    async with database.transaction() as tx:
        assert await tx.value("SELECT 1") == 1
        proxy.weather = SILENT
        if then:
            await tx.value(then)


@pytest.mark.parametrize("then", ["SELECT 2", ""], ids=["statement", "commit"])
async def test_silence_ends_in_time_and_all_connections_are_made_anew(
    database: Database, proxy: Proxy, then: str
) -> None:
    assert await _twice(database) == 2
    with proxy.under(Weather()):
        with pytest.raises(DatabaseAwayError, match="TimeoutError"):
            await _silenced(database, proxy, then)
        async with asyncio.timeout(LONG_S):
            while not proxy.given_up[NAME]:  # noqa: ASYNC110  nobody is told in there
                await asyncio.sleep(0.01)
    assert set(proxy.given_up) == {NAME}
    assert await _twice(database) == 2


async def test_a_statement_that_takes_too_long_is_ended_by_the_server(database: Database) -> None:
    async with database.single() as tx:
        with pytest.raises(DatabaseAwayError, match="QueryCanceled"):
            await tx.value("SELECT pg_sleep(60)")
    assert await _twice(database) == 2
