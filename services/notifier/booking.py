"""Books what came of tries and what providers reported: all that comes meanwhile goes into the
ledger with one transaction. Called by `results`; started and stopped by the sender.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from runtime.backoff import Backoff
from runtime.batch import Applier
from runtime.case import Message
from runtime.clock import monotonic_s
from runtime.database import ConflictError, DatabaseAwayError
from runtime.gate import BusyError
from runtime.health import Health
from runtime.logs import logger, trail
from runtime.polls import Gathering

log = logger(__name__)
BATCH_NEWS = 600
WAITING_NEWS = 6000
CONFLICT_TRIES = 5
GATHER_S = 0.1
"""While many come, news wait this long for each other; a lone one does not wait."""

News = tuple[Sequence[Message], asyncio.Future[None]]


class Booking:
    """Group commit of news that the ledger itself knows again when they are told twice."""

    def __init__(self, applier: Applier, health: Health) -> None:
        self._applier = applier
        self._progress = health.watch("booking")
        self._backoff = Backoff(0.01, 0.2)
        self._waiting: deque[News] = deque()
        self._count = 0
        self._wake = asyncio.Event()
        self._gathering = Gathering(GATHER_S, BATCH_NEWS)
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin booking in the background."""
        self._task = asyncio.create_task(self._run(), name="booking")

    async def stop(self) -> None:
        """Book what was handed in, then stop."""
        if self._task is not None:
            self._stopping = True
            self._wake.set()
            await self._task

    async def book(self, messages: Sequence[Message]) -> None:
        """Return once all are stored, or passed over because their rule failed (logged; the lease
        sees to it). Raises BusyError: none or some are stored, the same may come again."""
        if self._count + len(messages) > WAITING_NEWS or self._stopping:
            raise BusyError("too many news are waiting")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((messages, done))
        self._count += len(messages)
        self._wake.set()
        await done

    async def _run(self) -> None:
        while self._waiting or not self._stopping:
            await self._wake.wait()
            pause_s = self._gathering.wait_s(monotonic_s())
            if pause_s > 0 and not self._stopping and self._count < BATCH_NEWS:
                await asyncio.sleep(pause_s)
            self._gathering.taken(self._count, monotonic_s())
            while self._waiting:
                self._progress.busy()
                await self._settle(self._taken())
            self._wake.clear()
            self._progress.done()

    def _taken(self) -> list[News]:
        taken = [self._waiting.popleft()]
        size = len(taken[0][0])
        while self._waiting and size + len(self._waiting[0][0]) <= BATCH_NEWS:
            taken.append(self._waiting.popleft())
            size += len(taken[-1][0])
        self._count -= size
        return taken

    async def _settle(self, batch: list[News]) -> None:
        try:
            await self._apply([message for messages, _ in batch for message in messages])
        except DatabaseAwayError:
            _fail(batch, "the database does not answer")
        except Exception as error:  # noqa: BLE001  a dead task would leave its callers waiting
            await self._apart(batch, error)
        else:
            for _, done in batch:
                if not done.done():
                    done.set_result(None)

    async def _apply(self, messages: Sequence[Message]) -> None:
        for tries in range(1, CONFLICT_TRIES + 1):
            try:
                applied = await self._applier.results(messages)
            except (ConflictError, DatabaseAwayError):
                if tries == CONFLICT_TRIES:
                    raise
                await asyncio.sleep(self._backoff.wait_s(tries))
            else:
                for failure in applied.folded.failures:
                    log.error("news not taken", key=failure.message.key, detail=failure.detail)
                return

    async def _apart(self, batch: list[News], error: Exception) -> None:
        """Settle each alone, so that the one that fails costs itself only."""
        if len(batch) > 1:
            for single in batch:
                await self._settle([single])
            return
        messages, done = batch[0]
        if len(messages) > 1:
            loop = asyncio.get_running_loop()
            parts: list[News] = [([message], loop.create_future()) for message in messages]
            for part in parts:
                await self._settle([part])
            failed = [part for _, part in parts if part.exception() is not None]
            if failed:
                _fail(batch, "others keep changing the same")
            elif not done.done():
                done.set_result(None)
            return
        if isinstance(error, ConflictError):
            _fail(batch, "others keep changing the same")
            return
        log.error("news not taken", key=messages[0].key, trail=trail(error))
        if not done.done():
            done.set_result(None)


def _fail(batch: Sequence[News], why: str) -> None:
    log.warning("news not booked", cause=why, calls=len(batch))
    for _, done in batch:
        if not done.done():
            done.set_exception(BusyError(why))
