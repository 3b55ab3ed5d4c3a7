"""Keeps one part of the stack running: starts it again, with back-off, when it ends by itself.

Used by the supervisor for the broker, the database, the stand-ins and every service.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from devstack.problems import StackError

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
CALM_S = 10.0
"""Up for so long, a part is trusted again: the next back-off begins at the first wait."""
log = logging.getLogger(__name__)


class Part(Protocol):
    """Something that runs as a process. Starting it again after an end is always allowed."""

    name: str
    log_path: Path

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises StackError."""

    async def wait(self) -> int:
        """Until it has ended; its exit code."""

    async def stop(self) -> None:
        """End it in good order, by force after a grace period."""

    async def kill(self) -> None:
        """Signal 9."""


class KeeperState(StrEnum):
    """What the kept part does."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    DOWN = "down"
    STOPPED = "stopped"


class Keeper:
    """One part under watch. `changed` is called after every change of state."""

    def __init__(self, part: Part, changed: Callable[[], None]) -> None:
        self.part = part
        self.name = part.name
        self.state = KeeperState.WAITING
        self.restarts = 0
        self._changed = changed
        self._ready = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Process id. Raises StackError while it is down."""
        pid = self.part.pid
        if pid is None:
            raise StackError(f"{self.name} is not running", f"Its log: {self.part.log_path}")
        return pid

    async def start(self) -> None:
        """First start: a part that ends before it is ready is an error, not a restart.

        Raises StackError. A second call while it runs does nothing.
        """
        if self._watch is not None:
            return
        self._become(KeeperState.STARTING)
        try:
            await self.part.start()
        except BaseException:
            self._become(KeeperState.STOPPED)
            raise
        self._become(KeeperState.READY)
        self._watch = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def until_ready(self, timeout_s: float = 60) -> None:
        """Wait until it is ready, also over a restart. Raises StackError after the timeout."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._ready.wait()
        except TimeoutError as error:
            raise StackError(
                f"{self.name} was not ready within {timeout_s:.0f} s",
                f"Its log: {self.part.log_path}",
            ) from error

    async def stop(self) -> None:
        """End it and leave it so. A second call does nothing."""
        await self._leave_alone()
        await self.part.stop()
        self._become(KeeperState.STOPPED)

    async def kill(self, *, restart: bool = True) -> None:
        """Signal 9. It comes back by itself, unless `restart` is off: then after `start`."""
        if not restart:
            await self._leave_alone()
        self._ready.clear()
        await self.part.kill()
        if not restart:
            self._become(KeeperState.STOPPED)

    async def _leave_alone(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            await asyncio.wait([watch])

    async def _keep(self) -> None:
        clock = asyncio.get_running_loop().time
        wait_s = FIRST_WAIT_S
        while True:
            began = clock()
            code = await self.part.wait()
            self._become(KeeperState.DOWN)
            wait_s = FIRST_WAIT_S if clock() - began >= CALM_S else wait_s
            log.warning("%s ended (%s), again in %.1f s", self.name, code, wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
            self.restarts += 1
            self._become(KeeperState.STARTING)
            try:
                await self.part.start()
            except (StackError, OSError) as error:
                log.warning("%s: %s", self.name, error)
                continue
            self._become(KeeperState.READY)

    def _become(self, state: KeeperState) -> None:
        self.state = state
        if state is KeeperState.READY:
            self._ready.set()
        else:
            self._ready.clear()
        self._changed()
