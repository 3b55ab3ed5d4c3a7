"""The benchmarks by name, in the order in which `make bench` runs them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module

from benchmarks.figures import Report
from benchmarks.setting import Setting
from schemas.topics import SERVICES

Bench = Callable[[Setting], Awaitable[Report]]


@dataclass(frozen=True, slots=True)
class Entry:
    """`says` is the line in the help; `package` has the function `run`. `parts` can be asked for
    alone."""

    package: str
    says: str
    parts: tuple[str, ...] = ()

    def load(self) -> Bench:
        """Import it only now: what is compared with ours must not slow every command down."""
        found: Bench = import_module(self.package).run
        return found


CATALOG: dict[str, Entry] = {
    name: Entry(f"benchmarks.{name}", says, SERVICES if name == "service" else ())
    for name, says in (
        ("pipeline", "tickets through all services: rate, latency, cost"),
        ("service", "each service alone, beside the limit and the textbook design"),
        ("spike", "a burst of 50,000 routine complaints; urgent ones beside it"),
        ("clocks", "a million open clocks: how late they speak, beside pgqueuer"),
        ("growth", "a ticket's cost with little and with much history"),
        ("instances", "one and two instances: sharing, and taking over"),
        ("scaling", "from measured costs to deployments; skew and pauses simulated"),
    )
}
