"""A database with the tables of all services."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from runtime.database import Database
from runtime.migrations import migrate_all
from schemas.topics import SERVICES


@pytest.fixture(scope="session")
def laid_out(database_url: str) -> str:
    """URL of a database with every service's schema."""
    asyncio.run(migrate_all(database_url, dict.fromkeys(SERVICES, "")))
    return database_url


@pytest.fixture
async def database(laid_out: str) -> AsyncIterator[Database]:
    """With an owner's rights."""
    opened = await Database.connect(laid_out, name="test-verify", pool=2)
    yield opened
    await opened.close()
