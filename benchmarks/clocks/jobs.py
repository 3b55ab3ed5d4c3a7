"""`python -m benchmarks.clocks.jobs URL COUNT RATE`: the same number of due jobs for pgqueuer, the
Postgres queue that ours is compared with. Started by `rival`.

A job of its does nothing; a clock of ours is state, an event and its way to Kafka. It says `ready`
once all jobs are in its table, and one JSON object when all have run.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
from datetime import timedelta

import uvloop
from pgqueuer import AsyncpgPoolDriver, Job, Queries, QueueManager
from pgqueuer.adapters.connections import create_asyncpg_pool

from runtime.clock import wall_now

BATCH = 100
LEAD_S = 2.0
"""From the last job put in to the first that is due."""
ENTRY = "speak"
AT_ONCE = 5_000


async def _put(store: Queries, count: int, rate: float) -> None:
    """All jobs, due at `rate` a second; each statement counts from its own moment."""
    begins_at = wall_now() + timedelta(seconds=LEAD_S + count / 20_000)
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        left = begins_at - wall_now()
        await store.enqueue(
            [ENTRY] * len(numbers),
            [b"%d" % number for number in numbers],
            [0] * len(numbers),
            [left + timedelta(seconds=number / rate) for number in numbers],
        )


async def main(url: str, count: int, rate: float) -> None:
    """Put the jobs in, run them in batches, print how late each began."""
    late_s = [math.nan] * count
    left = count
    async with create_asyncpg_pool(url) as pool:
        store = Queries(AsyncpgPoolDriver(pool))
        if not await store.schema_is_installed():
            await store.install()
        await _put(store, count, rate)
        manager = QueueManager(store)

        @manager.entrypoint(ENTRY)
        async def speak(job: Job) -> None:
            nonlocal left
            late_s[int(job.payload or b"")] = (wall_now() - job.execute_after).total_seconds()
            left -= 1
            if not left:
                manager.shutdown.set()

        _say("ready")
        await manager.run(batch_size=BATCH, dequeue_timeout=timedelta(seconds=1))
        _say(json.dumps(late_s))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
