"""Tickets for the service: a steady stream that goes on whatever happens, and a backlog.
Called by `run`."""

from __future__ import annotations

import asyncio
from random import Random

from benchmarks.service.cases import Case
from benchmarks.service.events import Tickets
from benchmarks.service.feeder import Feeder
from runtime.clock import monotonic_s
from simulator.journal import Journal

BEAT_S = 0.05
CASE = Case("triage", 1, "published", 1)


class Load:
    """Puts tickets on the service's topics; `put` counts them."""

    def __init__(self, tickets: Tickets, feeder: Feeder, journal: Journal) -> None:
        self._tickets = tickets
        self._feeder = feeder
        self._journal = journal
        self._dice = Random("instances")
        self.put = 0

    async def add(self, count: int) -> None:
        """So many at once; returns when the broker has them."""
        records = CASE.records(self._tickets, count, self._dice)
        await self._feeder.put(records, "", lanes=True, journal=self._journal)
        self.put += count

    async def stream(self, per_s: float) -> None:
        """At a steady rate by the clock, until cancelled between two beats."""
        began_s, due = monotonic_s(), 0.0
        while True:
            wanted = (monotonic_s() - began_s) * per_s
            count = int(wanted - due)
            if count:
                await asyncio.shield(self.add(count))
                due += count
            await asyncio.sleep(BEAT_S)
