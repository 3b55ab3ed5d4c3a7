"""Simulated processes in one event loop: a life is a process from its start to its end.

Every callback of a life runs through it, so that one that is killed does nothing any more, not
even its `finally` blocks, and one that is stopped goes on later where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from typing import Any, Literal, TypeVarTuple

LIFE: ContextVar[Life | None] = ContextVar("life", default=None)
"""Whose code is running; None: nobody's, the simulation itself."""


Given = TypeVarTuple("Given")


class Turn:
    """A callback of a life, as the loop holds it."""

    __slots__ = ("_args", "_callback", "context", "handle")

    def __init__(
        self, callback: Callable[..., Any], args: tuple[Any, ...], context: Context
    ) -> None:
        self._callback, self._args, self.context = callback, args, context
        self.handle: asyncio.Handle

    def take(self) -> None:
        """Call it, unless it was cancelled while its process stood still."""
        if not self.handle.cancelled():
            self._callback(*self._args)


class Life:
    """A process that can be killed and stopped at any moment."""

    def __init__(self, name: str, skew_s: float) -> None:
        """`skew_s`: how far its wall clock is off."""
        self.name = name
        self.skew_s = skew_s
        self.state: Literal["running", "stopped", "dead", "swept"] = "running"
        self.tasks: list[asyncio.Task[Any]] = []
        self._kept: list[Turn] = []

    def run(self, turn: Turn) -> None:
        """One callback of this life, if it still lives."""
        if self.state in ("stopped", "dead"):
            self._kept.append(turn)
        else:
            turn.take()

    def go_on(self, loop: VirtualLoop) -> None:
        """After a stop: everything that came meanwhile comes now."""
        self.state = "running"
        self._resume(loop)

    def sweep(self, loop: VirtualLoop) -> None:
        """Let what is left of it end: its requests fail at once, nothing reaches the world."""
        self.state = "swept"
        self._resume(loop)

    def _resume(self, loop: VirtualLoop) -> None:
        kept, self._kept = self._kept, []
        for turn in kept:
            loop.call_again(self.run, turn)


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop whose clock is a number. When nothing can go on it asks what happens next."""

    def __init__(self, idle: Callable[[float | None], None]) -> None:
        """`idle` is told the seconds until the next timer, None without timers."""
        super().__init__()
        self.now_s = 0.0
        self._idle = idle
        self._selector: Any = self
        self._clock_resolution = 1e-9

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self.now_s

    def select(self, timeout: float | None) -> list[Any]:
        """Where a loop waits for its sockets; there are none."""
        if timeout != 0:
            self._idle(timeout)
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        """There are no sockets."""

    def _write_to_self(self) -> None:
        """There are no other threads."""

    def call_soon(
        self, callback: Callable[[*Given], object], *args: *Given, context: Context | None = None
    ) -> asyncio.Handle:
        """Through the life of the context."""
        context = copy_context() if context is None else context
        life = context.get(LIFE)
        if life is None:
            return super().call_soon(callback, *args, context=context)
        turn = Turn(callback, args, context)
        turn.handle = super().call_soon(life.run, turn, context=context)
        return turn.handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Given], object],
        *args: *Given,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Through the life of the context."""
        context = copy_context() if context is None else context
        life = context.get(LIFE)
        if life is None:
            return super().call_at(when, callback, *args, context=context)
        turn = Turn(callback, args, context)
        turn.handle = handle = super().call_at(when, life.run, turn, context=context)
        return handle

    def call_again(self, run: Callable[[Turn], None], turn: Turn) -> None:
        """What was kept back; whoever holds its handle may still cancel it."""
        super().call_soon(run, turn, context=turn.context)

    def create_task(
        self,
        coro: Any,
        *,
        name: object = None,
        context: Context | None = None,
    ) -> asyncio.Task[Any]:
        """Kept by its life: one that is never run again must not be taken for garbage."""
        task = super().create_task(coro, name=name, context=context)
        life = context.get(LIFE) if context is not None else LIFE.get()
        if life is not None:
            life.tasks.append(task)
        return task
