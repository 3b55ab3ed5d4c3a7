"""The load process, seen from the benchmark that tells it what to send.

`async with Load.started(folder) as load: await load.prepare(plan); outcome = await load.run()`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.load.plan import Outcome, Place, Plan
from devstack.layout import DEMO_SHOP
from devstack.problems import StackError, tail
from devstack.settings import ROOT
from devstack.supervisor import Stack
from simulator.pace import Pace

LONGEST_LINE = 256 * 1024 * 1024
LEAD_S = 0.2
"""From the word to the first arrival that can be planned."""
WAIT_S = 600.0


class Load:
    """One process; runs follow each other."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    @asynccontextmanager
    async def started(cls, folder: Path) -> AsyncIterator[Load]:
        """Start it; it ends with the block. `folder` gets its log."""
        log = folder / "load.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "benchmarks.load"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                limit=LONGEST_LINE,
            )
        try:
            yield cls(process, log)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def prepare(self, plan: Plan) -> None:
        """Make the complaints and place their orders. Raises StackError."""
        await self._tell(plan.model_dump_json())
        if await self._heard() != "ready":
            raise self._problem("said something unexpected")

    async def run(self) -> Outcome:
        """Send what was prepared; returns with the last answer. Raises StackError."""
        await self._tell(repr(time.time() + LEAD_S))
        return Outcome.model_validate_json(await self._heard())

    async def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode() + b"\n")
            await self._process.stdin.drain()
        except OSError as error:
            raise self._problem("ended") from error

    async def _heard(self) -> str:
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(WAIT_S):
                line = await self._process.stdout.readline()
        except TimeoutError as error:
            raise self._problem(f"did not answer within {WAIT_S:g} s") from error
        if not line:
            raise self._problem("ended")
        return line.decode().rstrip("\n")

    def _problem(self, what: str) -> StackError:
        return StackError(f"the load process {what}:\n{tail(self._log)}", f"Log: {self._log}")


def place_of(stack: Stack, journal: Path) -> Place:
    """A started stack with intake, for its demo shop."""
    variables = stack.variables("intake")
    return Place(
        kafka_bootstrap=stack.kafka_bootstrap,
        intake_url=stack.api_url("intake"),
        resolution_url=stack.api_url("resolution") if "resolution" in stack.services else "",
        database_url=variables["AFTERCARE_DATABASE_URL"],
        master_key=variables["AFTERCARE_MASTER_KEY"],
        shop=DEMO_SHOP,
        secret=stack.keys.shops[DEMO_SHOP],
        now_at=Pace.of(variables).now(),
        journal=str(journal),
    )
