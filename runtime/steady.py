"""A part of a service that takes a step, rests and takes the next, whatever happens.

For what is worked on beside desks: files to look for, heads to sign, clusters to count.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from runtime.backoff import Backoff
from runtime.database import ConflictError, DatabaseAwayError
from runtime.gate import BusyError, CommandFailedError
from runtime.health import Health
from runtime.logs import logger, trail

log = logger(__name__)
PASSING = (DatabaseAwayError, ConflictError, BusyError, CommandFailedError, OSError)
"""Failures that end by themselves; others are defects, and are logged with their trail."""
TROUBLE_TRIES = 3


class Steady:
    """Repeats a step in the background. A failed one is tried again after a growing wait."""

    def __init__(self, name: str, step: Callable[[], Awaitable[float]], health: Health) -> None:
        """`step` returns the seconds to rest until the next."""
        self._name = name
        self._step = step
        self._progress = health.watch(name)
        self._backoff = Backoff(0.2, 5.0)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; a second call without `stop` between them is a mistake."""
        self._task = asyncio.create_task(self._forever(), name=self._name)

    async def stop(self) -> None:
        """End; the step in hand is cancelled."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _forever(self) -> None:
        tries = 0
        while True:
            self._progress.busy()
            try:
                rest_s = await self._step()
            except PASSING as error:
                tries += 1
                log.warning("part waits", part=self._name, cause=type(error).__name__, tries=tries)
                if tries > TROUBLE_TRIES:
                    self._progress.trouble(f"{type(error).__name__}: {error}")
                rest_s = self._backoff.wait_s(tries)
            except Exception as error:  # noqa: BLE001  a dead part would look idle
                tries += 1
                log.error("part failed", part=self._name, trail=trail(error))
                self._progress.trouble(f"defect: {type(error).__name__}")
                rest_s = self._backoff.wait_s(tries)
            else:
                tries = 0
                self._progress.done()
            await asyncio.sleep(rest_s)
