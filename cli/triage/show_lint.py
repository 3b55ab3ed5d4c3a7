"""Prints what `lint` found and which cases of `test` came out otherwise. Called by `command`."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

FOLDED = "unseen"
"""Such hints are many: they are told by list."""
SOME = 6


def lint(answer: dict[str, Any], out: Console) -> None:
    """Faults, hints, and a line of what they come to."""
    folded = [one for one in answer["findings"] if one["code"] == FOLDED]
    told = [one for one in answer["findings"] if one["code"] != FOLDED]
    if told:
        table = Table("", title="Findings")
        for name in ("where", "what", "what to do"):
            table.add_column(name, overflow="fold")
        for one in told:
            mark = "[red]error[/]" if one["weight"] == "error" else "[yellow]hint[/]"
            line = f":{one['line']}" if one["line"] else ""
            place = f"\n{one['place']}" if one["place"] else ""
            where = escape(f"{one['file']}{line}{place}")
            table.add_row(mark, where, escape(one["what"]), escape(one["advice"]))
        out.print(table)
    if folded:
        out.print(_folded(folded))
    version = answer["version"] or "not loaded"
    colour = "red" if answer["errors"] else "green"
    out.print(
        f"[{colour}]{answer['errors']} errors[/], {answer['hints']} hints in "
        f"{escape(answer['policy'])} ({version})",
        highlight=False,
    )


def _folded(found: list[dict[str, Any]]) -> Table:
    by_list: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in found:
        by_list[one["place"].rpartition(".")[0]].append(one)
    title = "Phrases that no training text has (hints; all of them: --json)"
    table = Table("list", "line", "phrases", title=title)
    table.add_column("for example", overflow="fold")
    for place, those in by_list.items():
        words = [one["what"].partition("“")[2].rpartition("”")[0] for one in those[:SOME]]
        table.add_row(place, str(those[0]["line"]), str(len(those)), escape(", ".join(words)))
    return table


def cases(answer: dict[str, Any], out: Console) -> None:
    """What was expected and what came, by case."""
    if answer["failed"]:
        table = Table("case", "line", "field", "expected", "got", "because", title="Differences")
        for case in answer["failed"]:
            name, line = escape(str(case.get("id"))), str(case["line"])
            if "error" in case:
                table.add_row(name, line, "", "a case", "[red]none[/]", escape(case["error"]))
            for one in case.get("differences", ()):
                wanted, got = _shown(one["expected"]), _shown(one["got"])
                because = escape(one["because"])
                table.add_row(name, line, one["field"], wanted, f"[red]{got}[/]", because)
        out.print(table)
    colour = "green" if answer["passed"] == answer["cases"] else "red"
    out.print(
        f"[{colour}]{answer['passed']} of {answer['cases']} cases as expected[/] "
        f"({answer['policy_version']}, model {answer['model_version']})",
        highlight=False,
    )


def _shown(value: Any) -> str:
    return escape(", ".join(value) if isinstance(value, list) else str(value))
