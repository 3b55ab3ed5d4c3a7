"""From the measured burst to figures with targets. Called by `run`; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.figures import Report, at_most, percentile
from benchmarks.load.plan import Arrival
from benchmarks.pipeline.measured import Measured
from benchmarks.pipeline.milestones import Milestones

URGENT_P99_S = at_most(2)
STEPS = {"opened": "opened_s", "triaged": "triaged_s", "clock started": "clock_s"}


@dataclass(frozen=True, slots=True)
class Urgent:
    """The urgent stream's L1 tickets: seconds from the planned arrival, `inf` where it never came.

    Of those that arrived while the burst was worked off.
    """

    during: tuple[float, ...]
    steps: Mapping[str, tuple[float, ...]]
    """The same until each step on the way."""

    @classmethod
    def of(cls, measured: Measured, called: Mapping[str, float]) -> Urgent:
        """`called`: when the call task of each ticket was accepted."""
        end_s = drained_s(measured)
        found = [(each, _life(measured, each)) for each in measured.outcome.of("urgent")]
        during = [(e, life) for e, life in found if life.level == "L1" and e.planned_s <= end_s]
        return cls(
            during=tuple(_wait_s(each, called.get(each.ticket_id, 0.0)) for each, _ in during),
            steps={
                name: tuple(_wait_s(each, getattr(life, step)) for each, life in during)
                for name, step in STEPS.items()
            },
        )


def drained_s(measured: Measured) -> float:
    """When the last ticket of the burst had its last step, since 1970; `inf`: never."""
    ends = [_life(measured, each).complete_s for each in measured.outcome.of("routine")]
    return max(ends) if all(ends) else math.inf


def told(measured: Measured, urgent: Urgent, per_s: float) -> Report:
    """All figures."""
    report = Report("spike")
    during = urgent.during
    name = "urgent, arrival → call task accepted"
    report.add(f"{name}, p50", "s", [percentile(during, 0.50)])
    report.add(f"{name}, p99", "s", [percentile(during, 0.99)], URGENT_P99_S, _sample(during))
    report.add(f"{name}, longest", "s", [max(during, default=math.nan)])
    for step, waits in urgent.steps.items():
        report.add(f"urgent, arrival → {step}, p99", "s", [percentile(waits, 0.99)])
    for stream in ("urgent", "routine"):
        late = sum(bool(_life(measured, each).breached_s) for each in measured.outcome.of(stream))
        report.add(f"{stream} tickets with a breach", "tickets", [late])
    routine = measured.outcome.of("routine")
    begun_s = min(each.planned_s for each in routine)
    report.add("burst", "tickets", [len(routine)])
    report.add("burst, taken in", "s", [max(e.acknowledged_s for e in routine) - begun_s])
    report.add("burst, worked off", "s", [drained_s(measured) - begun_s])
    triaged = [_wait_s(each, _life(measured, each).triaged_s) for each in routine]
    report.add("routine, arrival → triaged, p50", "s", [percentile(triaged, 0.50)])
    report.add("CPU", "s", [sum(v for n, v in measured.cpu_s.items() if n != "standins")])
    report.conditions = {"rounds": 1, "urgent_per_s": per_s, "levels": dict(measured.levels())}
    report.notes.append(
        "The urgent group is told by a robot that may speak once a second; the default one speaks "
        "every 4 s and gathers what comes meanwhile."
    )
    return report


def _sample(waits: tuple[float, ...]) -> str:
    late = sum(math.isinf(wait) for wait in waits)
    return f"of {len(waits)} L1 tickets during the burst" + (f", {late} never" if late else "")


def _life(measured: Measured, each: Arrival) -> Milestones:
    return measured.lives.get(each.ticket_id) or Milestones()


def _wait_s(each: Arrival, done_s: float) -> float:
    return done_s - each.planned_s if done_s else math.inf
