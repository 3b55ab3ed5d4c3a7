"""`aftercare sla audit` and `aftercare sla pauses`: what is stored about clocks, computed again by
another method. The counting is a program of the service, started as a process of its own.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.programs import NOT_DONE, asked
from cli.stack import AsJson, RunDir, err, told
from cli.verify.target import reached
from devstack.settings import StackSettings

PROGRAM = "services.sla.audit"
SCALED_GRACE_S = 3_600.0
"""Of a business clock that runs fast: some seconds of ours."""
out = Console()

Grace = Annotated[
    float | None,
    typer.Option(help="A breach or warning may be missing for so long (business s); default 60."),
]


def register(app: typer.Typer) -> None:
    """Hang these commands onto `aftercare sla`."""
    app.command()(audit)
    app.command()(pauses)


def audit(
    run_dir: RunDir = None,
    as_json: AsJson = False,
    ticket: Annotated[str | None, typer.Option(help="This ticket alone.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Differences that are named.")] = 50,
    grace_s: Grace = None,
) -> None:
    """Compute every stored deadline and outcome again, slowly. Exit 1 if one differs, 2 if not
    done."""
    words = ["clocks", "--limit", str(limit), *(("--ticket", ticket) if ticket else ())]
    answer, code = _asked(run_dir, words, grace_s)
    if as_json:
        out.print_json(json.dumps(answer))
    elif code != NOT_DONE:
        _show(answer)
    if code == NOT_DONE and not as_json:
        _not_done(answer)
    raise typer.Exit(code)


def pauses(
    run_dir: RunDir = None,
    as_json: AsJson = False,
    since: Annotated[
        datetime | None, typer.Option(help="Only what was paused after that; without zone: UTC.")
    ] = None,
) -> None:
    """How long each agent paused clocks, and how much of it after the customer had answered."""
    words = ["pauses"]
    if since is not None:
        words += ["--since", (since if since.tzinfo else since.replace(tzinfo=UTC)).isoformat()]
    answer, code = _asked(run_dir, words, None)
    if as_json:
        out.print_json(json.dumps(answer))
    elif code == NOT_DONE:
        _not_done(answer)
    else:
        _show_pauses(answer)
    raise typer.Exit(code)


def _asked(
    run_dir: Path | None, words: list[str], grace_s: float | None
) -> tuple[dict[str, Any], int]:
    """The program's answer about the system of a run folder, or the one the environment names."""
    with told():
        state = reached((run_dir or StackSettings().run_dir).resolve())
    scaled = state.time_origin is not None
    grace_s = (SCALED_GRACE_S if scaled else None) if grace_s is None else grace_s
    words += [] if grace_s is None else ["--grace-s", f"{grace_s:g}"]
    source = {"database_url": state.database_url, "by_youngest": scaled}
    return asked(PROGRAM, *words, lines=[json.dumps(source).encode()])


def _not_done(answer: dict[str, Any]) -> None:
    err.print(f"[red]✗[/] not done: {escape(str(answer.get('error')))}", highlight=False)
    err.print("  → `aftercare status` shows whether the database runs.", highlight=False)


def _show(answer: dict[str, Any]) -> None:
    if answer["differences"]:
        table = Table(
            "ticket",
            "clock",
            "generation",
            "field",
            "stored",
            "should be",
            box=None,
            padding=(0, 1),
        )
        for each in answer["differences"]:
            names = ("ticket", "clock", "generation", "field", "stored", "should_be")
            table.add_row(*(escape(str(each[name])) for name in names))
        out.print(table)
    for reason, number in sorted(answer["unjudged"].items()):
        out.print(f"[yellow]not judged[/] {number:,} × {escape(reason)}", highlight=False)
    looked = f"{answer['clocks']:,} clocks of {answer['tickets']:,} tickets"
    told_of = f"{answer['events']:,} events, {answer['took_s']:.1f} s"
    if answer["differing"]:
        more = answer["differing"] - len(answer["differences"])
        rest = f", {more:,} of them not shown" if more else ""
        many = "difference" if answer["differing"] == 1 else "differences"
        out.print(f"[red]{answer['differing']:,} {many}[/]{rest}: {looked}, {told_of}")
    else:
        out.print(f"[green]no difference[/]: {looked}, {told_of}")


def _show_pauses(answer: dict[str, Any]) -> None:
    table = Table(
        "agent", "waits", "tickets", "paused", "illegitimate", "", box=None, padding=(0, 1)
    )
    for each in answer["agents"]:
        wrong = each["illegitimate_tickets"]
        named = ", ".join(wrong[:3]) + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else "")
        table.add_row(
            escape(each["agent"]),
            f"{each['waits']:,}",
            f"{each['tickets']:,}",
            _minutes(each["paused_s"]),
            _minutes(each["illegitimate_s"]),
            escape(named),
        )
    out.print(table)


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:,.1f} min"
