"""What came of a run: values, a table, a JSON document. Made by `run`, shown by the command."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.demo.summary import Check


@dataclass(frozen=True, slots=True)
class Hit:
    """A strike that is over; times in seconds since the run began. `missed` says why it was none;
    `recovered_s`: from the healing until the backlog was gone."""

    code: str
    target: str
    proof: str
    begun_s: float
    healed_s: float
    recovered_s: float | None = None
    missed: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One run. `problem` is why it could not be judged to its end."""

    seed: int
    seconds: float
    hits: tuple[Hit, ...]
    arrivals: int
    acknowledged: int
    records: int
    checks: tuple[Check, ...]
    problem: str = ""

    @property
    def broken(self) -> tuple[Check, ...]:
        """Invariants that do not hold."""
        return tuple(check for check in self.checks if check.outcome == "broken")

    @property
    def missed(self) -> tuple[Hit, ...]:
        """Strikes that hit nothing: a fault that was not there was not survived (I27)."""
        return tuple(hit for hit in self.hits if hit.missed)

    @property
    def holds(self) -> bool:
        """Whether everything that was promised was kept, and every fault was really there."""
        return not (self.problem or self.broken or self.missed or not self.hits)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self) | {"holds": self.holds}


def show(verdict: Verdict, console: Console) -> None:
    """For people."""
    table = Table("from s", "to s", "fault", "target", "what was seen", "backlog gone", box=None)
    for hit in sorted(verdict.hits, key=lambda each: each.begun_s):
        gone = "-" if hit.recovered_s is None else f"after {hit.recovered_s:.1f} s"
        seen = f"[red]not hit: {escape(hit.missed)}[/]" if hit.missed else escape(hit.proof)
        table.add_row(
            f"{hit.begun_s:.1f}", f"{hit.healed_s:.1f}", hit.code, escape(hit.target), seen, gone
        )
    console.print(table)
    console.print(
        f"\nseed {verdict.seed}, {verdict.seconds:g} s: {verdict.acknowledged:,} of "
        f"{verdict.arrivals:,} complaints acknowledged, {verdict.records:,} records"
    )
    for check in verdict.broken:
        console.print(f"[red]{check.code} broken:[/] {escape(check.says)}")
        for offender in check.offenders[:5]:
            console.print(f"  {escape(str(offender))}")
    if verdict.problem:
        console.print(f"[red]{escape(verdict.problem)}[/]")
    if verdict.holds:
        judged = sum(check.outcome == "holds" for check in verdict.checks)
        console.print(f"[green]all {judged} invariants hold[/]")
