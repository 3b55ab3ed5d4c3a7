"""The supervisor's watch over one part: back after a kill, not after a stop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from devstack.keeper import Keeper, KeeperState
from devstack.ports import free_port
from devstack.problems import StackError
from devstack.service import ProcessPart, listens
from devstack.state import Mark
from tests.support.bus import LONG_S

LISTENER = "import http.server as h, sys; h.test(port=int(sys.argv[1]), bind='127.0.0.1')"


class Watched:
    """A keeper over a listening dummy, and every state that it told of."""

    def __init__(self, folder: Path, code: str = LISTENER) -> None:
        port = free_port()
        words = (sys.executable, "-c", code, str(port))
        self.log = folder / "dummy.log"
        self.part = ProcessPart("dummy", words, self.log, port, listens(port))
        self.keeper = Keeper(self.part, self._told)
        self.states: list[KeeperState] = []
        self._change = asyncio.Event()

    def _told(self) -> None:
        self.states.append(self.keeper.state)
        self._change.set()

    async def until(self, there: Callable[[], bool]) -> None:
        async with asyncio.timeout(LONG_S):
            while not there():
                self._change.clear()
                await self._change.wait()


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    made = Watched(tmp_path)
    await made.keeper.start()
    yield made
    await made.keeper.stop()


async def test_a_killed_part_comes_back_as_another_process(watched: Watched) -> None:
    first = watched.keeper.pid

    await watched.keeper.kill()
    await watched.keeper.until_ready()

    assert watched.keeper.pid != first
    assert watched.keeper.restarts == 1
    assert watched.states == ["starting", "ready", "down", "starting", "ready"]


async def test_a_part_that_keeps_ending_is_tried_again_and_again(watched: Watched) -> None:
    for _ in range(3):
        await watched.keeper.kill()
        await watched.keeper.until_ready()

    assert watched.keeper.restarts == 3


async def test_a_stopped_part_stays_down(watched: Watched) -> None:
    mark = Mark.of(watched.keeper.pid)
    assert mark is not None

    await watched.keeper.stop()

    assert not mark.alive
    assert watched.keeper.state is KeeperState.STOPPED
    with pytest.raises(StackError, match="not running"):
        _ = watched.keeper.pid


async def test_killed_for_longer_it_waits_for_the_next_start(watched: Watched) -> None:
    await watched.keeper.kill(restart=False)
    assert watched.states[-1] is KeeperState.STOPPED

    await watched.keeper.start()

    assert watched.keeper.state is KeeperState.READY
    assert watched.keeper.restarts == 0


async def test_one_that_ends_before_it_is_ready_is_an_error(tmp_path: Path) -> None:
    broken = Watched(tmp_path, "raise SystemExit('no such policy')")

    with pytest.raises(StackError, match="no such policy") as caught:
        await broken.keeper.start()

    assert str(broken.log) in caught.value.advice
    assert broken.keeper.state is KeeperState.STOPPED
