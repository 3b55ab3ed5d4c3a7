"""`aftercare sla lint`: faults of a policy, each as file:line: reason. Hung into `command`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.programs import NOT_DONE, absolute, asked
from cli.stack import AsJson

PROGRAM = "services.sla.workbench.lint"


def lint(
    policy: Annotated[
        Path | None, typer.Option(help="Folder of policy files; default: the one shipped.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look for faults in sla.yaml and its calendars; all are told, each as file:line: reason.

    Exit 1 if there are any, 2 if the folder has no sla.yaml.
    """
    answer, code = asked(PROGRAM, *(["--policy", absolute(policy)] if policy else []))
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    elif "error" in answer:
        typer.echo(f"not done: {answer['error']}", err=True)
        typer.echo("  → --policy names the folder in which sla.yaml lies.", err=True)
    else:
        _show(answer, policy or _from_here(Path(answer["policy"])))
    raise typer.Exit(code if code >= 0 else NOT_DONE)


def _from_here(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _show(answer: dict[str, Any], folder: Path) -> None:
    for fault in answer["faults"]:
        at = f":{fault['line']}" if fault["line"] else ""
        place = f"{fault['place']}: " if fault["place"] else ""
        typer.echo(f"{folder / fault['file']}{at}: {place}{fault['reason']}")
    count = len(answer["faults"])
    if count:
        typer.echo(f"{count} {'fault' if count == 1 else 'faults'}", err=True)
    else:
        typer.echo(f"no faults in {folder} ({answer['version']})")
