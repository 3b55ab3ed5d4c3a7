"""Prints what a replay would change. Called by `command`."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

UNCHANGED = "[dim]–[/]"


def replay(answer: dict[str, Any], out: Console, most: int) -> None:
    """Matrices, clocks, staff, then the changed tickets, at most so many."""
    before, after = answer["before"], answer["after"]
    out.print(f"before: {_reader(before)}\nafter:  {_reader(after)}", highlight=False)
    for name, rows in answer["matrices"].items():
        out.print(_matrix(name, rows))
    if answer["clocks"] is None:
        out.print("clocks: neither folder has a sla.yaml")
    elif any(one["more"] or _moved(one) for one in answer["clocks"]):
        out.print(_clocks(answer["clocks"]))
    else:
        out.print("clocks: the same ones run")
    if answer["staffing"]["hours"]:
        out.print(_staffing(answer["staffing"]))
    if answer["tickets_changed"] and most:
        out.print(_changed(answer["tickets_changed"][:most]))
    left = answer["changed"] - most
    if left > 0 and most:
        out.print(f"… and {left} more: --show N, or all of them by --json", highlight=False)
    _conclude(answer, out)


def _reader(one: dict[str, str]) -> str:
    return escape(f"{one['policy']} ({one['policy_version']}, model {one['model_version']})")


def _matrix(name: str, rows: dict[str, dict[str, int]]) -> Table:
    """Rows: before; columns: after. What stays lies on the diagonal."""
    names = sorted(rows.keys() | {after for row in rows.values() for after in row})
    table = Table(f"{name}: before ↓ after →", *names)
    for before in names:
        row = rows.get(before, {})
        cells = [
            "" if not (count := row.get(after)) else
            f"[dim]{count}[/]" if before == after else f"[bold yellow]{count}[/]"
            for after in names
        ]  # fmt: skip
        table.add_row(before, *cells)
    return table


def _moved(clock: dict[str, Any]) -> bool:
    return bool(clock["targets_s_before"] != clock["targets_s_after"])


def _clocks(clocks: list[dict[str, Any]]) -> Table:
    table = Table("clock", "before", "after", "more", "targets", title="Clocks that start")
    for one in clocks:
        more = f"{one['more']:+d}" if one["more"] else UNCHANGED
        before, after = _targets(one["targets_s_before"]), _targets(one["targets_s_after"])
        targets = before if before == after or not after else f"{before or 'none'} → {after}"
        table.add_row(one["clock"], str(one["before"]), str(one["after"]), more, targets)
    return table


def _targets(counts: dict[str, int]) -> str:
    return ", ".join(f"{int(seconds) // 60} min" for seconds in counts)


def _staffing(staffing: dict[str, Any]) -> Table:
    title = f"Tickets an hour by route, over {staffing['hours']} hours that had any"
    table = Table("route", "before", "after", "at most before", "at most after", title=title)
    for one in staffing["routes"]:
        numbers = ("before_an_hour", "after_an_hour", "before_at_most", "after_at_most")
        table.add_row(one["route"], *(f"{one[name]:g}" for name in numbers))
    return table


def _changed(tickets: list[dict[str, Any]]) -> Table:
    table = Table("ticket", "what changes", title="Changed tickets")
    for name in ("reasons before", "reasons after"):
        table.add_column(name, overflow="fold")
    for one in tickets:
        moves = "\n".join(
            f"{name}: {_shown(both['before'])} → {_shown(both['after'])}"
            for name, both in one["changes"].items()
        )
        table.add_row(
            escape(one["id"]), escape(moves), _texts(one["reasons_before"]),
            _texts(one["reasons_after"]),
        )  # fmt: skip
    return table


def _texts(reasons: list[dict[str, str]]) -> str:
    return escape("\n".join(f"{one['text_zh']} / {one['text_en']}" for one in reasons))


def _shown(value: Any) -> str:
    return (", ".join(value) or "none") if isinstance(value, list) else str(value)


def _conclude(answer: dict[str, Any], out: Console) -> None:
    differ = [f"{name} {count}" for name, count in answer["differ"].items() if count]
    said = f": {', '.join(differ)}" if differ else ""
    out.print(
        f"[bold]{answer['changed']} of {answer['tickets']} tickets would change[/]{said}",
        highlight=False,
    )
    for error in answer["errors"]:
        out.print(f"[red]no ticket:[/] {escape(error)}", highlight=False)
    if answer["unreadable"]:
        out.print(f"[red]{answer['unreadable']} lines held no ticket[/]", highlight=False)
