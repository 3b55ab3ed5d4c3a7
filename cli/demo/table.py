"""The table at the end of a demo. Called by `command`; the numbers are `summary`'s."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from cli.demo.summary import Summary

LEVELS = ("L1", "L3", "L2")
STATES = ("met", "breached", "cancelled", "pending")
CLASSES = {
    "product_mismatch": "商品不符 product mismatch",
    "logistics": "物流异常 logistics",
    "usage": "使用问题 usage",
    "service_attitude": "服务态度 service attitude",
    "special": "其他特殊 special",
}
MARKS = {"holds": "[green]holds[/]", "broken": "[red]BROKEN[/]", "not_applicable": "[dim]n/a[/]"}


def show(summary: Summary, console: Console) -> None:
    """Print all of it."""
    for table in _tables(summary):
        console.print(table)
        console.print()
    took = "  ".join(f"{phase} {seconds:.1f} s" for phase, seconds in summary.took_s.items())
    console.print(f"took: {took}", highlight=False)
    if summary.problem:
        console.print(f"[red]✗[/] {escape(summary.problem)}", highlight=False)
    broken = [check.code for check in summary.checks if check.outcome == "broken"]
    if summary.holds:
        judged = sum(check.outcome == "holds" for check in summary.checks)
        console.print(
            f"[green]✓[/] {summary.tickets:,} tickets; all {judged} invariants hold",
            highlight=False,
        )
    elif broken:
        console.print(f"[red]✗[/] broken: {', '.join(broken)}", highlight=False)
    elif not summary.checks:
        console.print("[red]✗[/] nothing was verified")


def _tables(summary: Summary) -> Iterator[RenderableType]:
    yield _crossed("tickets by class and level", summary.by_class_and_level, LEVELS, CLASSES)
    yield _crossed("clocks by level", _by_level(summary.clocks), STATES)
    yield _crossed("notifications (as published)", summary.notifications)
    yield _crossed("sends (as the providers recorded them)", summary.providers)
    yield _crossed("upstream (as the simulator recorded it)", summary.requests)
    yield _details(summary)
    yield _hops(summary)
    if summary.checks:
        yield _checks(summary)


def _by_level(found: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    return {level: found[level] for level in LEVELS if level in found}


def _crossed(
    title: str,
    rows: Mapping[str, Mapping[str, int]],
    columns: tuple[str, ...] = (),
    names: Mapping[str, str] | None = None,
) -> Table:
    """Rows by columns with their sums; the columns found where none are given."""
    shown = columns or tuple(sorted({column for row in rows.values() for column in row}))
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2))
    table.add_column("")
    for column in (*shown, "all"):
        table.add_column(column, justify="right")
    order = [name for name in names or sorted(rows) if name in rows]
    for name in order:
        counts = [rows[name].get(column, 0) for column in shown]
        cells = [f"{count:,}" for count in (*counts, sum(counts))]
        table.add_row((names or {}).get(name, name), *cells)
    sums = [sum(row.get(column, 0) for row in rows.values()) for column in shown]
    table.add_row("all", *(f"{count:,}" for count in (*sums, sum(sums))), style="bold")
    return table


def _details(summary: Summary) -> Table:
    table = Table.grid(padding=(0, 3))
    table.add_row("orders", f"{summary.orders:,} (seed {summary.seed}, {summary.fingerprint})")
    filled = {topic: count for topic, count in sorted(summary.records.items()) if count}
    table.add_row("records on Kafka", _listed(filled))
    table.add_row("decisions", _listed(summary.outcomes))
    table.add_row("care steps", _listed(summary.care))
    table.add_row("warnings", f"{summary.warnings:,}")
    table.add_row("failed messages", _listed(summary.failures) or "none")
    table.add_row("evidence archived", f"{summary.archived:,} items")
    if summary.killed:
        table.add_row("killed", ", ".join(summary.killed))
    restarts = {name: count for name, count in summary.restarts.items() if count}
    table.add_row("restarts", _listed(restarts) or "none")
    table.add_row("CPU seconds", "  ".join(f"{n} {s:.0f}" for n, s in summary.cpu_s.items()))
    return table


def _listed(counts: Mapping[str, int]) -> str:
    return "  ".join(f"{name} {count:,}" for name, count in counts.items())


def _hops(summary: Summary) -> Table:
    title = "latency by Kafka's record times, real milliseconds"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2))
    table.add_column("hop")
    for column in ("tickets", "p50", "p95", "p99", "max"):
        table.add_column(column, justify="right")
    for hop in summary.hops:
        numbers = (hop.tickets, hop.p50_ms, hop.p95_ms, hop.p99_ms, hop.most_ms)
        table.add_row(hop.name, *(f"{number:,}" for number in numbers))
    return table


def _checks(summary: Summary) -> Table:
    table = Table("", "invariant", "result", "looked at", box=None, padding=(0, 2))
    for check in summary.checks:
        looked = check.note if check.outcome == "not_applicable" else _listed(check.counted)
        offenders = "".join(f"\n{escape(who)}" for who in check.offenders)
        table.add_row(check.code, check.says, MARKS[check.outcome], escape(looked) + offenders)
    return table
