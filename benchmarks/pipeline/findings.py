"""From measured rounds to figures with targets. Called by `run`; pure."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.cpu import OTHERS, STORES, by_kind
from benchmarks.figures import Report, at_least, at_most, percentile
from benchmarks.pipeline.measured import Measured
from benchmarks.pipeline.textbook import Turn

PER_S = at_least(1_200)
CPU_US = at_most(1_600)
MEMORY_MB = at_most(120)
TIMES = at_least(20)
"""What the textbook design reaches at its better setting."""
IDLE_PER_S = 5.0
IDLE_TRIAGED_MS = at_most(50)
IDLE_NOTIFIED_MS = at_most(150)
STEPS = {
    "opened": "opened_s",
    "triaged": "triaged_s",
    "clock started": "clock_s",
    "notified": "accepted_s",
    "archived": "archived_s",
}
"""Counted from the planned arrival; notified: a provider took the first message."""


@dataclass(slots=True)
class Rounds:
    """All runs of each kind."""

    overload: list[Measured] = field(default_factory=list)
    single: list[Measured] = field(default_factory=list)
    steady: list[Measured] = field(default_factory=list)
    idle: list[Measured] = field(default_factory=list)
    textbook: dict[int, list[Turn]] = field(default_factory=dict)
    """By its workers; a turn for each round."""

    @property
    def all(self) -> list[Measured]:
        """Every run of ours."""
        return [*self.overload, *self.single, *self.steady, *self.idle]


def told(rounds: Rounds) -> Report:
    """All figures."""
    report = Report("pipeline")
    report.add("sustained", "tickets/s", [each.per_s for each in rounds.overload], PER_S)
    singly = [each.per_s for each in rounds.single]
    report.add("sustained, one request a ticket", "tickets/s", singly)
    _compared(report, rounds)
    _cpu(report, rounds)
    _bytes(report, rounds)
    _memory(report, rounds)
    _latency(report, "steady", rounds.steady)
    _latency(report, "idle", rounds.idle)
    for step, since, target in (
        ("triaged_s", "opened → triaged", IDLE_TRIAGED_MS),
        ("accepted_s", "opened → notified", IDLE_NOTIFIED_MS),
    ):
        p99 = [percentile(each.waits_ms(step, "opened_s"), 0.99) for each in rounds.idle]
        report.add(f"idle {since} p99", "ms", p99, target)
    _notes(report, rounds)
    return report


def _compared(report: Report, rounds: Rounds) -> None:
    """Beside the textbook design: its better setting is that of the round."""
    for workers, turns in rounds.textbook.items():
        name = f"textbook, {workers} at once"
        report.add(f"{name}: sustained", "tickets/s", [turn.per_s for turn in turns])
        report.add(f"{name}: CPU a ticket", "µs", [turn.cpu_us for turn in turns])
    better = [max(turns, key=_rate) for turns in zip(*rounds.textbook.values(), strict=True)]
    pairs = list(zip(rounds.overload, better, strict=True))
    times = [ours.per_s / theirs.per_s for ours, theirs in pairs]
    report.add("sustained, times the textbook", "×", times, TIMES)


def _rate(turn: Turn) -> float:
    """A turn that did not come to its end is the worst."""
    return 0.0 if math.isnan(turn.per_s) else turn.per_s


def _cpu(report: Report, rounds: Rounds) -> None:
    """Of the overloaded runs: from the first arrival until everything was done."""
    runs = rounds.overload
    ours = [each.us_each(sum(by_kind(each.cpu_s).values())) for each in runs]
    report.add("CPU a ticket, all of ours", "µs", ours, CPU_US)
    for kind in ("python", *STORES):
        values = [each.us_each(by_kind(each.cpu_s)[kind]) for each in runs]
        report.add(f"CPU {kind}", "µs", values)
    for name in runs[0].cpu_s:
        if name not in STORES:
            note = "not ours" if name in OTHERS else ""
            values = [each.us_each(each.cpu_s[name]) for each in runs]
            report.add(f"  CPU {name}", "µs", values, note=note)
    load = [each.us_each(each.outcome.cpu_s) for each in runs]
    report.add("  CPU load generator", "µs", load, note="not ours")
    steady = [each.us_each(sum(by_kind(each.cpu_s).values())) for each in rounds.steady]
    report.add("CPU a ticket, steady load", "µs", steady)
    idle = [_busy_share(each) for each in rounds.idle]
    report.add(f"CPU at {IDLE_PER_S:g} tickets/s", "% of a core", [100 * each for each in idle])
    beyond = [
        each.us_each(sum(by_kind(each.cpu_s).values()) - share * each.span_s)
        for each, share in zip(runs, idle, strict=True)
    ]
    report.add("CPU a ticket, beyond being idle as long", "µs", beyond)


def _busy_share(each: Measured) -> float:
    return sum(by_kind(each.cpu_s).values()) / each.span_s


def _bytes(report: Report, rounds: Rounds) -> None:
    runs = rounds.overload
    report.add("Kafka a ticket", "bytes", [each.grown.kafka / each.tickets for each in runs])
    database = [each.grown.database / each.tickets for each in runs]
    report.add("database a ticket", "bytes", database)
    report.add("database log a ticket", "bytes", [each.grown.log / each.tickets for each in runs])
    records = [
        sum(life.records for life in each.lives.values()) / max(1, len(each.lives)) for each in runs
    ]
    report.add("records a ticket", "", records)


def _memory(report: Report, rounds: Rounds) -> None:
    """The most that a service held at the end of any load."""
    names = [name for name in rounds.overload[0].memory_mb if name not in (*STORES, *OTHERS)]
    for name in names:
        values = [each.memory_mb[name] for each in (*rounds.overload, *rounds.steady)]
        report.add(f"memory {name}", "MB", [max(values)], MEMORY_MB)


def _latency(report: Report, what: str, runs: list[Measured]) -> None:
    for name, step in STEPS.items():
        for label, share in (("p50", 0.5), ("p99", 0.99)):
            values = [percentile(each.waits_ms(step), share) for each in runs]
            report.add(f"{what} arrival → {name} {label}", "ms", values)


def _notes(report: Report, rounds: Rounds) -> None:
    levels: Counter[str] = sum((each.levels() for each in rounds.all), Counter())
    shown = ", ".join(f"{level or 'none'} {count:,}" for level, count in sorted(levels.items()))
    report.notes.append(f"tickets by level: {shown}")
    incomplete = sum(each.incomplete for each in rounds.all)
    if incomplete:
        report.notes.append(f"{incomplete:,} tickets without their whole chain")
    answers: Counter[int] = sum((Counter(each.outcome.statuses) for each in rounds.all), Counter())
    told = ", ".join(f"{status}: {count:,}" for status, count in sorted(answers.items()))
    report.notes.append(f"answers by HTTP status: {told}")
    rates = ", ".join(f"{each.tickets / _sent_s(each):,.0f}" for each in rounds.steady)
    report.notes.append(f"steady load, tickets a second: {rates}")


def _sent_s(each: Measured) -> float:
    arrivals = each.outcome.arrivals
    return max(arrivals[-1].planned_s - each.outcome.started_s, 1e-3)
