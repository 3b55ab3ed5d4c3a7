"""A world of evidence for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.evidence_world import World
from tests.support.evidence_world import world as evidence_world


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """An archive of the test's own."""
    async with evidence_world(database_url, tmp_path / "objects") as running:
        yield running
