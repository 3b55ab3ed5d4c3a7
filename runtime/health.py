"""Health by progress, not by being alive: work that waits without moving is unhealthy.

Pump, publisher, gate and ticker each hold a `Progress`; the endpoint asks `Health`.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.clock import monotonic_s


class Progress:
    """What one part of a service last did."""

    def __init__(self, name: str, stall_s: float) -> None:
        self.name = name
        self._stall_s = stall_s
        self._busy_since: float | None = None
        self._problem = ""

    def busy(self) -> None:
        """Work is there; the time runs from the first call until `done`."""
        if self._busy_since is None:
            self._busy_since = monotonic_s()

    def done(self, *, idle: bool = True) -> None:
        """Some of it was finished; `idle` tells that nothing more waits."""
        self._busy_since = None if idle else monotonic_s()
        self._problem = ""

    def trouble(self, what: str) -> None:
        """Say why it does not go on; cleared by `done`."""
        self._problem = what

    @property
    def complaint(self) -> str:
        """Why this part is unhealthy; empty when it is well."""
        if self._problem:
            return self._problem
        if self._busy_since is not None and monotonic_s() - self._busy_since > self._stall_s:
            return f"no progress for {monotonic_s() - self._busy_since:.0f} s"
        return ""


@dataclass(frozen=True, slots=True)
class Report:
    """Answer of the health endpoint."""

    ready: bool
    complaints: dict[str, str]


class Health:
    """All parts of one service."""

    def __init__(self, stall_s: float) -> None:
        self._stall_s = stall_s
        self._parts: list[Progress] = []
        self.started = False

    def watch(self, name: str) -> Progress:
        """Register a part."""
        part = Progress(name, self._stall_s)
        self._parts.append(part)
        return part

    def report(self) -> Report:
        """Ready means: started, and every part makes progress."""
        complaints = {part.name: part.complaint for part in self._parts if part.complaint}
        if not self.started:
            complaints["service"] = "still starting"
        return Report(not complaints, complaints)
