"""CPU seconds and memory of a stack's processes, read from the operating system."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from devstack.supervisor import Stack

STORES = ("postgres", "kafka")
OTHERS = ("standins", "spans")
"""Stand-ins for other people's systems: told apart, never counted as ours."""


@dataclass(frozen=True, slots=True)
class Used:
    """CPU seconds since the start of each part, and its resident memory in MB."""

    cpu_s: dict[str, float]
    memory_mb: dict[str, float]

    def since(self, earlier: Used) -> dict[str, float]:
        """CPU seconds of each part between two readings."""
        return {name: value - earlier.cpu_s.get(name, 0.0) for name, value in self.cpu_s.items()}


def read(stack: Stack) -> Used:
    """Read every part with its children now. A child's time stays with it after its end."""
    found = {name: _family(stack.process(name).pid) for name in stack.restarts}
    return Used(
        {name: seconds for name, (seconds, _) in found.items()},
        {name: bytes_ / 1e6 for name, (_, bytes_) in found.items()},
    )


def family_cpu_s(pid: int) -> float:
    """CPU seconds of a process and everything below it, since its start."""
    return _family(pid)[0]


def _family(pid: int) -> tuple[float, int]:
    """CPU seconds and resident bytes of a process and everything below it.

    A child that ends while it is being read hands its time to its parent: read again. Raises
    NoSuchProcess when the process itself is gone.
    """
    while True:
        try:
            top = psutil.Process(pid)
            family = [top, *top.children(recursive=True)]
            return sum(map(_cpu_s, family)), sum(each.memory_info().rss for each in family)
        except psutil.NoSuchProcess as gone:
            if gone.pid == pid:
                raise


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def by_kind(cpu_s: dict[str, float]) -> dict[str, float]:
    """Sums for Python (the services), PostgreSQL and Kafka, without other people's systems."""
    services = {n: v for n, v in cpu_s.items() if n not in (*STORES, *OTHERS)}
    return {"python": sum(services.values()), **{name: cpu_s.get(name, 0.0) for name in STORES}}
