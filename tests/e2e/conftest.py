"""The whole system, started once for the stories: real broker, database, services, stand-ins."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from devstack.plan import Options
from devstack.state import read_state
from devstack.supervisor import Stack
from runtime.clock import wall_now
from tests.support.shop import Shop

ORIGIN = datetime(2026, 3, 6, 2, tzinfo=UTC)
SCALE = 60.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The stack lives in one event loop for all stories."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    """All services on a clock that runs sixty times faster, from a morning in China:
    the hours in which nobody writes to customers are eleven minutes away."""
    with tempfile.TemporaryDirectory(prefix="aftercare-e2e-") as folder:
        options = Options(
            time_scale=SCALE, time_origin_at=ORIGIN, extra_env={"*": {"AFTERCARE_TRACE_RATIO": "1"}}
        )
        async with Stack(Path(folder) / "run", options) as running:
            yield running


@pytest_asyncio.fixture(loop_scope="session")
async def shop(stack: Stack) -> AsyncIterator[Shop]:
    """A shop on that system."""
    async with Shop(stack) as made:
        yield made


@pytest.fixture
def now(stack: Stack) -> datetime:
    """Business time, about."""
    started = read_state(stack.run_dir).time_started_at
    assert started is not None
    return ORIGIN + (wall_now() - started) * SCALE
