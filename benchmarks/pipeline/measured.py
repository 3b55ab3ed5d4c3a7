"""One run of load through the whole chain, and what it cost. Called by `run`."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from benchmarks import cpu
from benchmarks.figures import Tell
from benchmarks.load.plan import Arrival, Outcome, Plan
from benchmarks.load.process import Load
from benchmarks.pipeline.calm import Calm
from benchmarks.pipeline.milestones import Life, Milestones
from devstack.layout import KAFKA
from devstack.problems import StackError
from devstack.supervisor import Stack


@dataclass(frozen=True, slots=True)
class Bytes:
    """What lies on disks: Kafka's records, the database, and the database's log so far."""

    kafka: int
    database: int
    log: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One run. CPU seconds and bytes are those from its start until the system was at rest."""

    outcome: Outcome
    lives: dict[str, Milestones]
    """Of this run's tickets."""
    cpu_s: dict[str, float]
    memory_mb: dict[str, float]
    """Of each part at the end of the load."""
    grown: Bytes
    span_s: float

    @property
    def tickets(self) -> int:
        """Complaints that the load had."""
        return len(self.outcome.arrivals)

    @property
    def incomplete(self) -> int:
        """Tickets whose chain did not come to its end."""
        return sum(not self._life(each).complete_s for each in self.outcome.arrivals)

    @property
    def per_s(self) -> float:
        """Tickets a second from the planned first arrival to the last ticket's last step."""
        if self.incomplete:
            return float("nan")
        last_s = max(life.complete_s for life in self.lives.values())
        return self.tickets / (last_s - self.outcome.arrivals[0].planned_s)

    def us_each(self, seconds: float) -> float:
        """CPU microseconds a ticket."""
        return seconds * 1e6 / self.tickets

    def waits_ms(self, step: str, since: str = "planned_s") -> list[float]:
        """From the planned arrival (or another step) of each ticket to a step of it.

        A ticket that never got there counts as infinitely late.
        """
        found = []
        for each in self.outcome.arrivals:
            life = self._life(each)
            begun_s = each.planned_s if since == "planned_s" else getattr(life, since)
            done_s = getattr(life, step)
            found.append((done_s - begun_s) * 1000 if done_s and begun_s else float("inf"))
        return found

    def levels(self) -> Counter[str]:
        """Tickets by level."""
        return Counter(life.level for life in self.lives.values())

    def _life(self, each: Arrival) -> Milestones:
        return self.lives.get(each.ticket_id) or Milestones()


class Bench:
    """A started stack with everything that measures it."""

    def __init__(self, stack: Stack, load: Load, calm: Calm, life: Life, tell: Tell) -> None:
        self.stack = stack
        self._load = load
        self._calm = calm
        self.life = life
        self._tell = tell

    async def measure(self, plan: Plan, doing: str) -> Measured:
        """Prepare, wait for rest, send, wait for rest again. Raises StackError."""
        self._tell(f"{doing}: preparing")
        await self._load.prepare(plan)
        await self._calm.until_rest(self._tell, f"{doing}: orders")
        before, bytes_before, began_s = cpu.read(self.stack), await self._bytes(), time.time()
        self._tell(f"{doing}: sending")
        outcome = await self._load.run()
        if outcome.lost:
            raise StackError(
                f"{outcome.lost:,} of {len(outcome.arrivals):,} complaints were not taken: "
                f"answers by HTTP status {outcome.statuses}",
                f"Logs: {self.stack.log_path('intake')}",
            )
        memory_mb = cpu.read(self.stack).memory_mb
        ended_s = await self._calm.until_rest(self._tell, doing)
        used = cpu.read(self.stack)
        bytes_after = await self._bytes()
        await self.life.catch_up()
        self.life.read_providers()
        tickets = self.life.tickets
        return Measured(
            outcome=outcome,
            lives={
                each.ticket_id: tickets[each.ticket_id]
                for each in outcome.arrivals
                if each.ticket_id in tickets
            },
            cpu_s=used.since(before),
            memory_mb={n: max(mb, used.memory_mb[n]) for n, mb in memory_mb.items()},
            grown=Bytes(
                bytes_after.kafka - bytes_before.kafka,
                bytes_after.database - bytes_before.database,
                bytes_after.log - bytes_before.log,
            ),
            span_s=ended_s - began_s,
        )

    async def _bytes(self) -> Bytes:
        """Kafka's own topics (offsets, transactions) count too: they are written because of it."""
        folder = self.stack.run_dir / KAFKA
        database, log = await self._calm.stored()
        return Bytes(sum(path.stat().st_size for path in folder.rglob("*.log")), database, log)
