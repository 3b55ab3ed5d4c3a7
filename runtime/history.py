"""Keeps inbox and outbox to the weeks that are wanted: makes the next tables, drops old ones.

A part of every service; the work itself is one function of the database.
"""

from __future__ import annotations

import asyncio

from runtime.database import Database
from runtime.logs import logger, trail
from runtime.sql_text import queries

log = logger(__name__)
EVERY_S = 3600.0


class History:
    """Makes room for the weeks to come at the start, then every hour."""

    def __init__(self, database: Database, kept_days: int) -> None:
        self._database = database
        self._kept_days = kept_days
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Do it once before anything is written. Raises DatabaseAwayError."""
        await self.keep()
        self._task = asyncio.create_task(self._forever(), name="history")

    async def stop(self) -> None:
        """End the loop; a run in hand is rolled back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def keep(self) -> list[str]:
        """Bring the tables up to date; names of those that were dropped."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch(queries.keep_history, self._kept_days)
        dropped = [row["dropped"] for row in rows]
        if dropped:
            log.info("old history dropped", tables=dropped)
        return dropped

    async def _forever(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.keep()
            except Exception as error:  # noqa: BLE001  the next hour tries again
                log.error("history not kept", trail=trail(error))
