"""Prints what a replay would change. Called by `replay`."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.sla.spans import span, yuan

UNCHANGED = "[dim]–[/]"
NONE = "none"


def show(answer: dict[str, Any], out: Console, most: int) -> None:
    """Clocks, lateness, cost, staff, then the changed tickets, at most so many."""
    before, after = answer["before"], answer["after"]
    own = ", each ticket by its own" if before["own"] else ""
    out.print(f"before: {escape(', '.join(before['versions']))}{own}", highlight=False)
    out.print(f"after:  {escape(', '.join(after['versions']))}", highlight=False)
    if answer["clocks"]:
        out.print(_clocks(answer["clocks"]))
        out.print(_staffing(answer["staffing"]))
    if answer["tickets_changed"] and most:
        out.print(_changed(answer["tickets_changed"][:most]))
        left = answer["changed"] - most
        if left > 0:
            out.print(f"… and {left} more: --show N, or all of them by --json", highlight=False)
    _conclude(answer, out)


def _clocks(rows: list[dict[str, Any]]) -> Table:
    table = Table("clock", "level", "target", title="Clocks: how many, and how many late")
    for name in ("before", "late", "after", "late", "more late"):
        table.add_column(name, justify="right")
    for row in rows:
        was, will = row["before"], row["after"]
        more = will["breached"] - was["breached"]
        table.add_row(
            row["clock"],
            row["level"],
            _target(was["targets_s"], will["targets_s"]),
            str(was["clocks"]),
            str(was["breached"]),
            str(will["clocks"]),
            str(will["breached"]),
            f"[bold]{more:+d}[/]" if more else UNCHANGED,
        )
    return table


def _target(was: list[int] | None, will: list[int] | None) -> str:
    before, after = _spans(was), _spans(will)
    return before if before == after else f"{before} → {after}"


def _spans(targets_s: list[int] | None) -> str:
    return "own dates" if targets_s is None else ", ".join(map(span, targets_s)) or NONE


def _staffing(staffing: dict[str, Any]) -> Table:
    handling = dict(staffing["handling_s"])
    others = handling.pop("others")
    named = "".join(f", {clock} {span(seconds)}" for clock, seconds in handling.items())
    title = f"People that keep the deadlines, {span(others)} a deed{named}"
    table = Table("", "hours of work", "on average", "95 % of hours", "at most", title=title)
    for name in ("before", "after"):
        side = staffing[name]
        at = f" ({side['most_at'][:16]}Z)" if side["most_at"] else ""
        hours, mean, p95 = (f"{side[key]:g}" for key in ("person_hours", "mean", "p95"))
        table.add_row(name, hours, mean, p95, f"{side['most']:g}{at}")
    return table


def _changed(tickets: list[dict[str, Any]]) -> Table:
    table = Table("ticket", "clock", "before", "after", title="Changed tickets")
    for ticket in tickets:
        late = ticket["late"]
        mark = "" if late["before"] == late["after"] else (
            "\n[red]late[/]" if late["after"] else "\n[green]no longer late[/]"
        )  # fmt: skip
        names = "\n".join(f"{one['clock']}/{one['generation']}" for one in ticket["clocks"])
        was, will = ("\n".join(_fate(one[name]) for one in ticket["clocks"]) for name in
                     ("before", "after"))  # fmt: skip
        table.add_row(escape(ticket["id"]) + mark, names, was, will)
    return table


def _fate(clock: dict[str, Any] | None) -> str:
    if clock is None:
        return NONE
    due = f", due {clock['due_at']}" if clock["due_at"] else ""
    return f"{clock['state']}{due}"


def _conclude(answer: dict[str, Any], out: Console) -> None:
    late, cost = answer["late"], answer["cost_fen"]
    out.print(
        f"[bold]{answer['changed']} of {answer['tickets']} tickets would change[/]: "
        f"{late['newly']} would be late, {late['no_longer']} no longer "
        f"({late['before']} → {late['after']} late)",
        highlight=False,
    )
    if cost is not None:
        both = f"{yuan(cost['before'])} → {yuan(cost['after'])}"
        out.print(f"what breaches cost: {both}", highlight=False)
    if answer["passed_over"]:
        out.print(f"{answer['passed_over']} tickets were opened before, or never triaged")
    tell_unreadable(answer, out)


def tell_unreadable(answer: dict[str, Any], out: Console) -> None:
    """Lines that held no ticket, the first with their reasons."""
    for error in answer["errors"]:
        out.print(f"[red]no ticket:[/] {escape(error)}", highlight=False)
    if answer["unreadable"]:
        out.print(f"[red]{answer['unreadable']} lines held no ticket[/]", highlight=False)
