"""`aftercare evidence`: proves a ticket's evidence, checks the whole log, shows the newest head.

The checks themselves are the service's own program, started as a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.stack import AsJson, RunDir
from devstack.problems import StackError
from devstack.settings import ROOT, StackSettings, inherited_environment
from devstack.state import read_state

PROGRAM = "services.evidence.verify"
CANNOT_CHECK = 2

app = typer.Typer(no_args_is_help=True, help="Evidence: what proves each step, and that it does.")


@app.callback()
def evidence() -> None:
    """Evidence: what proves each step, and that it does."""


@app.command()
def verify(
    ticket: Annotated[str, typer.Argument(help="Ticket id.")],
    run_dir: RunDir = None,
    as_json: AsJson = False,
) -> None:
    """Prove a ticket's evidence: objects, leaves, inclusion, signed heads. Exit 1 if broken."""
    _finish(*checked(run_dir, "ticket", ticket), as_json)


@app.command()
def audit(run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Check the whole log: every record, the tree rebuilt, all heads. Exit 1 if broken."""
    _finish(*checked(run_dir, "audit"), as_json)


@app.command()
def head(run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Show the newest signed tree head: note it elsewhere and nobody can rewrite the past."""
    answer, code = checked(run_dir, "head")
    if as_json or "error" in answer:
        _finish(answer, code, as_json)
    if answer["head"] is None:
        typer.echo("no head is signed yet", err=True)
        raise typer.Exit(code)
    table = Table(show_header=False, box=None)
    for name, value in answer["head"].items():
        table.add_row(name, str(value))
    Console().print(table)


def checked(run_dir: Path | None, *words: str) -> tuple[dict[str, Any], int]:
    """The verifier's answer and exit code (0 proved, 1 broken or unknown, 2 not checked)."""
    done = subprocess.run(
        [sys.executable, "-m", PROGRAM, *words],
        cwd=ROOT,
        env=surroundings(run_dir),
        stdout=subprocess.PIPE,
        check=False,
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        answer = {"error": f"the verifier ended with {done.returncode}"}
        return answer, CANNOT_CHECK
    return answer, done.returncode


def surroundings(run_dir: Path | None) -> dict[str, str]:
    """The verifier's environment: where database and objects are.

    A folder that is named wins, then the environment, then the default folder. Exit code 2 if
    none of them names a database.
    """
    variables = inherited_environment()
    folder = (run_dir or StackSettings().run_dir).resolve()
    if run_dir is not None:
        variables |= {"AFTERCARE_OBJECT_STORE": "", "AFTERCARE_DATABASE_URL": ""}
    if not variables.get("AFTERCARE_OBJECT_STORE"):
        variables["AFTERCARE_OBJECT_STORE"] = str(folder / "objects")
    if not variables.get("AFTERCARE_DATABASE_URL"):
        try:
            variables["AFTERCARE_DATABASE_URL"] = _database_of(folder)
        except StackError as error:
            typer.echo(f"not checked: {error.message}\n  → {error.advice}", err=True)
            raise typer.Exit(CANNOT_CHECK) from error
    return variables


def _database_of(folder: Path) -> str:
    """Where the stack of that run folder keeps its data. Raises StackError if there is none."""
    try:
        url = read_state(folder).database_url
    except OSError as error:
        raise StackError(f"{error.filename}: {error.strerror}", "Is it a run folder?") from error
    if not url:
        advice = "`aftercare up` starts a system; --run-dir names the folder of another."
        raise StackError(f"nothing ever ran in {folder}", advice)
    return url


def _finish(answer: dict[str, Any], code: int, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    elif "error" in answer:
        typer.echo(f"not checked: {answer['error']}", err=True)
        typer.echo("  → `aftercare status` shows whether the database runs.", err=True)
    else:
        _show(answer)
    raise typer.Exit(code)


def _show(answer: dict[str, Any]) -> None:
    console = Console()
    if answer["items"]:
        console.print(_table(answer["items"]))
    for finding in answer["problems"]:
        console.print(f"[red]✗[/] {escape(finding['where'] + ': ' + finding['problem'])}")
    console.print(_verdict(answer))


def _table(items: list[dict[str, Any]]) -> Table:
    table = Table(title="Evidence")
    for column in ("item", "kind", "event", "leaf", "result"):
        table.add_column(column, overflow="fold")
    for number, item in enumerate(items, 1):
        problems = "; ".join(item["problems"])
        table.add_row(
            str(number),
            item["kind"],
            item["type"],
            str(item["leaf"]),
            f"[red]{escape(problems)}[/]" if problems else "[green]ok[/]",
        )
    return table


def _verdict(answer: dict[str, Any]) -> str:
    subject = f"ticket {answer['ticket']}" if answer["ticket"] else "the whole log"
    if answer["verdict"] == "unknown":
        return f"[yellow]There is no evidence of {subject}.[/]"
    counts = f"{answer['leaves']} leaves, {answer['files']} files, {answer['heads']} signed heads"
    trust = "pinned key" if answer["key_pinned"] else "key kept beside the log"
    if answer["verdict"] == "proved":
        size = answer["head"]["tree_size"] if answer["head"] else 0
        return f"[green]Proved:[/] {subject}: {counts}, tree size {size}, {trust}."
    return f"[red]BROKEN:[/] {subject}: {len(answer['problems'])} problems in {counts}, {trust}."
