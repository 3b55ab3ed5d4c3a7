"""From the rounds of both sides to figures: each cost, and how it grew. Called by `run`; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmarks.figures import Report, at_most
from benchmarks.growth.cost import Cost

GROWTH = at_most(1.2)
Rounds = Mapping[str, Sequence[Cost]]
COSTS: dict[str, tuple[str, Callable[[Cost], float]]] = {
    "CPU": ("µs/ticket", lambda cost: cost.us_each(cost.cpu_s)),
    "CPU Python": ("µs/ticket", lambda cost: cost.us_each(cost.python_s)),
    "CPU PostgreSQL": ("µs/ticket", lambda cost: cost.us_each(cost.postgres_s)),
    "CPU Kafka": ("µs/ticket", lambda cost: cost.us_each(cost.kafka_s)),
    "database log": ("bytes/ticket", lambda cost: cost.log_bytes / cost.tickets),
    "time": ("µs/ticket", lambda cost: cost.us_each(cost.span_s)),
}
JUDGED = ("CPU", "time")
"""Growth of these has the target; of the others it is told."""


def told(small: Sequence[Cost], large: Sequence[Cost]) -> Report:
    """Every cost with little and with much history, and the ratio round by round."""
    report = Report("growth")
    for name, (unit, of) in COSTS.items():
        few, many = [of(cost) for cost in small], [of(cost) for cost in large]
        report.add(f"{name}, little history", unit, few)
        report.add(f"{name}, much history", unit, many)
        ratios = [after / before for before, after in zip(few, many, strict=True) if before]
        report.add(f"{name}, growth", "×", ratios, GROWTH if name in JUDGED else None)
    return report
