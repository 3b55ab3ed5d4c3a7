"""`python -m benchmarks.baseline SERVICE`: a service of the textbook design as a process."""

from __future__ import annotations

import asyncio
import signal
import sys

import uvloop

from benchmarks.baseline.app import App
from benchmarks.baseline.settings import BaselineSettings
from benchmarks.parent import end_with_parent
from runtime.logs import set_up
from runtime.settings import RuntimeSettings


async def _run(service: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await App(service, RuntimeSettings(), BaselineSettings()).run(stop)


def main() -> None:
    """Run until a signal; an error ends it with a traceback."""
    end_with_parent()
    service = sys.argv[1]
    set_up(f"baseline-{service}", "WARNING")
    uvloop.run(_run(service))


if __name__ == "__main__":
    main()
