"""Waits until a system has nothing left to do: only then its invariants can be judged.

Called by `command`, by the demo and by tests before `run_checks`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cli.verify import read_domains, read_stores
from cli.verify.collect import connected
from cli.verify.log_facts import Offsets
from cli.verify.read_log import log_ends
from cli.verify.target import Target
from runtime.clock import monotonic_s
from runtime.database import Database
from schemas.topics import topic_names

LOOK_EVERY_S = 0.25


async def drained(
    target: Target, timeout_s: float, progress: Callable[[str], None] = lambda _: None
) -> dict[str, int]:
    """Wait until two looks in a row find nothing left to do; at most `timeout_s`.

    What is left then, by name; empty when all is done. Timers that are not due don't count, so
    a system on a fast clock may have news right after. Raises KafkaError, DatabaseAwayError.
    """
    end_s = monotonic_s() + timeout_s
    database = await connected(target)
    try:
        at_rest = False
        while True:
            ends = await log_ends(target.kafka_bootstrap, topic_names())
            left = await _left(database, target, ends)
            if at_rest and not left:
                return {}
            at_rest = not left
            if monotonic_s() > end_s:
                return left
            progress(", ".join(f"{name} {count}" for name, count in left.items()) or "settling")
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await database.close()


async def _left(database: Database, target: Target, ends: Offsets) -> dict[str, int]:
    left: dict[str, int] = {}
    async with database.transaction() as tx:
        for service in await read_stores.present(tx, target.services):
            progress, waiting = await read_stores.read_progress(tx, service)
            lag = sum(
                max(0, ends.get((topic, part), 0) - next_pos)
                for (_, topic, part), next_pos in progress.items()
            )
            left |= {f"{service} lag": lag, f"{service} waiting": waiting}
            if service == "notifier":
                left["deliveries open"] = await read_domains.open_deliveries(tx)
            if service == "evidence":
                left["leaves unannounced"] = await read_domains.unannounced_leaves(tx)
    return {name: count for name, count in left.items() if count}
