"""`aftercare triage`: reads messages as the service would, without anything running.

The reading itself is the service's own program, started as a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from devstack.settings import ROOT, inherited_environment

PROGRAM = "services.triage.classify"
STANDARD = "-"
CANNOT_CLASSIFY = 2

app = typer.Typer(no_args_is_help=True, help="Triage: how messages are read, and why.")


@app.callback()
def triage() -> None:
    """Triage: how messages are read, and why."""


@app.command()
def classify(
    given: Annotated[
        str, typer.Option("--input", help="Messages, one JSON object a line; - is standard input.")
    ],
    answers: Annotated[str, typer.Option("--output", help="Answers; - is standard output.")],
    policy: Annotated[
        Path | None, typer.Option(help="Folder of policy files; default: the one shipped.")
    ] = None,
) -> None:
    """Class, level, route and reasons of messages. Exit 1 if a line was none, 2 if not done."""
    words = ["--input", _absolute(given), "--output", _absolute(answers)]
    words += ["--policy", str(policy.resolve())] if policy else []
    done = subprocess.run(
        [sys.executable, "-m", PROGRAM, *words],
        cwd=ROOT,
        env=inherited_environment(),
        check=False,
    )
    if done.returncode < 0:
        typer.echo(f"not classified: ended by signal {-done.returncode}", err=True)
        typer.echo("  → no output was written; start it again.", err=True)
        raise typer.Exit(CANNOT_CLASSIFY)
    raise typer.Exit(done.returncode)


def _absolute(name: str) -> str:
    """The program runs in another folder than the caller."""
    return name if name == STANDARD else str(Path(name).resolve())
