"""Figures from what the rounds of `bench clocks` found. Pure; called by `run`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.clocks.cost import Cost
from benchmarks.clocks.firing import Applied, Fired
from benchmarks.clocks.rival import Ran
from benchmarks.figures import Report, at_least, at_most, percentile

KEPT_UP = 0.95
"""Of the rate at which clocks fall due: what the last word's moment may fall short of."""


@dataclass(slots=True)
class Round:
    """What one round found: ours, theirs, and what only ours can do."""

    calm: Fired = field(init=False)
    busy: Fired = field(init=False)
    calm_rival: Ran = field(init=False)
    busy_rival: Ran = field(init=False)
    begun: Applied = field(init=False)
    ended: Applied = field(init=False)


@dataclass(frozen=True, slots=True)
class Shared:
    """A load that two instances shared, and the events that each published."""

    fired: Fired
    by_instance: dict[str, int]

    @property
    def smaller_share(self) -> float:
        """Per cent of the events that the less busy one published; 0 when one did it all."""
        events = sorted(self.by_instance.values())
        return 100 * events[0] / sum(events) if len(events) > 1 else 0.0


@dataclass(slots=True)
class Outcome:
    """Everything that a run found. `unlike`: where filled rows differ from the service's own."""

    open_clocks: int = 0
    filled_s: float = 0.0
    unlike: list[str] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    flood: Fired | None = None
    """Many clocks due in one instant."""
    shared: Shared | None = None
    memory_mb: float = 0.0

    def fired(self) -> Iterable[Fired]:
        """All loads of due clocks."""
        for each in self.rounds:
            yield from (each.calm, each.busy)
        if self.flood is not None:
            yield self.flood
        if self.shared is not None:
            yield self.shared.fired


def told(outcome: Outcome) -> Report:
    """The report, its figures in the order of their importance."""
    report = Report("clocks")
    report.add("open clocks", "clocks", [outcome.open_clocks])
    _lateness(report, outcome.rounds)
    _rates(report, outcome)
    _costs(report, outcome)
    fired = list(outcome.fired())
    report.add("spoke too early", "clocks", [sum(f.heard.early for f in fired)], at_most(0))
    report.add("never spoke", "clocks", [sum(f.lost for f in fired)], at_most(0))
    report.add("said twice", "words", [sum(f.doubled for f in fired)], at_most(0))
    report.add("memory of sla", "MB", [outcome.memory_mb], at_most(120))
    report.notes.append(f"filled in {outcome.filled_s:.0f} s by SQL")
    report.notes.append(
        "filled rows differ from the service's own: " + "; ".join(outcome.unlike)
        if outcome.unlike
        else "filled rows are like the service's own, column by column"
    )
    report.notes.append("pgqueuer starts an empty function; ours decides, stores and publishes")
    return report


def _lateness(report: Report, rounds: Sequence[Round]) -> None:
    for name, of in _LATE:
        for share in (0.5, 0.99):
            wanted = at_most(50) if share > 0.9 and of in _PROMISED else None
            values = [percentile(of(each), share) * 1000 for each in rounds]
            report.add(f"{name}, p{share * 100:g}", "ms", values, wanted)


_Late = Callable[[Round], list[float]]


def _seen(each: Round) -> list[float]:
    return each.calm.heard.seen_late_s


def _kept(each: Round) -> list[float]:
    return each.calm.heard.kept_late_s


_PROMISED: tuple[_Late, ...] = (_seen, _kept)
_LATE: tuple[tuple[str, _Late], ...] = (
    ("late at 2,000 due/s, decided", _seen),
    ("late at 2,000 due/s, on Kafka", _kept),
    ("late at 2,000 due/s, pgqueuer", lambda each: each.calm_rival.late_s),
    ("late at 5,000 due/s, on Kafka", lambda each: each.busy.heard.kept_late_s),
    ("late at 5,000 due/s, pgqueuer", lambda each: each.busy_rival.late_s),
)


def fired_per_s(fired: Fired) -> float:
    """Clocks a second from the first moment due to the last word on Kafka."""
    return fired.expected / fired.took_s


def ran_per_s(ran: Ran, rate: float) -> float:
    """Jobs a second from the first moment due to the last job's start."""
    count = len(ran.late_s)
    return count / max(number / rate + late for number, late in enumerate(ran.late_s))


def _rates(report: Report, outcome: Outcome) -> None:
    rounds = outcome.rounds
    busy = [fired_per_s(each.busy) for each in rounds]
    report.add("fired at 5,000 due/s", "1/s", busy, at_least(5_000 * KEPT_UP))
    theirs = [ran_per_s(each.busy_rival, 5_000) for each in rounds]
    report.add("run at 5,000 due/s, pgqueuer", "1/s", theirs)
    if outcome.shared is not None:
        both = [fired_per_s(outcome.shared.fired)]
        report.add("fired at 5,000 due/s, two instances", "1/s", both)
        report.add("share of the less busy instance", "%", [outcome.shared.smaller_share])
    if outcome.flood is not None:
        drained_s = outcome.flood.took_s * 100_000 / outcome.flood.expected
        report.add("100,000 due at once, drained", "s", [drained_s], at_most(20))
    report.add("tickets begun (3 clocks each)", "1/s", [each.begun.per_s for each in rounds])
    report.add("tickets ended (3 clocks each)", "1/s", [each.ended.per_s for each in rounds])


def _costs(report: Report, outcome: Outcome) -> None:
    rounds = outcome.rounds
    _cost(report, "clock fired, 2,000 due/s", [each.calm.cost for each in rounds])
    if outcome.flood is not None:
        _cost(report, "clock fired, at once", [outcome.flood.cost])
    _cost(report, "job of pgqueuer, 2,000 due/s", [each.calm_rival.cost for each in rounds])
    _cost(report, "ticket begun", [each.begun.cost for each in rounds])
    _cost(report, "ticket ended", [each.ended.cost for each in rounds])


def _cost(report: Report, name: str, costs: Sequence[Cost]) -> None:
    report.add(f"CPU of a {name}: Python", "µs", [each.python_us for each in costs])
    report.add(f"CPU of a {name}: PostgreSQL", "µs", [each.postgres_us for each in costs])
