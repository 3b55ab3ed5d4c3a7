"""Fixtures: the schema laid out once, one resolution per test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runtime.migrations import migrate_all
from tests.component.resolution.world import PASSWORD, World
from tests.component.resolution.world import world as resolution_world


@pytest.fixture(scope="session")
def laid_out(database_url: str) -> str:
    """URL of a database with resolution's schema."""
    asyncio.run(migrate_all(database_url, {"resolution": PASSWORD}))
    return database_url


@pytest.fixture
async def world(laid_out: str, tmp_path: Path) -> AsyncIterator[World]:
    """A running resolution."""
    async with resolution_world(laid_out, tmp_path) as running:
        yield running


@pytest.fixture
async def twin(world: World, laid_out: str, tmp_path: Path) -> AsyncIterator[World]:
    """A second instance for the same shops."""
    async with resolution_world(laid_out, tmp_path, (world.shop, world.other_shop)) as running:
        yield running
