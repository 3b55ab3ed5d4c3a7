"""Asks about unclear tickets, beside the pump, which never waits for it: a part of the service,
added by `joining` where an endpoint is set up."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from runtime.backoff import Backoff
from runtime.database import ConflictError, DatabaseAwayError
from runtime.health import Health, Progress
from runtime.logs import logger, trail
from services.triage.second_opinion.asker import Asker, Kit

log = logger(__name__)
DRAIN_S = 9.0
"""A clean stop lets questions in hand be answered and told for so long."""


class Asking:
    """The part: so many askers at once, the endpoint's connections, the gate for the answers."""

    def __init__(self, kit: Kit, health: Health, at_once: int) -> None:
        self.name = f"second opinions {id(self)}"
        """Of its tasks."""
        self._kit = kit
        askers = [Asker(kit, first=number == 0) for number in range(at_once)]
        self._lines = [
            _Line(asker, kit.bell, health.watch(f"second opinion {number}"))
            for number, asker in enumerate(askers)
        ]
        self._tasks: list[asyncio.Task[None]] = []
        self._open = AsyncExitStack()

    async def start(self) -> None:
        """Open the connections and begin."""
        await self._open.enter_async_context(self._kit.endpoint)
        self._kit.gate.start()
        self._tasks = [asyncio.create_task(line.run(), name=self.name) for line in self._lines]

    def ring(self) -> None:
        """Something may be due: look now."""
        self._kit.bell.set()

    async def stop(self) -> None:
        """Take nothing more; what is in hand is let end. The rest waits in the database."""
        for line in self._lines:
            line.stop()
        try:
            async with asyncio.timeout(DRAIN_S):
                await asyncio.gather(*self._tasks, return_exceptions=True)
        except TimeoutError:
            log.warning("questions left in hand")
            for task in self._tasks:
                task.cancel()
        await self._kit.gate.stop()
        await self._open.aclose()


class _Line:
    """Runs an asker until it is told to stop, whatever happens."""

    def __init__(self, asker: Asker, bell: asyncio.Event, progress: Progress) -> None:
        self._asker = asker
        self._bell = bell
        self._progress = progress
        self._backoff = Backoff(0.1, 5.0)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End after the step in hand."""
        self._stopping.set()
        self._bell.set()

    async def run(self) -> None:
        tries = 0
        while not self._stopping.is_set():
            self._bell.clear()
            try:
                rest_s = await self._asker.step()
            except Exception as error:  # noqa: BLE001  a line must outlive any failure
                tries += 1
                rest_s = self._backoff.wait_s(tries)
                self._note(error, tries)
            else:
                tries = 0
                self._progress.done()
            await self._rest(rest_s)

    async def _rest(self, rest_s: float) -> None:
        if rest_s <= 0 or self._stopping.is_set():
            return
        try:
            async with asyncio.timeout(rest_s):
                await self._bell.wait()
        except TimeoutError:
            return

    def _note(self, error: Exception, tries: int) -> None:
        if isinstance(error, DatabaseAwayError | ConflictError):
            log.warning("second opinions wait", cause=type(error).__name__, tries=tries)
        else:
            log.error("asking failed", trail=trail(error))
        if tries > 3:
            self._progress.trouble(type(error).__name__)
