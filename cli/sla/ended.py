"""How the commands of the workbench begin and end. Used by `replay` and `migrate`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from cli.dead_letters.wanted import moment
from cli.programs import NOT_DONE
from devstack.problems import StackError
from devstack.settings import StackSettings

Show = Callable[[dict[str, Any], Console], None]
out, err = Console(), Console(stderr=True)


def ended(
    answer: dict[str, Any],
    code: int,
    as_json: bool,
    show: Callable[[dict[str, Any], Console], None],
) -> NoReturn:
    """Show what a program answered, or why it did not; end with its code."""
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    elif "error" in answer:
        err.print(f"[red]✗[/] not done: {escape(answer['error'])}", highlight=False)
        err.print("  → `aftercare sla lint` looks at a policy; --help tells the rest.")
    else:
        show(answer, out)
    raise typer.Exit(code if code >= 0 else NOT_DONE)


def refused(what: str, advice: str) -> NoReturn:
    """End without having begun."""
    err.print(f"[red]✗[/] {escape(what)}\n  → {escape(advice)}", highlight=False)
    raise typer.Exit(NOT_DONE)


@contextmanager
def reaching() -> Iterator[None]:
    """Whatever is asked of the running system."""
    try:
        yield
    except StackError as error:
        refused(error.message, error.advice)


def since_of(since: str | None, now: Callable[[], datetime]) -> list[str]:
    """The words for the program; a span counts back from `now`."""
    if since is None:
        return []
    try:
        return ["--since", moment(since, now()).isoformat()]
    except ValueError as error:
        refused(str(error), "30m, 2h, 3d, or an ISO time with its zone.")


def folder_of(run_dir: Path | None) -> Path:
    """Of the running system."""
    return (run_dir or StackSettings().run_dir).resolve()
