"""Many seeds, in several processes; the tests and `python -m tests.simulation` call it."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path

import structlog

from devstack.postgres import EmbeddedPostgres
from runtime.database import Database
from tests.simulation.defects import without
from tests.simulation.server import FAST, Server
from tests.simulation.world import Outcome, World

MEMORY = Path("/dev/shm")
AT_ONCE = 10
"""Seeds that a worker takes at a time."""


@contextmanager
def databases(count: int) -> Iterator[list[str]]:
    """A PostgreSQL in memory for the time being, with so many databases."""
    place = str(MEMORY) if os.access(MEMORY, os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(
            prefix="aftercare-simulation-", dir=place, ignore_cleanup_errors=True
        ) as folder,
        asyncio.Runner() as runner,
    ):
        postgres = EmbeddedPostgres(Path(folder), settings=FAST)
        runner.run(postgres.start())
        try:
            runner.run(_made(postgres.url, count))
            yield [f"{postgres.url.rsplit('/', 1)[0]}/simulation_{n}" for n in range(count)]
        finally:
            runner.run(postgres.stop())


async def _made(url: str, count: int) -> None:
    database = await Database.connect(url, name="simulation-setup")
    try:
        for number in range(count):
            async with database.single() as tx:
                await tx.script(f"CREATE DATABASE simulation_{number}")
    finally:
        await database.close()


class Campaign:
    """Workers, each with a database of its own, that live seeds."""

    def __init__(self, urls: Sequence[str]) -> None:
        context = get_context("spawn")
        free: Queue[str] = context.Queue()
        for url in urls:
            free.put(url)
        self._workers = ProcessPoolExecutor(len(urls), context, _begin, (free,))

    def live(
        self,
        seeds: Sequence[int],
        *,
        defect: str = "",
        traced: bool = False,
        at_once: int = AT_ONCE,
    ) -> Iterator[Outcome]:
        """The outcomes in the order of the seeds, as they come.

        Those that break a promise bear their trace, with `traced` all do. `defect` takes a
        safeguard away. A worker takes `at_once` seeds at a time.
        """
        parts = [seeds[at : at + at_once] for at in range(0, len(seeds), at_once)]
        live = partial(_live, defect=defect, traced=traced)
        return chain.from_iterable(self._workers.map(live, parts))

    def close(self) -> None:
        """End the workers; what they have not begun is dropped."""
        self._workers.shutdown(cancel_futures=True)


@contextmanager
def campaign(workers: int) -> Iterator[Campaign]:
    """A campaign with all that it needs."""
    with databases(workers) as urls:
        made = Campaign(urls)
        try:
            yield made
        finally:
            made.close()


_servers: list[Server] = []
"""A worker's own."""


def _begin(free: Queue[str]) -> None:
    """A worker takes a database of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    server = Server(free.get())
    server.open()
    _servers.append(server)
    gc.collect()
    gc.freeze()
    gc.disable()  # it would come at any moment; between the seeds there is time for it


def _live(seeds: Sequence[int], *, defect: str, traced: bool) -> list[Outcome]:
    with without(defect):
        outcomes = [World(seed, _servers[0]).run() for seed in seeds]
    gc.collect()
    for outcome in outcomes:
        if not outcome.violations and not traced:
            outcome.trace.clear()
    return outcomes
