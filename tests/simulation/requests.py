"""Where a simulated process meets the world: each request waits here until its turn comes.

When nobody in the loop can go on, one of the waiting requests is chosen by the seed, or the clock
moves to the next timer; faults strike at such a choice and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from asyncpg.exceptions import LockNotAvailableError

from tests.simulation.lives import LIFE, Life, VirtualLoop
from tests.simulation.server import Blocked

IMPATIENT = 0.04
"""How often a timer passes requests that wait: an answer that is slow to come."""
LOCK_TIMEOUT_S = 10.0
MOST_STEPS = 20_000


class StuckError(Exception):
    """Nothing can happen any more, or things happen without end."""


@dataclass(eq=False, slots=True)
class Request:
    """Something asked of the world. `lasting`: it may be done although nobody waits any more."""

    name: str
    life: Life | None
    perform: Callable[[], Any]
    ready: Callable[[], bool]
    snap: Callable[[], Exception] | None
    """Breaks its connection; what the one who asked is told then."""
    lasting: bool
    reply: asyncio.Future[Any]

    @property
    def who(self) -> str:
        """Name of who asked."""
        return "world" if self.life is None else self.life.name


class Fate(Protocol):
    """Decides what strikes at a request."""

    def strike(self, request: Request | None) -> str:
        """`""`: nothing; `lost` or `lost after`: its connection breaks before or after it was
        done; `after`: something comes once it is done, by `strike_after`; `skip`: something came
        before it. None: the next is a timer."""

    def strike_after(self, request: Request) -> None:
        """The request was done and the answer is on its way."""


def always() -> bool:
    """Ready whenever it is asked."""
    return True


class Requests:
    """All that wait, and the choice among them."""

    def __init__(self, random: Random, tell_time: Callable[[float], None]) -> None:
        """`tell_time` sets the database's clock."""
        self.loop = VirtualLoop(self._step)
        self.trace: list[str] = []
        self.fate: Fate | None = None
        self.steps = 0
        self._random = random
        self._tell_time = tell_time
        self._told_s = -1.0
        self._waiting: list[Request] = []
        self._left: list[Request] = []
        self._blocked: list[tuple[Request, Blocked]] = []

    def note(self, who: str, what: str) -> None:
        """A line of the history."""
        self.trace.append(f"{self.loop.now_s:9.6f} {who:<6} {what[:70]}")

    def submit(
        self,
        name: str,
        perform: Callable[[], Any],
        *,
        ready: Callable[[], bool] = always,
        snap: Callable[[], Exception] | None = None,
        lasting: bool = False,
    ) -> asyncio.Future[Any]:
        """Let a request wait for its turn."""
        life = LIFE.get()
        if life is not None and life.state == "swept":
            raise asyncio.CancelledError
        reply = self.loop.create_future()
        self._waiting.append(Request(name, life, perform, ready, snap, lasting, reply))
        return reply

    def submit_for(
        self,
        life: Life | None,
        name: str,
        perform: Callable[[], Any],
        ready: Callable[[], bool] = always,
    ) -> None:
        """Something that comes to a process, or to nobody, when its turn has come."""
        reply = self.loop.create_future()
        self._waiting.append(Request(name, life, perform, ready, None, False, reply))

    async def ask(self, name: str, perform: Callable[[], Any], **more: Any) -> Any:
        """Its answer. Who stops waiting does not know whether it was done."""
        reply = self.submit(name, perform, **more)
        request = self._waiting[-1]
        try:
            return await reply
        except asyncio.CancelledError:
            self._left.append(request)
            raise

    def drop(self, life: Life) -> None:
        """The process ended: what it had asked for may still be done, or not."""
        for request in [one for one in self._waiting if one.life is life]:
            self._abandon(request)
        for request, blocked in [pair for pair in self._blocked if pair[0].life is life]:
            self._blocked.remove((request, blocked))
            blocked.cancel()

    def fail(self, kind: str, error: Callable[[], Exception]) -> None:
        """Everybody who waits for an answer of this kind gets this error instead."""
        for request, blocked in list(self._blocked):
            if request.name.startswith(kind):
                self._blocked.remove((request, blocked))
                blocked.cancel()
                self._answer(request, error())
        for request in [one for one in self._waiting if one.name.startswith(kind)]:
            self._waiting.remove(request)
            self._answer(request, error())

    def _step(self, timeout: float | None) -> None:
        """Nobody can go on: something happens."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise StuckError("does not come to rest")
        left, self._left = self._left, []
        for request in left:
            self._abandon(request)
        ready = [one for one in self._waiting if one.ready()]
        impatient = timeout is not None and self._random.random() < IMPATIENT
        if timeout is not None and (not ready or impatient):
            if self.fate is None or not self.fate.strike(None):
                self.loop.now_s = round(self.loop.now_s + timeout, 9)
            return
        if not ready:
            raise StuckError("nothing can happen any more")
        self._grant(self._random.choice(ready))

    def _grant(self, request: Request) -> None:
        strike = self.fate.strike(request) if self.fate is not None else ""
        if strike == "skip" or request not in self._waiting:
            return
        self._waiting.remove(request)
        if strike.startswith("lost") and request.snap is not None:
            if strike == "lost after":
                self._perform(request, quiet=True)
            self.note(request.who, f"{request.name}: {strike}")
            self._answer(request, request.snap())
            self._settle()
            return
        self._perform(request)
        if strike == "after" and self.fate is not None:
            self.fate.strike_after(request)

    def _abandon(self, request: Request) -> None:
        if request in self._waiting:
            self._waiting.remove(request)
            if request.lasting and request.ready() and self._random.random() < 0.5:
                self._perform(request, quiet=True)
                self.note(request.who, f"{request.name}: done for nobody")
        for pair in [pair for pair in self._blocked if pair[0] is request]:
            self._blocked.remove(pair)
            pair[1].cancel()

    def _perform(self, request: Request, *, quiet: bool = False) -> None:
        """Do it. `quiet`: nobody hears of it."""
        if request.name.startswith("db") and self._told_s != self.loop.now_s:
            self._told_s = self.loop.now_s
            self._tell_time(self._told_s)
        answer: Any
        try:
            answer = request.perform()
        except Exception as error:  # noqa: BLE001  an error is an answer as well
            answer = error
        if isinstance(answer, Blocked):
            if quiet:
                answer.cancel()
                return
            self.note(request.who, f"{request.name}: waits for a lock")
            self._blocked.append((request, answer))
            self.loop.call_later(LOCK_TIMEOUT_S, self._give_up, request, context=Context())
        elif not quiet:
            self._told(request, answer)
        self._settle()

    def _settle(self) -> None:
        """Statements that waited for a lock may have gone through by now."""
        for request, blocked in list(self._blocked):
            if (request, blocked) in self._blocked and blocked.done():
                self._blocked.remove((request, blocked))
                self._told(request, blocked.answer())

    def _give_up(self, request: Request) -> None:
        for waiting, blocked in list(self._blocked):
            if waiting is request:
                self._blocked.remove((waiting, blocked))
                blocked.cancel()
                self._told(request, LockNotAvailableError("lock timeout"))

    def _told(self, request: Request, answer: Any) -> None:
        self.note(request.who, f"{request.name}: {_shown(answer)}")
        self._answer(request, answer)

    def _answer(self, request: Request, answer: Any) -> None:
        if request.reply.done():
            return
        if isinstance(answer, Exception):
            request.reply.set_exception(answer)
        else:
            request.reply.set_result(answer)


def _shown(answer: Any) -> str:
    if isinstance(answer, Exception):
        return type(answer).__name__
    if isinstance(answer, list | dict):
        return str(len(answer))
    return "" if answer is None else str(answer)[:40]
