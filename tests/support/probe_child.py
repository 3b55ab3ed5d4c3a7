"""A probe in a process of its own, so that a test can freeze it; `child` starts this module.

Its words: Kafka's bootstrap servers, the database's URL, schema, topic, and the seconds that a
message costs. It runs until it is told to end.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from runtime.database import Database
from tests.support import probe
from tests.support.probe import Behaviour

ROOT = Path(__file__).resolve().parents[2]
SMALL: dict[str, Any] = {"session_ms": 2000, "batch_records": 20}
STOP_S = 60.0


@asynccontextmanager
async def child(*words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A running one; it is woken and ended, and must end well."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.probe_child", *words, cwd=ROOT
    )
    try:
        yield running
        running.terminate()
        assert await asyncio.wait_for(running.wait(), STOP_S) == 0
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


async def _run(words: Sequence[str]) -> None:
    bootstrap, url, schema, topic, busy_s = words
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = await Database.connect(url, name="probe", variables={"search_path": schema}, pool=6)
    config = probe.settings(bootstrap, url, **SMALL)
    behaviour = Behaviour(busy_s=float(busy_s))
    service, _ = await probe.open_probe(database, config, topic, behaviour)
    await service.start()
    await stop.wait()
    await service.stop()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1:]))
