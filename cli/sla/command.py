"""`aftercare sla`: clocks of tickets.

The counting itself is done by the service's own programs, started as processes of their own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.sla import audit
from cli.sla.forecast import forecast
from cli.sla.lint import lint
from cli.sla.migrate import migrate
from cli.sla.queue import queue
from cli.sla.replay import replay
from devstack.settings import ROOT, inherited_environment

PROGRAM = "services.sla.planning"
STANDARD = "-"
NOT_DONE = 2

app = typer.Typer(no_args_is_help=True, help="Clocks: what a ticket is promised in time.")


@app.callback()
def sla() -> None:
    """Clocks: what a ticket is promised in time."""


app.command()(lint)
app.command()(replay)
app.command()(migrate)
app.command()(forecast)
app.command()(queue)
audit.register(app)


@app.command()
def plan(
    given: Annotated[
        str, typer.Option("--input", help="Tickets, one JSON object a line; - is standard input.")
    ],
    answers: Annotated[str, typer.Option("--output", help="Answers; - is standard output.")],
    policy: Annotated[
        Path | None, typer.Option(help="Folder of policy files; default: the one shipped.")
    ] = None,
    all_clocks: Annotated[
        bool, typer.Option("--all-clocks", help="Also those that the conversation starts.")
    ] = False,
) -> None:
    """All clocks of tickets as they stand. Exit 1 if a line was no ticket, 2 if not done."""
    words = ["--input", _absolute(given), "--output", _absolute(answers)]
    words += ["--policy", str(policy.resolve())] if policy else []
    words += ["--all-clocks"] if all_clocks else []
    done = subprocess.run(
        [sys.executable, "-m", PROGRAM, *words],
        cwd=ROOT,
        env=inherited_environment(),
        check=False,
    )
    if done.returncode < 0:
        typer.echo(f"not done: ended by signal {-done.returncode}", err=True)
        typer.echo("  → no output was written; start it again.", err=True)
        raise typer.Exit(NOT_DONE)
    raise typer.Exit(done.returncode)


def _absolute(name: str) -> str:
    """The program runs in another folder than the caller."""
    return name if name == STANDARD else str(Path(name).resolve())
