"""Runs something that has started processes, so that it ends them however it is told to end. For
commands that take minutes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable
from typing import TypeVar

import typer
import uvloop

T = TypeVar("T")
ENDED_EARLY = 130


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
