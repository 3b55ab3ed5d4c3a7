"""The gate: HTTP commands that arrive together are applied in one transaction.

An edge calls `submit` (or `submit_many` for a burst) and answers its caller only after the
commit. Nothing waits on purpose: while one transaction runs, the next commands gather; those in the
urgent lane have transactions of their own and wait for no others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.backoff import Backoff
from runtime.batch import Applied, Applier
from runtime.case import HTTP, Message
from runtime.database import BadDataError, ConflictError, DatabaseAwayError
from runtime.health import Health, Progress
from runtime.inbox import digest_of
from runtime.logs import logger, trail
from schemas.envelope import Envelope
from schemas.rules import RefusedError
from schemas.topics import LANES
from schemas.values import Lane

log = logger(__name__)
BATCH_COMMANDS = 500
WAITING_COMMANDS = 4000
CONFLICT_TRIES = 5
ROOM_WAIT_S = 2.0
Outcome = Mapping[str, Any] | Exception
"""What became of one command: the rule's answer, or why there is none."""


class BusyError(Exception):
    """Too many commands wait, or the database is away: the caller should come back soon."""


class CommandFailedError(Exception):
    """A rule raised something unforeseen: a defect, answered with 500."""


@dataclass(frozen=True, slots=True)
class Command:
    """An event to apply. `content` is what makes two sendings of one id the same."""

    event: Envelope[Any]
    content: bytes
    traceparent: str | None = None


@dataclass(slots=True)
class _Bundle:
    """Commands that one caller waits for together."""

    messages: Sequence[Message]
    done: asyncio.Future[list[Outcome]]


class _Line:
    """What waits in one lane."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.queue: asyncio.Queue[_Bundle] = asyncio.Queue()
        self.waiting = 0


class Gate:
    """Group commit for one desk: one transaction at a time in each lane."""

    def __init__(self, applier: Applier, health: Health) -> None:
        self._applier = applier
        self.way = applier.way
        name = f"gate {applier.desk.name}"
        self._lines: dict[Lane, _Line] = {
            lane: _Line(health.watch(name if lane == "routine" else f"{name} {lane}"))
            for lane in LANES
        }
        self._backoff = Backoff(0.01, 0.2)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin applying commands in the background."""
        self._tasks = [
            asyncio.create_task(self._run(lane), name=f"gate {self._applier.desk.name} {lane}")
            for lane in LANES
        ]

    async def stop(self) -> None:
        """Apply what was taken in, then stop."""
        if not self._tasks:
            return
        for line in self._lines.values():
            await line.queue.join()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def has_room(self, lane: Lane) -> bool:
        """Whether the outbox takes more of a lane right now."""
        return self._applier.has_room(lane)

    async def submit(
        self, event: Envelope[Any], raw: bytes, traceparent: str | None = None
    ) -> Mapping[str, Any]:
        """Apply one command durably and return the rule's answer.

        The same event id again returns the first answer without a second effect. Raises
        RefusedError (also with code `id_reused` when the id comes with other content) and
        BusyError; after BusyError the caller may repeat with the same id.
        """
        (outcome,) = await self.submit_many([Command(event, raw, traceparent)])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def submit_many(self, told: Sequence[Command], lane: Lane = "routine") -> list[Outcome]:
        """Apply commands durably, in this order; what became of each, in the same order.

        They share a transaction as long as none of them spoils it: a refusal costs its own
        command only. Outcomes are as those of `submit`. Raises BusyError when nothing was taken.
        """
        if not told:
            return []
        line = self._lines[lane]
        if line.waiting >= WAITING_COMMANDS:
            raise BusyError("too many requests are waiting")
        messages = [self._message(command) for command in told]
        bundle = _Bundle(messages, asyncio.get_running_loop().create_future())
        line.waiting += len(messages)
        line.queue.put_nowait(bundle)
        return await bundle.done

    def _message(self, command: Command) -> Message:
        event = command.event
        return Message(
            id=event.id,
            key=self._applier.desk.key_of(event),
            event=event,
            digest=digest_of(command.content),
            raw=command.content,
            topic=HTTP,
            traceparent=command.traceparent,
        )

    async def _run(self, lane: Lane) -> None:
        line = self._lines[lane]
        while True:
            bundles = [await line.queue.get()]
            commands = len(bundles[0].messages)
            while commands < BATCH_COMMANDS and not line.queue.empty():
                bundles.append(line.queue.get_nowait())
                commands += len(bundles[-1].messages)
            line.progress.busy()
            outcomes: list[Outcome] = [BusyError("the service stops")] * commands
            try:
                with self.way.held(lane):
                    messages = [m for b in bundles for m in b.messages]
                    outcomes = await self._outcomes(messages, lane)
            finally:
                line.waiting -= commands
                _hand_out(bundles, outcomes)
                for _ in bundles:
                    line.queue.task_done()
            line.progress.done()

    async def _outcomes(self, messages: Sequence[Message], lane: Lane) -> list[Outcome]:
        try:
            if not self._applier.has_room(lane):
                await asyncio.wait_for(self._applier.room(lane), timeout=ROOM_WAIT_S)
        except TimeoutError:
            return [BusyError("Kafka does not take what is waiting")] * len(messages)
        return await self._settled(messages, lane)

    async def _settled(self, messages: Sequence[Message], lane: Lane) -> list[Outcome]:
        """Apply them together; where that fails, in halves, so that one bad command is alone."""
        try:
            applied = await self._apply(messages, lane)
        except DatabaseAwayError as error:
            log.warning("commands not applied", cause=str(error), commands=len(messages))
            return [BusyError("the database does not answer")] * len(messages)
        except Exception as error:  # noqa: BLE001  a dead gate would leave its callers waiting
            if len(messages) == 1:
                return [_told(error)]
            half = len(messages) // 2
            first = await self._settled(messages[:half], lane)
            return [*first, *await self._settled(messages[half:], lane)]
        return _answers(applied, messages)

    async def _apply(self, messages: Sequence[Message], lane: Lane) -> Applied:
        for tries in range(1, CONFLICT_TRIES):
            try:
                return await self._applier.commands(messages, lane)
            except (ConflictError, DatabaseAwayError):
                await asyncio.sleep(self._backoff.wait_s(tries))
        return await self._applier.commands(messages, lane)


