"""Counts what came of the tickets, by the records on Kafka: each event once, by its own time.

Fed by a Tail; shown by `board`, told by `summary`.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from schemas.evidence import EvidenceArchived
from schemas.notifications import (
    CareDue,
    NotificationAccepted,
    NotificationDelivered,
    NotificationFailed,
)
from schemas.resolution import Resolved
from schemas.sla import ClockCancelled, ClockMet, ClockStarted, SLABreached, SLAWarning
from schemas.tickets import TicketOpened
from schemas.topics import in_all_lanes
from schemas.triage import Retriaged, Triaged

TOPICS = in_all_lanes(("tickets", "triage", "sla", "resolution", "notifications", "evidence"))
ClockState = Literal["pending", "met", "cancelled", "breached"]
Clock = tuple[str, str, int]
"""Ticket, name, generation."""


@dataclass(slots=True)
class Milestones:
    """When the first record of each kind about a ticket was written, Kafka's milliseconds."""

    opened_ms: int = 0
    triaged_ms: int = 0
    clock_ms: int = 0
    notified_ms: int = 0
    archived_ms: int = 0


@dataclass(slots=True)
class Tally:
    """All counts. `sorted_as` is each ticket's last class and level."""

    sorted_as: dict[str, tuple[str, str]] = field(default_factory=dict)
    clocks: dict[Clock, ClockState] = field(default_factory=dict)
    levels: dict[Clock, str] = field(default_factory=dict)
    warnings: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    notified: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By provider and result."""
    failures: Counter[str] = field(default_factory=Counter)
    """Notifications that will not arrive, by provider and code."""
    care: Counter[str] = field(default_factory=Counter)
    archived: int = 0
    """Items in the archive."""
    milestones: dict[str, Milestones] = field(default_factory=dict)
    seen: set[bytes] = field(default_factory=set)

    def take(self, record: Any) -> None:
        """One record of one of TOPICS."""
        headers = dict(record.headers)
        number, name = headers.get("ce_id", b""), headers.get("ce_type", b"").decode()
        if number in self.seen or record.key is None:
            return
        self.seen.add(number)
        counted = COUNTED.get(name)
        if counted is not None:
            counted(self, record, record.key.decode())

    def _opened(self, record: Any, ticket: str) -> None:
        self._of(ticket).opened_ms = record.timestamp

    def _triaged(self, record: Any, ticket: str) -> None:
        data = _data(record)
        self.sorted_as[ticket] = (data["problem_class"], data["level"])
        milestones = self._of(ticket)
        milestones.triaged_ms = milestones.triaged_ms or record.timestamp

    def _started(self, record: Any, ticket: str) -> None:
        data = _data(record)
        clock = (ticket, data["clock"], data["generation"])
        self.clocks.setdefault(clock, "pending")
        self.levels[clock] = data["level"]
        milestones = self._of(ticket)
        milestones.clock_ms = milestones.clock_ms or record.timestamp

    def _ended(self, record: Any, ticket: str) -> None:
        data = _data(record)
        clock = (ticket, data["clock"], data["generation"])
        state = ENDS[record_type(record)]
        # A late one keeps its breach.
        if self.clocks.get(clock) != "breached":
            self.clocks[clock] = state
        self.levels[clock] = data["level"]

    def _warned(self, _: Any, __: str) -> None:
        self.warnings += 1

    def _resolved(self, record: Any, _: str) -> None:
        self.outcomes[_data(record)["outcome"]] += 1

    def _sent(self, record: Any, about: str) -> None:
        data = _data(record)
        result = RESULTS[record_type(record)]
        self.notified[data["provider"], result] += 1
        if result == "failed":
            self.failures[f"{data['provider']} {data['code']}"] += 1
        milestones = self.milestones.get(about)
        if milestones is not None and result == "accepted" and not milestones.notified_ms:
            milestones.notified_ms = record.timestamp

    def _cared(self, record: Any, _: str) -> None:
        self.care[_data(record)["care_step"]] += 1

    def _archived(self, record: Any, ticket: str) -> None:
        self.archived += _data(record)["count"]
        milestones = self._of(ticket)
        milestones.archived_ms = milestones.archived_ms or record.timestamp

    def _of(self, ticket: str) -> Milestones:
        return self.milestones.setdefault(ticket, Milestones())


ENDS: dict[str, ClockState] = {
    ClockMet.type_name(): "met",
    ClockCancelled.type_name(): "cancelled",
    SLABreached.type_name(): "breached",
}
RESULTS = {
    NotificationAccepted.type_name(): "accepted",
    NotificationDelivered.type_name(): "delivered",
    NotificationFailed.type_name(): "failed",
}
COUNTED = {
    TicketOpened.type_name(): Tally._opened,
    Triaged.type_name(): Tally._triaged,
    Retriaged.type_name(): Tally._triaged,
    ClockStarted.type_name(): Tally._started,
    SLAWarning.type_name(): Tally._warned,
    Resolved.type_name(): Tally._resolved,
    CareDue.type_name(): Tally._cared,
    EvidenceArchived.type_name(): Tally._archived,
    **dict.fromkeys(ENDS, Tally._ended),
    **dict.fromkeys(RESULTS, Tally._sent),
}


def record_type(record: Any) -> str:
    """CloudEvents type of a record of ours."""
    name: bytes = dict(record.headers)["ce_type"]
    return name.decode()


def _data(record: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(record.value)["data"]
    return data
