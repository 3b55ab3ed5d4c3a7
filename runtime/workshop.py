"""What the appliers of a service share. Made by `service`, used by `batch`."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.backoff import Backoff
from runtime.database import Database
from runtime.metrics import Metrics
from runtime.publisher import Publisher
from runtime.sealed import Sealer
from runtime.telemetry import Telemetry
from runtime.way import Way


@dataclass(frozen=True, slots=True)
class Limits:
    """How failures of a desk are treated."""

    backoff: Backoff
    max_tries: int
    parked_keys: int


@dataclass(frozen=True, slots=True)
class Workshop:
    """A service's tools."""

    service: str
    automatic: bool
    instance: str
    database: Database
    publisher: Publisher
    sealer: Sealer
    telemetry: Telemetry
    metrics: Metrics
    limits: Limits
    way: Way
    time_scale: float
    """Business seconds in a real one."""

    @property
    def source(self) -> str:
        """The `source` attribute of events that this service publishes."""
        return f"aftercare/{self.service}"
