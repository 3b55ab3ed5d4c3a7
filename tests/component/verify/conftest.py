"""A database with the tables of all services, in which no other test leaves rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from runtime.clock import new_id
from runtime.database import Database
from runtime.migrations import migrate_all
from schemas.topics import SERVICES


@pytest.fixture(scope="session")
def laid_out(database_url: str) -> str:
    """URL of a database of its own with every service's schema."""
    name = f"planted_{new_id().hex[-12:]}"
    asyncio.run(_made(database_url, name))
    url = f"{database_url.rsplit('/', 1)[0]}/{name}"
    asyncio.run(migrate_all(url, dict.fromkeys(SERVICES, "")))
    return url


async def _made(url: str, name: str) -> None:
    server = await Database.connect(url, name="test-verify-setup", pool=1)
    async with server.single() as tx:
        await tx.script(f"CREATE DATABASE {name}")
    await server.close()


@pytest.fixture
async def database(laid_out: str) -> AsyncIterator[Database]:
    """With an owner's rights."""
    opened = await Database.connect(laid_out, name="test-verify", pool=2)
    yield opened
    await opened.close()
