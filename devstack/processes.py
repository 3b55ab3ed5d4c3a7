"""One child process with its own session and log file. Used by every part of the stack."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from devstack.settings import ROOT, inherited_environment

_AS_ACCOUNT = """
import os, sys
os.setgroups([]), os.setgid(int(sys.argv[2])), os.setuid(int(sys.argv[1]))
os.execv(sys.argv[3], sys.argv[3:])
"""


@dataclass(frozen=True, slots=True)
class Command:
    """What to run. `env` replaces the environment, `also` is added to the inherited one."""

    words: tuple[str, ...]
    log_path: Path
    env: Mapping[str, str] | None = None
    also: Mapping[str, str] | None = None
    account: tuple[int, int] | None = None
    """User and group id to run as; only root may name another."""

    def line(self) -> tuple[str, ...]:
        """The words, led in by a change of account where one is asked for.

        Not every event loop can start a child under another account, so a short program does it.
        """
        if self.account is None:
            return self.words
        user, group = self.account
        return (sys.executable, "-I", "-S", "-c", _AS_ACCOUNT, str(user), str(group), *self.words)

    def environment(self) -> dict[str, str]:
        """All variables of the child."""
        start = inherited_environment() if self.env is None else dict(self.env)
        return {**start, **(self.also or {})}


class Child:
    """A running process. It leads its own session, so a Ctrl-C of the terminal spares it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def spawn(cls, command: Command) -> Child:
        """Start it. Raises OSError if it can't be executed."""
        command.log_path.parent.mkdir(parents=True, exist_ok=True)
        with command.log_path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command.line(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT if command.account is None else "/",
                env=command.environment(),
                start_new_session=True,
            )
        return cls(process)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: killed by that signal."""
        return self._process.returncode

    async def wait(self) -> int:
        """Until it has ended; its exit code."""
        return await self._process.wait()

    async def stop(self, *, how: signal.Signals = signal.SIGTERM, grace_s: float = 15) -> int:
        """Ask it to end; after the grace period end it by force. A second call does nothing."""
        if self.exit_code is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(how)
            try:
                async with asyncio.timeout(grace_s):
                    return await self.wait()
            except TimeoutError:
                return await self.kill()
        return await self.wait()

    async def kill(self) -> int:
        """End it and all it has started at once (signal 9), without a chance to tidy up."""
        if self.exit_code is None:
            kill_tree(self.pid)
        return await self.wait()


async def run(command: Command) -> int:
    """Run a short command to its end; its exit code."""
    child = await Child.spawn(command)
    try:
        return await child.wait()
    except asyncio.CancelledError:
        await child.kill()
        raise


def kill_tree(pid: int) -> None:
    """Signal 9 to a process and everything below it; nothing if it is gone already."""
    try:
        top = psutil.Process(pid)
        family = [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()
