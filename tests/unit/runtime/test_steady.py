"""A part beside the desks: it goes on whatever happens, and says so where it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from runtime.database import DatabaseAwayError
from runtime.health import Health
from runtime.steady import TROUBLE_TRIES, Steady


class Steps:
    """Fails in the given order, then works and rings."""

    def __init__(self, failures: Sequence[Exception]) -> None:
        self.failures = [*failures]
        self.worked = asyncio.Event()
        self.taken = 0

    async def step(self) -> float:
        """One of them."""
        self.taken += 1
        if self.failures:
            raise self.failures.pop(0)
        self.worked.set()
        return 3600.0


def healthy() -> Health:
    """Of a service that has started."""
    health = Health(3600.0)
    health.started = True
    return health


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other at once."""
    monkeypatch.setattr("runtime.backoff.Backoff.wait_s", lambda *_: 0.0)


@pytest.mark.parametrize(
    "failures",
    [
        [],
        [DatabaseAwayError("away")],
        [ValueError("a defect")],
        [OSError("disk"), KeyError("a defect"), DatabaseAwayError("away")],
    ],
)
async def test_a_failed_step_is_taken_again(failures: list[Exception]) -> None:
    steps, health = Steps(failures), healthy()
    part = Steady("files", steps.step, health)
    part.start()
    async with asyncio.timeout(10):
        await steps.worked.wait()
    await part.stop()
    assert steps.taken == len(failures) + 1
    assert health.report().complaints == {}


@pytest.mark.parametrize(
    ("failures", "complaint"),
    [
        ([DatabaseAwayError("away")] * (TROUBLE_TRIES + 1), "DatabaseAwayError: away"),
        ([ValueError("13812345678")], "defect: ValueError"),
    ],
)
async def test_what_does_not_go_on_is_told(failures: list[Exception], complaint: str) -> None:
    steps, health, told = Steps(failures), healthy(), asyncio.Event()
    found: list[dict[str, str]] = []

    async def step() -> float:
        if not steps.failures:
            found.append(health.report().complaints)
            told.set()
        return await steps.step()

    part = Steady("files", step, health)
    part.start()
    async with asyncio.timeout(10):
        await told.wait()
    await part.stop()
    assert found[0] == {"files": complaint}