def _hand_out(bundles: Sequence[_Bundle], outcomes: Sequence[Outcome]) -> None:
    start = 0
    for bundle in bundles:
        end = start + len(bundle.messages)
        if not bundle.done.done():
            bundle.done.set_result(list(outcomes[start:end]))
        start = end


def _told(error: Exception) -> Exception:
    """What the caller of a command that failed alone is told."""
    if isinstance(error, BadDataError):
        log.warning("command refused by the database", cause=str(error))
        return RefusedError("unacceptable_data", "a value cannot be stored", status=422)
    if isinstance(error, ConflictError):
        return BusyError("others keep changing the same case")
    log.error("command failed", trail=trail(error))
    return CommandFailedError(type(error).__name__)


def _answers(applied: Applied, messages: Sequence[Message]) -> list[Outcome]:
    """The outcome of each message. One that comes twice in a batch has the answer of the first;
    {} when the first failed, so that the caller asks again."""
    answers = applied.folded.answers
    reused = {id(message) for message in applied.reused}
    earlier = {id(message): seen.answer for message, seen in applied.repeats}
    failures = {failure.message.id: failure for failure in applied.folded.failures}
    outcomes: list[Outcome] = []
    for message in messages:
        failure = failures.get(message.id)
        if id(message) in reused:
            text = "this id was used before with other content"
            outcomes.append(RefusedError("id_reused", text))
        elif message.id in answers:
            outcomes.append(answers[message.id] or {})
        elif failure is not None and isinstance(failure.error, RefusedError):
            outcomes.append(failure.error)
        elif failure is None and id(message) in earlier:
            outcomes.append(earlier[id(message)] or {})
        else:
            detail = failure.detail if failure is not None else "behind a failure"
            log.error("command failed", detail=detail)
            outcomes.append(CommandFailedError("the rule failed"))
    return outcomes
