"""Marks in the outbox what Kafka has: many batches with one statement. Called by `publisher`.

A mark that comes late, or never for a crash, costs repeats; none is made before Kafka has it all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from uuid import UUID

from runtime import outbox
from runtime.backoff import Backoff
from runtime.database import Database
from runtime.health import Progress
from runtime.logs import logger

log = logger(__name__)
EVERY_S = 0.2
"""Batches gather for so long: nobody waits for their mark."""
LAST_S = 5.0
"""What is left when the service stops may take so long."""


class Marks:
    """Batches that Kafka has and the database does not know of yet."""

    def __init__(self, database: Database, progress: Progress, pending: set[UUID]) -> None:
        """`pending` are the publisher's batches; those that are marked are taken out of it."""
        self._database = database
        self._progress = progress
        self._pending = pending
        self._sent: list[UUID] = []
        self._backoff = Backoff(EVERY_S, 5.0)
        self._task: asyncio.Task[None] | None = None

    def note(self, batches: Iterable[UUID]) -> None:
        """Kafka has all events of these; they are marked soon."""
        self._sent += batches
        if self._sent and (self._task is None or self._task.done()):
            self._progress.busy()
            self._task = asyncio.create_task(self._soon(), name="marks")

    async def close(self) -> None:
        """Mark what is left; what cannot be marked is published again by whoever finds it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            await asyncio.wait_for(self._mark(), timeout=LAST_S)
        except Exception as error:  # noqa: BLE001  the service stops; nothing is lost by it
            log.warning("batches not marked", cause=type(error).__name__, batches=len(self._sent))

    async def _soon(self) -> None:
        tries = 0
        while self._sent:
            await asyncio.sleep(self._backoff.wait_s(tries) if tries else EVERY_S)
            try:
                await self._mark()
            except Exception as error:  # noqa: BLE001  marks that stop would look like none
                tries += 1
                if tries > 3:
                    self._progress.trouble(f"marking fails: {type(error).__name__}")
                log.warning("marking failed", cause=type(error).__name__, tries=tries)
            else:
                tries = 0
                self._progress.done(idle=not self._sent)

    async def _mark(self) -> None:
        sent = list(self._sent)
        if not sent:
            return
        async with self._database.single() as tx:
            await outbox.mark_published(tx, sent)
        del self._sent[: len(sent)]
        self._pending.difference_update(sent)
