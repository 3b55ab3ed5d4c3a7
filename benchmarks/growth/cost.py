"""What tickets cost: CPU seconds of the services and of their sessions in the database. Pure but
for reading the operating system. Called by `side`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import psutil

from benchmarks import cpu
from devstack.layout import POSTGRES
from devstack.supervisor import Stack

OURS = re.compile(r"postgres: (?!postgres )(.*)")
"""The title of a server process that is no session of the benchmark's own (the superuser's)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """CPU seconds since their start, and bytes of the database's log."""

    python_s: float
    kafka_s: float
    postgres_s: dict[int, float]
    """By process of the server."""
    log_bytes: float


@dataclass(frozen=True, slots=True)
class Cost:
    """Of some tickets together."""

    tickets: int
    python_s: float
    kafka_s: float
    postgres_s: float
    log_bytes: float
    span_s: float

    def us_each(self, seconds: float) -> float:
        """Microseconds a ticket."""
        return seconds * 1e6 / self.tickets

    @property
    def cpu_s(self) -> float:
        """Of all of them."""
        return self.python_s + self.kafka_s + self.postgres_s


def read(stack: Stack, log_bytes: float) -> Reading:
    """Everything of a stack now."""
    kinds = cpu.by_kind(cpu.read(stack).cpu_s)
    return Reading(kinds["python"], kinds["kafka"], _sessions(stack), log_bytes)


def _sessions(stack: Stack) -> dict[int, float]:
    found = {}
    for each in psutil.Process(stack.process(POSTGRES).pid).children():
        try:
            title = " ".join(each.cmdline()).strip()
            if OURS.match(title):
                times = each.cpu_times()
                found[each.pid] = times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return found


def between(before: Reading, after: Reading, tickets: int, span_s: float) -> Cost:
    """What was used from one reading to the next."""
    return Cost(
        tickets=tickets,
        python_s=after.python_s - before.python_s,
        kafka_s=after.kafka_s - before.kafka_s,
        postgres_s=sum(
            used - before.postgres_s.get(pid, 0.0) for pid, used in after.postgres_s.items()
        ),
        log_bytes=after.log_bytes - before.log_bytes,
        span_s=span_s,
    )
