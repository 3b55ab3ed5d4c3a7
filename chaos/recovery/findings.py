"""From what was measured to figures with targets. Called by `run`; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.figures import Report, at_least, at_most, percentile
from cli.demo.summary import Check

BACK = at_least(98)
"""Per cent of the throughput before the fault."""
GONE_S = at_most(30)
NONE = at_most(0)
REFUSED = at_least(1)
"""Times: a zombie that was never refused never tried, and shows nothing."""
TRIES = at_most(6)
LATER = at_most(20)
"""Per cent that poison may add to the p99 of other keys."""
EFFECTS = frozenset({"I2", "I5", "I6", "I7", "I8", "I9", "I14", "I28"})
"""Invariants that an effect of a zombie would break."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a window had, a second."""

    tickets: float
    events: float


@dataclass(frozen=True, slots=True)
class Recovery:
    """How the system came back behind one fault. `gone_s`: None: the backlog stayed."""

    name: str
    seen: str
    offered: float
    """Complaints a second."""
    before: Rate
    after: Rate
    gone_s: float | None
    gap_s: float
    untold_s: float
    """Longest time in which no customer was told anything."""
    missed: str = ""
    """Why the fault hit nothing."""

    @property
    def behind(self) -> bool:
        """Whether it did not keep up even before: then the share says nothing."""
        return not BACK.reached(100 * self.before.tickets / self.offered)

    @property
    def share(self) -> float:
        """Per cent of the throughput before, which counts up to what was offered: whoever does
        more works off what waited."""
        before = min(self.before.tickets, self.offered)
        return math.nan if self.missed or before <= 0 else 100 * self.after.tickets / before


@dataclass(frozen=True, slots=True)
class Woken:
    """What came of services that woke behind their session. `refused`: times that the fence kept
    one from writing, by its log."""

    seen: str
    refused: int
    missed: str = ""

    @property
    def idle(self) -> str:
        """Why nothing is shown by it; empty when something is."""
        tried = REFUSED.reached(self.refused)
        return self.missed or ("" if tried else "nobody who woke tried to write")


@dataclass(frozen=True, slots=True)
class PoisonRound:
    """One calm round and one with poison. Latencies in ms, those of keys without poison."""

    calm_ms: Sequence[float]
    poisoned_ms: Sequence[float]
    planted: int
    tries: Sequence[int]
    """Of each dead letter."""
    lacking: int
    """Messages of other keys that were not answered."""

    @property
    def later(self) -> float:
        """Per cent that were added to the p99."""
        calm_ms = percentile(self.calm_ms, 0.99)
        return 100 * (percentile(self.poisoned_ms, 0.99) / calm_ms - 1)


def without_value(report: Report) -> list[str]:
    """Figures with a target for which nothing could be measured: the fault hit nothing, or what
    is timed never happened."""
    return [one.name for one in report.figures if one.target and math.isnan(one.value)]


def add_recoveries(
    report: Report, found: Sequence[Recovery], lacking: Sequence[str] = (), why: str = ""
) -> None:
    """Three figures for each fault, and how many came back. `lacking`: names of those that were
    to be measured and never were, `why` not."""
    behind = []
    for one in found:
        before, after = one.before, one.after
        note = f"{before.tickets:.1f} → {after.tickets:.1f} tickets/s, "
        note += f"{before.events:.0f} → {after.events:.0f} events/s; "
        note += f"not measured: {one.missed}" if one.missed else one.seen
        if one.behind:
            behind.append(one.name)
        gone = math.nan if one.gone_s is None or one.missed else one.gone_s
        untold = f"without any event; without a customer being told {one.untold_s:.1f} s"
        report.add(f"{one.name}: throughput", "% of before", [one.share], BACK, note)
        report.add(f"{one.name}: backlog gone", "s", [gone], GONE_S)
        report.add(f"{one.name}: longest gap", "s", [one.gap_s], note=untold)
    for name in lacking:
        report.add(f"{name}: throughput", "% of before", [], BACK, f"not measured: {why}")
    if wanted := len(found) + len(lacking):
        back = sum(BACK.reached(one.share) for one in found)
        report.add("throughput back", f"of {wanted}", [back], at_least(wanted))
    if behind:
        names = ", ".join(behind)
        report.notes.append(f"not all of the load was kept up with before the fault: {names}")


def add_woken(report: Report, woken: Woken, checks: Sequence[Check]) -> None:
    """What zombies did, by the invariants that they would break."""
    judged = [check for check in checks if check.code in EFFECTS]
    effects = [float(sum(len(c.offenders) for c in judged if c.outcome == "broken"))]
    note = f"not measured: {woken.idle}" if woken.idle else woken.seen
    report.add("zombie: effects", "", [] if woken.idle else effects, NONE, note)
    report.add("zombie: refused by the fence", "times", [woken.refused], REFUSED)


def add_poison(report: Report, rounds: Sequence[PoisonRound], why: str = "") -> None:
    """How poison was dealt with, and what others felt of it. `why`: not all rounds are here."""
    tries = [count for each in rounds for count in each.tries]
    planted = sum(each.planted for each in rounds)
    later = [each.later for each in rounds]
    report.add("poison: added to the p99 of other keys", "%", later, LATER, why)
    for name, waits in (
        ("without", [each.calm_ms for each in rounds]),
        ("with", [each.poisoned_ms for each in rounds]),
    ):
        p99 = [percentile(each, 0.99) for each in waits]
        report.add(f"poison: other keys' p99 {name}", "ms", p99)
    # Poison that never died was not dealt with, however few its tries.
    most = [float(max(tries))] if tries and len(tries) == planted else []
    note = f"{len(tries)} dead letters of {planted} poison messages"
    report.add("poison: most tries", "", most, TRIES, note)
    # What a round that never ended left undone, nobody knows.
    lacking = [float(sum(each.lacking for each in rounds))] if rounds and not why else []
    report.add("poison: other keys' messages left undone", "", lacking, NONE)
