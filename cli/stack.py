"""`aftercare up`, `status`, `down`, `doctor`: the whole system on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from devstack import daemon
from devstack.doctor import complaints, examine
from devstack.ports import HOST
from devstack.problems import StackError
from devstack.settings import StackSettings
from devstack.state import Phase, RunState, read_state
from schemas.topics import SERVICES

out = Console()
err = Console(stderr=True)

RunDir = Annotated[
    Path | None,
    typer.Option("--run-dir", help="Data, logs and state; default: AFTERCARE_RUN_DIR, .aftercare."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document for programs.")]


def register(app: typer.Typer) -> None:
    """Hang these commands onto the root."""
    for command in (up, status, down, doctor):
        app.command()(command)


def up(
    run_dir: RunDir = None,
    without_services: Annotated[
        bool, typer.Option("--without-services", help="Only what they lean on.")
    ] = False,
) -> None:
    """Start broker, database, stand-in providers and all services; they stay when this ends."""
    folder = _folder(run_dir)
    with told():
        launched = daemon.launch(folder, () if without_services else SERVICES)
        with out.status("starting") as line:
            for doing in daemon.watch_start(folder, launched):
                line.update(escape(doing))
                if not out.is_terminal:
                    out.print(escape(doing), highlight=False)
    _show(read_state(folder), folder)
    out.print("\nStop it with [bold]aftercare down[/].")


def status(run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Show what runs, where it listens and where its log is; exit code 3 if nothing runs."""
    folder = _folder(run_dir)
    with told():
        state = read_state(folder)
    if as_json:
        out.print_json(data=public(state))
    elif state.running:
        _show(state, folder)
    else:
        _show_stopped(state, folder)
    if not state.running:
        raise typer.Exit(3)


def down(run_dir: RunDir = None) -> None:
    """Stop everything in order and end what an earlier run left behind; data are kept."""
    folder = _folder(run_dir)
    with told(), out.status("stopping"):
        ended = daemon.stop(folder)
    out.print(f"stopped: {', '.join(ended)}" if ended else f"nothing runs in {folder}")


def doctor(run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Check whether this machine can run the system; exit code 1 if something is in the way."""
    found = list(examine(StackSettings(), _folder(run_dir)))
    if as_json:
        out.print_json(json.dumps([finding.model_dump() for finding in found]))
    else:
        table = Table("", "what", "found", "what to do", box=None, padding=(0, 1))
        for finding in found:
            mark = "[green]ok[/]" if finding.ok else "[red]problem[/]"
            quiet = finding.ok and not finding.found.endswith("yet")
            advice = "" if quiet else finding.advice
            table.add_row(mark, finding.what, escape(finding.found), escape(advice))
        out.print(table)
    if not all(finding.ok for finding in found):
        raise typer.Exit(1)


@contextmanager
def told() -> Iterator[None]:
    """Say what went wrong to the user and end with exit code 1. For every command on the stack.

    That is a StackError, a variable of the stack with a value that it can't have, or a file that
    the system does not let us read or write.
    """
    try:
        yield
    except StackError as error:
        fail(error)
    except ValidationError as error:
        if error.title != StackSettings.__name__:
            raise
        wrong = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in wrong["loc"]).upper()
        fail(StackError(f"AFTERCARE_{name}: {wrong['msg']}", "`.env.example` shows what it holds."))
    except OSError as error:
        if error.filename is None:
            raise
        advice = "Is the folder yours, and is there room? --run-dir names another one."
        fail(StackError(f"{error.filename}: {error.strerror}", advice))


def fail(error: StackError) -> NoReturn:
    """What is wrong and what to do next, then exit code 1."""
    err.print(f"[red]✗[/] {escape(error.message)}", highlight=False)
    err.print(f"  → {escape(error.advice)}", highlight=False)
    raise typer.Exit(1)


def public(state: RunState) -> dict[str, object]:
    """The state for programs, without secrets."""
    complained = complaints(state)
    parts = [
        {
            "name": part.name,
            "state": part.state,
            "pid": part.mark.pid if part.mark else None,
            "alive": part.mark is not None and part.mark.alive,
            "restarts": part.restarts,
            "ports": part.ports,
            "log": part.log,
            "complaints": complained.get(part.name, []),
        }
        for part in state.parts
    ]
    return {
        "running": state.running,
        "phase": state.phase.value,
        "message": state.message,
        "supervisor": state.supervisor.pid if state.supervisor else None,
        "started_at": state.started_at.isoformat() if state.started_at else None,
        "kafka_bootstrap": state.kafka_bootstrap,
        "parts": parts,
    }


def _show(state: RunState, folder: Path) -> None:
    complained = complaints(state)
    table = Table("part", "state", "pid", "restarts", "listens on", box=None, padding=(0, 1))
    for part in state.parts:
        alive = part.mark is not None and part.mark.alive
        shown = part.state if alive else "down"
        if shown == "ready" and part.name in complained:
            shown = "complains"
        colour = "green" if shown == "ready" else "yellow" if alive else "red"
        where = "\n".join(_address(name, port) for name, port in part.ports.items())
        pid = str(part.mark.pid) if part.mark else ""
        table.add_row(part.name, f"[{colour}]{shown}[/]", pid, str(part.restarts), where)
    out.print(f"[bold]{state.phase.value}[/] in {escape(str(folder))}", highlight=False)
    out.print(table)
    for name, said in complained.items():
        out.print(f"[yellow]{name}[/] {escape('; '.join(said))}", highlight=False)
    if complained:
        out.print("  → docs/runbook.md, Health, says what to do about each", highlight=False)
    logs = escape(_short(folder / "logs"))
    out.print(f"logs: {logs}/<part>.log", highlight=False, soft_wrap=True)


def _address(name: str, port: int) -> str:
    purpose = name.partition(".")[2]
    return f"{HOST}:{port}" + (f" ({purpose})" if purpose else "")


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _show_stopped(state: RunState, folder: Path) -> None:
    out.print(f"nothing runs in {escape(str(folder))}", highlight=False)
    left = [part.name for part in state.leftovers()]
    if left:
        out.print(f"left over: {', '.join(left)}; [bold]aftercare down[/] ends them")
    elif state.phase is Phase.FAILED:
        out.print(f"the last start failed: {escape(state.message)}", highlight=False)
        out.print(f"  → {escape(state.advice)}", highlight=False)
    else:
        out.print("Start it with [bold]aftercare up[/].")


def _folder(chosen: Path | None) -> Path:
    return (chosen or StackSettings().run_dir).resolve()
