"""A world per test: empty tables, stand-ins without faults, one process that sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.notifier_process import HASTY_S
from tests.support.notifier_world import World, notifier_world


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with notifier_world(database_url, tmp_path) as made:
        instance = await made.open()
        await instance.start()
        yield made


@pytest.fixture
async def idle(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Nobody sends until the test starts somebody."""
    async with notifier_world(database_url, tmp_path) as made:
        yield made


@pytest.fixture
async def hasty(idle: World) -> World:
    """A process that soon gives up a call without an answer."""
    idle.settings = idle.settings.model_copy(update={"notifier_call_timeout_s": HASTY_S})
    await (await idle.open()).start()
    return idle
