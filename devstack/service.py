"""A Python process of the stack with a readiness check: services, stand-ins, span sink.

Used by the supervisor; what the process gets in its environment is devstack.environment's job.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import aiohttp

from devstack.ports import HOST, answers, claim_free
from devstack.problems import StackError, tail
from devstack.processes import Child, Command

Check = Callable[[], Awaitable[bool]]
START_S = 60
STOP_S = 15


class ProcessPart:
    """A command that listens on `port` and counts as started once `ready` says so."""

    def __init__(
        self,
        name: str,
        words: tuple[str, ...],
        log_path: Path,
        port: int,
        ready: Check,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log_path = log_path
        self._command = Command(words, log_path, also=variables)
        self._port = port
        self._ready = ready
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        running = self._child is not None and self._child.exit_code is None
        return self._child.pid if running and self._child is not None else None

    async def start(self) -> None:
        """Start it and wait until it is ready; one that is late is ended. Raises StackError."""
        if self.pid is not None:
            return
        claim_free(self._port, self.name)
        self._child = child = await Child.spawn(self._command)
        try:
            async with asyncio.timeout(START_S):
                while not await self._ready():
                    if child.exit_code is not None:
                        raise self._problem(f"ended while starting ({child.exit_code})")
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            await child.kill()
            raise self._problem(f"was not ready within {START_S} s") from error
        except BaseException:
            await child.kill()
            raise

    def _problem(self, what: str) -> StackError:
        return StackError(
            f"{self.name} {what}:\n{tail(self.log_path)}", f"The whole log: {self.log_path}"
        )

    async def wait(self) -> int:
        """Until it has ended; its exit code."""
        assert self._child is not None, "not started"
        return await self._child.wait()

    async def stop(self) -> None:
        """SIGTERM, after the grace period signal 9. A second call does nothing."""
        if self._child is not None:
            await self._child.stop(grace_s=STOP_S)

    async def kill(self) -> None:
        """Signal 9."""
        if self._child is not None:
            await self._child.kill()


def python(module: str, *arguments: str) -> tuple[str, ...]:
    """Command that runs a module of this project on the same interpreter."""
    return (sys.executable, "-m", module, *arguments)


def listens(port: int) -> Check:
    """Ready as soon as something accepts connections on the port."""
    return lambda: answers(port)


def says_ready(port: int) -> Check:
    """Ready as soon as `/readyz` answers 200."""

    async def ready() -> bool:
        if not await answers(port):
            return False
        try:
            timeout = aiohttp.ClientTimeout(total=2)
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(f"http://{HOST}:{port}/readyz") as response,
            ):
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    return ready
