"""`aftercare sla forecast`: how many open clocks of each queue will probably be breached soon, and
which. The estimate is a program of the service, started as a process of its own.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, get_args

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.programs import NOT_DONE, asked
from cli.stack import AsJson, RunDir, err, told
from cli.verify.target import reached
from devstack.problems import StackError
from devstack.settings import StackSettings
from schemas.triage import Route

PROGRAM = "services.sla.forecasting"
CERTAIN_FROM = 0.5
out = Console()


def forecast(
    hours: Annotated[float, typer.Option(min=0.25, max=72, help="How far ahead.")] = 4.0,
    queue: Annotated[
        str | None, typer.Option("--queue", "--group", help="The queue of this group alone.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, max=100_000, help="Clocks that are named of each queue.")
    ] = 5,
    run_dir: RunDir = None,
    as_json: AsJson = False,
) -> None:
    """How many open clocks will probably be breached, by queue, and which. Exit 2 if not done."""
    with told():
        _check(queue)
        state = reached((run_dir or StackSettings().run_dir).resolve())
    source = {"database_url": state.database_url, "by_youngest": state.time_origin is not None}
    words = ["--hours", f"{hours:g}", "--limit", str(limit)]
    words += ["--queue", queue] if queue else []
    answer, code = asked(PROGRAM, *words, lines=[json.dumps(source).encode()])
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    elif "error" in answer:
        err.print(f"[red]✗[/] not done: {escape(str(answer['error']))}", highlight=False)
        err.print("  → `aftercare status` shows whether the database runs.", highlight=False)
    else:
        show(answer, out)
    raise typer.Exit(code if code >= 0 else NOT_DONE)


def _check(queue: str | None) -> None:
    known = get_args(Route)
    if queue is not None and queue not in known:
        raise StackError(f"there is no queue {queue}", f"There are {', '.join(known)}.")


def show(answer: dict[str, Any], console: Console) -> None:
    """The document of the program as tables."""
    console.print(_queues(answer["queues"]))
    if any(each["at_risk"] for each in answer["queues"]):
        console.print(_clocks(answer["queues"]))
    until = answer["until"].replace("T", " ")
    console.print(f"until {until}; {_basis(answer)}", highlight=False)
    if answer["cut"]:
        console.print("[yellow]more tickets are due than were looked at[/]: those due first were")


def _queues(queues: list[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 1))
    table.add_column("queue", no_wrap=True)
    for name in ("open", "overdue", "may breach", "breaches", "4 of 5 times", "at least one"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in queues:
        table.add_row(
            escape(each["queue"]),
            f"{each['open']:,}",
            f"{each['overdue']:,}",
            f"{each['due']:,}",
            f"{each['expected']:,.1f}",
            f"{each['from']:,} to {each['to']:,}",
            f"{each['at_least_one']:.0%}",
        )
    return table


def _clocks(queues: list[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 1))
    for name in ("ticket", "level", "clock", "due"):
        table.add_column(name, no_wrap=True)
    table.add_column("probability", justify="right")
    for each in queues:
        for risk in each["at_risk"]:
            likely = risk["probability"] >= CERTAIN_FROM
            chance = f"{risk['probability']:.0%}"
            table.add_row(
                escape(risk["ticket_id"]),
                escape(risk["level"]),
                escape(risk["clock"]),
                (risk["due_at"] or "paused").replace("T", " "),
                f"[red]{chance}[/]" if likely else chance,
            )
    return table


def _basis(answer: dict[str, Any]) -> str:
    learned = answer["learned_from"]
    if answer["basis"] == "nothing":
        return "nothing is known of the past yet: one in ten is assumed"
    clocks = f"{learned['clocks']:,} clocks since {learned['since'][:10]}"
    if answer["basis"] == "base rates":
        return f"too little is known for more than base rates: {clocks}"
    part = f", one ticket in {learned['one_ticket_in']}" if learned["one_ticket_in"] > 1 else ""
    return f"learned from {clocks}{part}"
