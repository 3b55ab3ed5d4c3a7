"""The gate: HTTP commands that arrive together are applied in one transaction.

An edge calls `submit` and answers its caller only after the commit. Nothing waits on purpose:
while one transaction runs, the next commands gather.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from runtime.backoff import Backoff
from runtime.batch import Applied, Applier
from runtime.case import HTTP, Message
from runtime.database import BadDataError, ConflictError, DatabaseAwayError
from runtime.health import Health
from runtime.inbox import digest_of
from runtime.logs import logger, trail
from schemas.envelope import Envelope
from schemas.rules import RefusedError

log = logger(__name__)
BATCH_COMMANDS = 200
WAITING_COMMANDS = 2000
CONFLICT_TRIES = 5
ROOM_WAIT_S = 2.0


class BusyError(Exception):
    """Too many commands wait, or the database is away: the caller should come back soon."""


class Gate:
    """Group commit for one desk."""

    def __init__(self, applier: Applier, health: Health) -> None:
        self._applier = applier
        self._progress = health.watch(f"gate {applier.desk.name}")
        self._backoff = Backoff(0.01, 0.2)
        self._queue: asyncio.Queue[tuple[Message, asyncio.Future[Any]]] = asyncio.Queue(
            WAITING_COMMANDS
        )
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin applying commands in the background."""
        self._task = asyncio.create_task(self._run(), name=f"gate {self._applier.desk.name}")

    async def stop(self) -> None:
        """Apply what was taken in, then stop."""
        if self._task is None:
            return
        await self._queue.join()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def submit(
        self, event: Envelope[Any], raw: bytes, traceparent: str | None = None
    ) -> Mapping[str, Any]:
        """Apply one command durably and return the rule's answer.

        The same event id again returns the first answer without a second effect. Raises
        RefusedError (also with code `id_reused` when the id comes with other content) and
        BusyError; after BusyError the caller may repeat with the same id.
        """
        message = Message(
            id=event.id,
            key=self._applier.desk.key_of(event),
            event=event,
            digest=digest_of(raw),
            raw=raw,
            topic=HTTP,
            traceparent=traceparent,
        )
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((message, done))
        except asyncio.QueueFull as error:
            raise BusyError("too many requests are waiting") from error
        answer: Mapping[str, Any] = await done
        return answer

    async def _run(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH_COMMANDS and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            self._progress.busy()
            try:
                await asyncio.wait_for(self._applier.room(), timeout=ROOM_WAIT_S)
                await self._settle(batch)
            except TimeoutError:
                for _, done in batch:
                    _fail(done, BusyError("Kafka does not take what is waiting"))
            finally:
                for _, done in batch:
                    self._queue.task_done()
                    if not done.done():
                        done.set_exception(BusyError("the service stops"))
            self._progress.done()

    async def _settle(self, batch: list[tuple[Message, asyncio.Future[Any]]]) -> None:
        try:
            applied = await self._apply([message for message, _ in batch])
        except DatabaseAwayError as error:
            log.warning("commands not applied", cause=str(error), commands=len(batch))
            for _, done in batch:
                _fail(done, BusyError("the database does not answer"))
        except Exception as error:  # noqa: BLE001  a dead gate would leave its callers waiting
            await self._apart(batch, error)
        else:
            for message, done in batch:
                _answer(applied, message, done)

    async def _apply(self, messages: list[Message]) -> Applied:
        for tries in range(1, CONFLICT_TRIES):
            try:
                return await self._applier.commands(messages)
            except (ConflictError, DatabaseAwayError):
                await asyncio.sleep(self._backoff.wait_s(tries))
        return await self._applier.commands(messages)

    async def _apart(
        self, batch: list[tuple[Message, asyncio.Future[Any]]], error: Exception
    ) -> None:
        """Settle each command alone, so that only the one that fails is told so."""
        if len(batch) > 1:
            for single in batch:
                await self._settle([single])
            return
        done = batch[0][1]
        if isinstance(error, BadDataError):
            log.warning("command refused by the database", cause=str(error))
            _fail(done, RefusedError("unacceptable_data", "a value cannot be stored", status=422))
        elif isinstance(error, ConflictError):
            _fail(done, BusyError("others keep changing the same case"))
        else:
            log.error("command failed", trail=trail(error))
            _fail(done, CommandFailedError(type(error).__name__))


def _answer(applied: Applied, message: Message, done: asyncio.Future[Any]) -> None:
    if done.done():
        return
    answers = applied.folded.answers
    if any(message is other for other in applied.reused):
        _fail(done, RefusedError("id_reused", "this id was used before with other content"))
        return
    if message.id in answers:
        done.set_result(answers[message.id] or {})
        return
    failure = {f.message.id: f for f in applied.folded.failures}.get(message.id)
    if failure is not None and isinstance(failure.error, RefusedError):
        _fail(done, failure.error)
        return
    for repeat, earlier in applied.repeats:
        if message is repeat and failure is None:
            done.set_result(earlier.answer or {})
            return
    log.error("command failed", detail=failure.detail if failure else "behind a failure")
    _fail(done, CommandFailedError("the rule failed"))


class CommandFailedError(Exception):
    """A rule raised something unforeseen: a defect, answered with 500."""


def _fail(done: asyncio.Future[Any], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
