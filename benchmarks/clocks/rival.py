"""Runs pgqueuer's jobs in a process of their own, on the same PostgreSQL. Called by `run`."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.clocks.cost import Cost
from benchmarks.cpu import family_cpu_s, read
from devstack.problems import StackError, tail
from devstack.settings import ROOT, inherited_environment
from devstack.supervisor import Stack

SCHEMA = "pgqueuer"
PATIENCE_S = 90.0
LINE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ran:
    """Seconds that each job began after its moment, in the order of those; the cost of one."""

    late_s: list[float]
    cost: Cost


async def ran(stack: Stack, count: int, rate: float, log: Path) -> Ran:
    """`count` jobs due at `rate` a second. Raises StackError."""
    with log.open("ab") as errors:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.clocks.jobs",
            stack.admin_database_url, str(count), str(rate),
            cwd=ROOT, env=inherited_environment() | {"PGQUEUER_SCHEMA": SCHEMA},
            stdout=asyncio.subprocess.PIPE, stderr=errors, limit=LINE_BYTES,
        )  # fmt: skip
    assert child.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            await _line(child.stdout, log)
            mine_s, postgres_s = family_cpu_s(child.pid), read(stack).cpu_s["postgres"]
            late_s: list[float] = json.loads(await _line(child.stdout, log, watched=child.pid))
            spent_s = _last_cpu_s.pop(child.pid, mine_s) - mine_s
            postgres_s = read(stack).cpu_s["postgres"] - postgres_s
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()
    return Ran(late_s, Cost(spent_s / count * 1e6, postgres_s / count * 1e6, 0.0))


_last_cpu_s: dict[int, float] = {}


async def _line(out: asyncio.StreamReader, log: Path, watched: int = 0) -> str:
    """The next line; looks at the CPU of `watched` while it waits, for it may end right after."""
    reading = asyncio.ensure_future(out.readline())
    while not reading.done():
        if watched and psutil.pid_exists(watched):
            _last_cpu_s[watched] = family_cpu_s(watched)
        await asyncio.wait((reading,), timeout=0.05)
    line = reading.result().decode()
    if not line:
        raise StackError(f"pgqueuer's process ended:\n{tail(log)}", f"The whole log: {log}")
    return line
