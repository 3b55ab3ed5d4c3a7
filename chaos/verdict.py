"""What came of a run: values, a table, a JSON document. Made by `run`, shown by the command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.demo.summary import Check

KILLING = frozenset({"X1", "X2", "X4", "X16", "X17"})
"""Each strike of these ends a service with signal 9."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A strike that is over; times in seconds since the run began. `missed` says why it was none;
    `recovered_s`: from the healing until the backlog was gone; `gap_s`: the longest time from its
    begin to there in which nothing was published."""

    code: str
    target: str
    proof: str
    begun_s: float
    healed_s: float
    recovered_s: float | None = None
    missed: str = ""
    gap_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One run. `problem` is why it could not be judged to its end; `impossible`: faults that this
    machine does not let us make, with the reason."""

    seed: int
    seconds: float
    hits: tuple[Hit, ...]
    arrivals: int
    acknowledged: int
    records: int
    checks: tuple[Check, ...]
    problem: str = ""
    per_s: float = 0.0
    impossible: Mapping[str, str] = field(default_factory=dict)

    @property
    def broken(self) -> tuple[Check, ...]:
        """Invariants that do not hold."""
        return tuple(check for check in self.checks if check.outcome == "broken")

    @property
    def missed(self) -> tuple[Hit, ...]:
        """Strikes that hit nothing: a fault that was not there was not survived (I27)."""
        return tuple(hit for hit in self.hits if hit.missed)

    @property
    def codes(self) -> tuple[str, ...]:
        """Faults that were really hit."""
        found = {hit.code for hit in self.hits if not hit.missed}
        return tuple(sorted(found, key=lambda code: (len(code), code)))

    @property
    def kills(self) -> int:
        """How often a service was killed with signal 9."""
        return sum(hit.code in KILLING and not hit.missed for hit in self.hits)

    @property
    def slowest_s(self) -> float | None:
        """The longest recovery; None when a backlog was never seen gone."""
        times = [hit.recovered_s for hit in self.hits if not hit.missed]
        return None if None in times else max((s for s in times if s is not None), default=0.0)

    @property
    def holds(self) -> bool:
        """Whether everything that was promised was kept, and every fault was really there."""
        return not (self.problem or self.broken or self.missed or not self.hits)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        found = {"kills": self.kills, "codes": self.codes, "holds": self.holds}
        return asdict(self) | found

    def as_line(self) -> dict[str, Any]:
        """What stays of a run in the record of a campaign (`chaos/results`)."""
        slowest_s = self.slowest_s
        return {
            "seed": self.seed,
            "seconds": self.seconds,
            "per_s": self.per_s,
            "codes": self.codes,
            "kills": self.kills,
            "arrivals": self.arrivals,
            "acknowledged": self.acknowledged,
            "records": self.records,
            "invariants": sum(check.outcome == "holds" for check in self.checks),
            "broken": [check.code for check in self.broken],
            "missed": [hit.code for hit in self.missed],
            "impossible": sorted(self.impossible),
            "slowest_recovery_s": None if slowest_s is None else round(slowest_s, 1),
            "longest_gap_s": round(max((hit.gap_s for hit in self.hits), default=0.0), 1),
            "holds": self.holds,
        }


def show(verdict: Verdict, console: Console) -> None:
    """For people."""
    table = Table(
        "from s", "to s", "fault", "target", "what was seen", "gap", "backlog gone", box=None
    )
    for hit in sorted(verdict.hits, key=lambda each: each.begun_s):
        gone = "-" if hit.recovered_s is None else f"after {hit.recovered_s:.1f} s"
        seen = f"[red]not hit: {escape(hit.missed)}[/]" if hit.missed else escape(hit.proof)
        times = f"{hit.begun_s:.1f}", f"{hit.healed_s:.1f}"
        table.add_row(*times, hit.code, escape(hit.target), seen, f"{hit.gap_s:.1f} s", gone)
    console.print(table)
    console.print(
        f"\nseed {verdict.seed}, {verdict.seconds:g} s: {verdict.acknowledged:,} of "
        f"{verdict.arrivals:,} complaints acknowledged, {verdict.records:,} records"
    )
    console.print(f"hit: {' '.join(verdict.codes) or 'nothing'}; services killed: {verdict.kills}")
    for code, reason in verdict.impossible.items():
        console.print(f"{code} not possible here: {escape(reason)}")
    _show_outcome(verdict, console)


def _show_outcome(verdict: Verdict, console: Console) -> None:
    for check in verdict.broken:
        console.print(f"[red]{check.code} broken:[/] {escape(check.says)}")
        for offender in check.offenders[:5]:
            console.print(f"  {escape(str(offender))}")
    if verdict.problem:
        console.print(f"[red]{escape(verdict.problem)}[/]")
    if verdict.holds:
        judged = sum(check.outcome == "holds" for check in verdict.checks)
        console.print(f"[green]all {judged} invariants hold[/]")
