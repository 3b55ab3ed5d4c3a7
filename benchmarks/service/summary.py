"""Turns the measured turns of a service into figures. Called by `run`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.figures import Report, at_least
from benchmarks.service.cases import Case

PER_CORE = 6_000.0
OF_BARE = 0.25


@dataclass(frozen=True, slots=True)
class Turn:
    """One design's work on its messages in one round.

    `wall_s` until they had their effect, `drained_s` until nothing that follows was left, and
    the CPU seconds up to then by kind of process.
    """

    name: str
    messages: int
    wall_s: float
    drained_s: float
    cpu_s: dict[str, float]

    @property
    def per_s(self) -> float:
        """Messages a second by the clock on the wall."""
        return self.messages / self.wall_s

    def cpu_us(self, kind: str) -> float:
        """CPU microseconds a message of one kind of process."""
        return self.cpu_s[kind] / self.messages * 1e6


def add_figures(report: Report, case: Case, turns: Sequence[Turn]) -> None:
    """A service's figures: its own, each rival's, and the ratios within each round."""
    by_name: dict[str, list[Turn]] = {}
    for turn in turns:
        by_name.setdefault(turn.name, []).append(turn)
    ours, bare = by_name["ours"], by_name["bare"]
    rivals = [found for name, found in by_name.items() if name not in ("ours", "bare")]
    name, count = case.service, f"{ours[0].messages:,} messages a round"
    report.add(f"{name}: rate", "events/s", [t.per_s for t in ours], note=f"{count}, {case.end}")
    report.add(
        f"{name}: rate per core",
        "events/s",
        [1e6 / t.cpu_us("service") for t in ours],
        at_least(PER_CORE),
        "of the service's process",
    )
    for kind in ours[0].cpu_s:
        report.add(f"{name}: CPU {kind}", "µs/event", [t.cpu_us(kind) for t in ours])
    if case.end == "applied":
        drained = [t.messages / t.drained_s for t in ours]
        report.add(f"{name}: rate with all that follows", "events/s", drained)
    for found in (bare, *rivals):
        one = found[0].name
        report.add(f"{name}: {one}", "events/s", [t.per_s for t in found])
        spent = [sum(t.cpu_s.values()) / t.messages * 1e6 for t in found]
        report.add(f"{name}: {one}, CPU of all", "µs/event", spent)
    of_bare = [t.per_s / limit.per_s for t, limit in zip(ours, bare, strict=True)]
    report.add(f"{name}: of the bare pass-through", "×", of_bare, at_least(OF_BARE))
    better = [max(each.per_s for each in both) for both in zip(*rivals, strict=True)]
    if better:
        ratio = [t.per_s / other for t, other in zip(ours, better, strict=True)]
        report.add(f"{name}: of the baseline", "×", ratio, note="at its better setting")
