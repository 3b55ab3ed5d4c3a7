"""The loops that bring things back by time: due timers and parked messages.

One set per desk, started by the service. All go through the desk's applier.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine

from runtime import parking, timers
from runtime.alarm import LONGEST_SLEEP_S
from runtime.backoff import Backoff
from runtime.batch import Applier
from runtime.database import BadDataError, ConflictError, Database, DatabaseAwayError
from runtime.dead_letters import LineStoppedError
from runtime.health import Health, Progress
from runtime.logs import logger, trail
from schemas.rules import TimerFired

log = logger(__name__)
TIMERS_AT_ONCE = 500
MANY_TIMERS = 100
"""From so many due at once a second hand helps: one decides while the other's rows are written."""
SHORTEST_SLEEP_S = 0.001
GATHER_S = 0.004
"""After a small batch: what falls due meanwhile shares a transaction."""
CONTENDED_SLEEP_S = 0.005
"""Due timers that another ticker is firing right now."""
PARKED_EVERY_S = 0.5
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
        self._help_progress = health.watch(f"second ticker {name}")
        self._retry_progress = health.watch(f"retry {name}")
        self._backoff = Backoff(0.1, 2.0)
        self._many = asyncio.Event()
        self._expected = True
        """A timer is due by the next look."""
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Run the loops in the background; those for timers where a rule answers any."""
        loops = [(self._retry, self._retry_progress)]
        if TimerFired in self._applier.desk.rules:
            loops += [(self._tick, self._timer_progress), (self._help, self._help_progress)]
        self._tasks = [asyncio.create_task(self._forever(*each)) for each in loops]

    async def stop(self) -> None:
        """Stop them; a transaction in hand comes to its end first."""
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

    async def _tick(self) -> float:
        """Fire what is due, or rest until something may be; returns the seconds to sleep then.
        While nothing is expected it only asks when the next one is due."""
        looked = self._expected
        fired = await self._fire() if looked else 0
        self._expected = True
        if fired >= MANY_TIMERS:
            self._many.set()
            return 0.0
        if fired:
            return GATHER_S
        alarm = self._applier.alarm
        alarm.reset()
        async with self._database.single() as tx:
            wait = await timers.next_wait_s(tx, self._applier.desk.name, self._scale)
        if wait is not None and wait <= 0:
            return CONTENDED_SLEEP_S if looked else 0.0
        sleep_s = math.inf if wait is None else max(SHORTEST_SLEEP_S, wait)
        rung = await alarm.rest(min(LONGEST_SLEEP_S, sleep_s))
        self._expected = sleep_s <= LONGEST_SLEEP_S and not rung
        return 0.0

    async def _help(self) -> float:
        """Wait until much is due, then fire as long as it is."""
        await self._many.wait()
        if await self._fire() < MANY_TIMERS:
            self._many.clear()
        return 0.0

    async def _fire(self) -> int:
        """Fire one batch; returns how many were due."""
        try:
            return await _whole(self._applier.timers(TIMERS_AT_ONCE))
        except (DatabaseAwayError, ConflictError, LineStoppedError):
            raise
        except Exception:  # noqa: BLE001  told below, at the timer that causes it
            return await self._fire_one_by_one()

    async def _fire_one_by_one(self) -> int:
        try:
            return await _whole(self._applier.timers(1))
        except (DatabaseAwayError, ConflictError, LineStoppedError):
            raise
        except Exception as error:  # noqa: BLE001  it costs this timer a try
            return await _whole(self._applier.timers(1, refused=_why(error)))

    async def _retry(self) -> float:
        async with self._database.single() as tx:
            parked, asked = await parking.waiting(tx, self._applier.desk.name)
        taken = await self._retry_some() if parked else 0
        if asked:  # last: a letter that cannot come back keeps no parked message from its try
            taken += await _whole(self._applier.bring_back(PARKED_MESSAGES))
        return 0.0 if taken else PARKED_EVERY_S

    async def _retry_some(self) -> int:
        try:
            return await _whole(self._applier.parked(PARKED_KEYS, PARKED_MESSAGES))
        except (DatabaseAwayError, LineStoppedError):
            raise
        except Exception:  # noqa: BLE001  told below, at the message that causes it
            return await self._retry_one()

    async def _retry_one(self) -> int:
        try:
            return await _whole(self._applier.parked(1, 1))
        except (DatabaseAwayError, LineStoppedError):
            raise
        except Exception as error:  # noqa: BLE001  it costs this message a try
            return await _whole(self._applier.parked(1, 1, refused=_why(error)))


async def _whole(work: Coroutine[None, None, int]) -> int:
    """Its result. Cancelled once, it still comes to its end: what is committed with nobody there
    to hand it to the publisher would wait for the next process."""
    doing = asyncio.create_task(work)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        try:
            await asyncio.wait((doing,))
        finally:
            doing.cancel()
        raise


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, BadDataError) else type(error).__name__
