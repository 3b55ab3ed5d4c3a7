"""How commands end. `run_in_order` is for those that take minutes: what has started processes ends
them however it is told to end. `Root` is under all commands."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable
from typing import Any, TypeVar

import typer
import uvloop
from typer.core import TyperGroup

T = TypeVar("T")
ENDED_EARLY = 130
READER_LEFT = 141
"""As a shell tells of a program that SIGPIPE ended."""


class Root(TyperGroup):
    """The group of all commands: one whose output nobody reads any more (`| head`) ends silently
    with READER_LEFT. It found no faults."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """See the base."""
        try:
            return super().main(*args, **extra)
        except SystemExit as end:
            # Tables and texts end so, with the code of a fault.
            if isinstance(end.__context__, BrokenPipeError):
                raise SystemExit(READER_LEFT) from None
            raise


def run_in_order(work: Awaitable[T]) -> T:
    """What it returns. Being told to end, or losing the terminal, stops it like Ctrl-C does: the
    command then ends with exit code 130."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_heeding(work))
    except asyncio.CancelledError:
        raise typer.Exit(ENDED_EARLY) from None


async def _heeding(work: Awaitable[T]) -> T:
    task, told = asyncio.current_task(), asyncio.Event()
    assert task is not None

    def end() -> None:
        told.set()
        task.cancel()

    for told_to in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(told_to, end)
    done = await work
    if told.is_set():
        raise asyncio.CancelledError  # it took the trouble of ending for its own and went on
    return done
