"""What a demo showed, as values: for the table at the end, for programs, for tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from cli.demo.tally import Milestones, Tally
from devstack.standins.records import SendRecord

HOPS = {
    "opened → triaged": ("opened_ms", "triaged_ms"),
    "triaged → clock started": ("triaged_ms", "clock_ms"),
    "opened → first message accepted": ("opened_ms", "notified_ms"),
    "opened → archived": ("opened_ms", "archived_ms"),
}


@dataclass(frozen=True, slots=True)
class Hop:
    """Real milliseconds from one record on Kafka to another, over all tickets that have both."""

    name: str
    tickets: int
    p50_ms: int
    p95_ms: int
    p99_ms: int
    most_ms: int


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: `outcome` is holds, broken or not_applicable."""

    code: str
    says: str
    outcome: str
    counted: Mapping[str, int] = field(default_factory=dict)
    offenders: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts are of what lies on Kafka, in the databases and in the providers' records."""

    seed: int
    fingerprint: str
    orders: int
    tickets: int
    by_class_and_level: Mapping[str, Mapping[str, int]]
    clocks: Mapping[str, Mapping[str, int]]
    """State by level."""
    warnings: int
    outcomes: Mapping[str, int]
    notifications: Mapping[str, Mapping[str, int]]
    """Result by provider, as the notifier published it."""
    providers: Mapping[str, Mapping[str, int]]
    """Answer by provider, as the providers recorded it."""
    failures: Mapping[str, int]
    """Notifications that will not arrive, by provider and code."""
    care: Mapping[str, int]
    archived: int
    hops: tuple[Hop, ...]
    checks: tuple[Check, ...]
    requests: Mapping[str, Mapping[str, int]]
    """Result by what was sent, as the simulator recorded it."""
    records: Mapping[str, int]
    """Records by topic."""
    killed: tuple[str, ...]
    restarts: Mapping[str, int]
    took_s: Mapping[str, float]
    """Real seconds by phase."""
    cpu_s: Mapping[str, float]
    """CPU seconds by process."""
    problem: str = ""
    """Why the demo could not be brought to its end; empty otherwise."""

    @property
    def holds(self) -> bool:
        """Everything was judged and nothing is broken."""
        broken = any(check.outcome == "broken" for check in self.checks)
        return not self.problem and bool(self.checks) and not broken


def hops_of(milestones: Iterable[Milestones]) -> tuple[Hop, ...]:
    """Percentiles of each hop; a hop that no ticket took is left out."""
    tickets = list(milestones)
    found = []
    for name, (start, end) in HOPS.items():
        times_ms = sorted(
            getattr(each, end) - getattr(each, start)
            for each in tickets
            if getattr(each, start) and getattr(each, end)
        )
        if times_ms:
            p50, p95, p99 = (percentile(times_ms, share) for share in (50, 95, 99))
            found.append(Hop(name, len(times_ms), p50, p95, p99, times_ms[-1]))
    return tuple(found)


def percentile(ascending: list[int], percent: int) -> int:
    """The smallest value that so many per cent of all do not exceed."""
    return ascending[max(0, ceil(len(ascending) * percent / 100) - 1)]


def counts_of(tally: Tally) -> dict[str, Any]:
    """The part of a summary that comes from the tally."""
    classes: dict[str, Counter[str]] = {}
    for problem_class, level in tally.sorted_as.values():
        classes.setdefault(problem_class, Counter())[level] += 1
    clocks: dict[str, Counter[str]] = {}
    for clock, state in tally.clocks.items():
        clocks.setdefault(tally.levels[clock], Counter())[state] += 1
    notifications: dict[str, Counter[str]] = {}
    for (provider, result), count in tally.notified.items():
        notifications.setdefault(provider, Counter())[result] += count
    return {
        "tickets": len(tally.sorted_as),
        "by_class_and_level": {name: dict(found) for name, found in classes.items()},
        "clocks": {level: dict(found) for level, found in clocks.items()},
        "warnings": tally.warnings,
        "outcomes": dict(tally.outcomes),
        "notifications": {name: dict(found) for name, found in notifications.items()},
        "failures": dict(tally.failures),
        "care": dict(tally.care),
        "archived": tally.archived,
        "hops": hops_of(tally.milestones.values()),
    }


def answers_of(sends: Iterable[SendRecord]) -> dict[str, dict[str, int]]:
    """What the providers answered to sends."""
    found: dict[str, Counter[str]] = {}
    for send in sends:
        if send.kind == "send":
            result = "accepted" if send.accepted else f"refused {send.code}"
            found.setdefault(send.provider, Counter())[result] += 1
    return {name: dict(counts) for name, counts in found.items()}


def requests_of(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """The journal's counts, result by what was sent."""
    found: dict[str, dict[str, int]] = {}
    for (what, result), count in counts.items():
        found.setdefault(what, {})[result] = count
    return found
