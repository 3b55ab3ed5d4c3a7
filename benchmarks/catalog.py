"""The benchmarks by name, in the order in which `make bench` runs them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks.figures import Report
from benchmarks.setting import Setting

Bench = Callable[[Setting], Awaitable[Report]]


@dataclass(frozen=True, slots=True)
class Entry:
    """`says` is the line in the help."""

    says: str
    run: Bench


CATALOG: dict[str, Entry] = {}
