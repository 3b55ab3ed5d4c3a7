"""Prints what moving tickets to another policy would change. Called by `migrate`."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.sla.show_replay import UNCHANGED, tell_unreadable
from cli.sla.spans import span

WORDS = {
    "earlier": "earlier",
    "later": "later",
    "starts": "starts",
    "ends": "ends",
    "breached_at_once": "[red]breached at once[/]",
    "in_time_again": "[green]in time again[/]",
}


def show(answer: dict[str, Any], out: Console, most: int) -> None:
    """Where tickets come from, levels and classes, clocks, then the tickets, at most so many."""
    versions = ", ".join(f"{count} of {name}" for name, count in answer["from"].items())
    out.print(
        f"to {escape(answer['to'])}: {answer['moving']} open tickets would move", highlight=False
    )
    if versions:
        out.print(f"from: {escape(versions)}", highlight=False)
    if answer["by_level_and_class"]:
        out.print(_groups(answer["by_level_and_class"]))
    if answer["by_clock"]:
        out.print(_clocks(answer["by_clock"]))
    if answer["tickets_changed"] and most:
        out.print(_tickets(answer["tickets_changed"][:most]))
        left = answer["changed"] - most
        if left > 0:
            out.print(f"… and {left} more: --show N, or all of them by --json", highlight=False)
    _conclude(answer, out)


def _groups(rows: list[dict[str, Any]]) -> Table:
    title = "Open tickets, and what becomes of their clocks"
    table = Table("level", "class", "tickets", "that change", *WORDS.values(), title=title)
    for row in rows:
        head = row["level"], row["class"], str(row["tickets"]), _some(row["changed"])
        table.add_row(*head, *(_some(row[name]) for name in WORDS))
    return table


def _clocks(rows: list[dict[str, Any]]) -> Table:
    table = Table("clock", *WORDS.values(), title="Deadlines that move, with the median of how far")
    for row in rows:
        cells = {name: _some(row[name]) for name in WORDS}
        for name in ("earlier", "later"):
            if row[name]:
                cells[name] += f" by {span(row[f'{name}_median_s'])}"
        table.add_row(row["clock"], *cells.values())
    return table


def _some(count: int) -> str:
    return str(count) if count else UNCHANGED


def _tickets(tickets: list[dict[str, Any]]) -> Table:
    table = Table(
        "ticket", "level", "clock", "due before", "due after", "left", "", title="Tickets"
    )
    for ticket in tickets:
        for number, clock in enumerate(ticket["clocks"]):
            head = ("", "") if number else (escape(ticket["id"]), ticket["level"])
            table.add_row(
                *head,
                f"{clock['clock']}/{clock['generation']}",
                clock["due_before"] or UNCHANGED,
                clock["due_after"] or UNCHANGED,
                _left(clock["left_s"]),
                ", ".join(WORDS[what] for what in clock["what"]),
            )
    return table


def _left(left_s: int | None) -> str:
    if left_s is None:
        return ""
    return span(left_s) if left_s >= 0 else f"[red]{span(left_s)} over[/]"


def _conclude(answer: dict[str, Any], out: Console) -> None:
    out.print(
        f"[bold]{answer['changed']} of {answer['moving']} tickets would change[/]; in "
        f"{answer['breached_at_once']} a clock would be breached at once",
        highlight=False,
    )
    stay = {
        "ended": "have ended", "have_it": "have that version", "other_versions": "have another",
    }  # fmt: skip
    said = [f"{answer[name]} {text}" for name, text in stay.items() if answer[name]]
    if said:
        out.print(f"not counted: {', '.join(said)}", highlight=False)
    out.print("nothing was written", highlight=False)
    tell_unreadable(answer, out)
