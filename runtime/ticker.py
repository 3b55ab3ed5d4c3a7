"""The two loops that bring things back by time: due timers and parked messages.

One pair per desk, started by the service. Both go through the desk's applier.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from runtime import timers
from runtime.backoff import Backoff
from runtime.batch import Applier
from runtime.database import BadDataError, ConflictError, Database, DatabaseAwayError
from runtime.dead_letters import LineStoppedError
from runtime.health import Health, Progress
from runtime.logs import logger, trail

log = logger(__name__)
TIMERS_AT_ONCE = 1000
LONGEST_SLEEP_S = 0.25
SHORTEST_SLEEP_S = 0.001
CONTENDED_SLEEP_S = 0.005
"""Due timers that another instance is firing right now."""
PARKED_EVERY_S = 0.2
PARKED_KEYS = 50
PARKED_MESSAGES = 500


class Ticker:
    """Fires the timers of one desk on time and retries its parked messages."""

    def __init__(
        self, applier: Applier, database: Database, time_scale: float, health: Health
    ) -> None:
        self._applier = applier
        self._database = database
        self._scale = time_scale
        name = applier.desk.name
        self._timer_progress = health.watch(f"ticker {name}")
        self._retry_progress = health.watch(f"retry {name}")
        self._backoff = Backoff(0.1, 2.0)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Run both loops in the background."""
        self._tasks = [
            asyncio.create_task(self._forever(self._fire, self._timer_progress)),
            asyncio.create_task(self._forever(self._retry, self._retry_progress)),
        ]

    async def stop(self) -> None:
        """Stop both; a transaction in hand is rolled back and done again elsewhere."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _forever(self, step: Callable[[], Awaitable[float]], progress: Progress) -> None:
        tries = 0
        while True:
            try:
                wait = await step()
            except (DatabaseAwayError, ConflictError, LineStoppedError, BadDataError) as error:
                tries += 1
                progress.busy()
                if tries > 3:
                    progress.trouble(f"{type(error).__name__}: {error}")
                log.warning("tick failed", cause=type(error).__name__, detail=str(error))
                wait = self._backoff.wait_s(tries)
            except Exception as error:  # noqa: BLE001  a dead loop would look idle
                tries += 1
                progress.trouble(f"defect: {type(error).__name__}")
                log.error("tick failed", desk=self._applier.desk.name, trail=trail(error))
                wait = self._backoff.wait_s(tries)
            else:
                tries = 0
                progress.done()
            await asyncio.sleep(wait)

    async def _fire(self) -> float:
        """Fire what is due; returns the seconds to sleep."""
        try:
            fired = await self._applier.timers(TIMERS_AT_ONCE)
        except (DatabaseAwayError, ConflictError, LineStoppedError):
            raise
        except Exception:  # noqa: BLE001  told below, at the timer that causes it
            fired = await self._fire_one_by_one()
        if fired:
            return 0.0 if fired == TIMERS_AT_ONCE else SHORTEST_SLEEP_S
        async with self._database.transaction() as tx:
            wait = await timers.next_wait_s(tx, self._applier.desk.name)
        if wait is None:
            return LONGEST_SLEEP_S
        if wait <= 0:
            return CONTENDED_SLEEP_S
        return min(LONGEST_SLEEP_S, max(SHORTEST_SLEEP_S, wait / self._scale))

    async def _fire_one_by_one(self) -> int:
        try:
            return await self._applier.timers(1)
        except (DatabaseAwayError, ConflictError, LineStoppedError):
            raise
        except Exception as error:  # noqa: BLE001  it costs this timer a try
            return await self._applier.timers(1, refused=_why(error))

    async def _retry(self) -> float:
        try:
            taken = await self._applier.parked(PARKED_KEYS, PARKED_MESSAGES)
        except (DatabaseAwayError, LineStoppedError):
            raise
        except Exception:  # noqa: BLE001  told below, at the message that causes it
            taken = await self._retry_one()
        return 0.0 if taken else PARKED_EVERY_S

    async def _retry_one(self) -> int:
        try:
            return await self._applier.parked(1, 1)
        except (DatabaseAwayError, LineStoppedError):
            raise
        except Exception as error:  # noqa: BLE001  it costs this message a try
            return await self._applier.parked(1, 1, refused=_why(error))


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, BadDataError) else type(error).__name__
