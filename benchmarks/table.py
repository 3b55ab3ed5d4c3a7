"""Shows a benchmark's figures on a terminal."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, Report


def show(report: Report, out: Console) -> None:
    """A row a figure: median, extremes of the rounds, target, and whether it was reached."""
    table = Table(title=f"{report.bench} ({report.took_s:.0f} s)", title_justify="left")
    for name, justify in (
        ("figure", "left"), ("median", "right"), ("from", "right"), ("to", "right"),
        ("unit", "left"), ("target", "right"), ("", "left"), ("note", "left"),
    ):  # fmt: skip
        table.add_column(name, justify="right" if justify == "right" else "left")
    for each in report.figures:
        table.add_row(*_row(each))
    out.print(table)
    for note in report.notes:
        out.print(f"  {note}", highlight=False)
    if report.verified is not None:
        out.print("  ✓ all invariants hold" if report.verified else "  ✗ an invariant is broken")


def _row(each: Figure) -> tuple[str, ...]:
    mark = "" if each.reached is None else "reached" if each.reached else "short"
    target = "" if each.target is None else str(each.target)
    spread = (shown(each.low), shown(each.high)) if each.rounds > 1 else ("", "")
    return (each.name, shown(each.value), *spread, each.unit, target, mark, each.note)


def shown(value: float) -> str:
    """Three significant digits, thousands apart."""
    if math.isnan(value):
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
