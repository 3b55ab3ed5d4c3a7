"""The command `aftercare verify`: waits until the system is drained, judges it, shows a table."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.stack import AsJson, RunDir, told
from cli.verify.drain import drained
from cli.verify.report import Report, Verdict
from cli.verify.run import run_checks
from cli.verify.target import Target
from devstack.problems import StackError
from devstack.settings import StackSettings
from runtime.database import DatabaseAwayError
from runtime.migrations import MigrationError

out = Console()
err = Console(stderr=True)
MARKS = {"holds": "[green]holds[/]", "broken": "[red]BROKEN[/]", "not_applicable": "[dim]-[/]"}


def verify(
    run_dir: RunDir = None,
    as_json: AsJson = False,
    lateness_s: Annotated[
        float | None,
        typer.Option("--lateness-s", help="Most lateness of 99 in 100 clocks, wall seconds."),
    ] = None,
    wait_s: Annotated[
        float, typer.Option("--wait-s", help="Wait so long for the system to come to rest.")
    ] = 30.0,
    journal: Annotated[
        Path | None,
        typer.Option("--journal", help="The load generator's record; default: its own."),
    ] = None,
    sample: Annotated[
        int, typer.Option("--sample", min=1, help="Evidence records to read, about so many.")
    ] = 20_000,
) -> None:
    """Check the invariants on Kafka, the databases and the providers' records; exit 1 if broken."""
    folder = (run_dir or StackSettings().run_dir).resolve()
    with told():
        target = Target.of_run_dir(
            folder,
            lateness_limit_s=lateness_s,
            sample_leaves=sample,
            **({} if journal is None else {"journal": journal}),
        )
        with err.status("waiting for the system to come to rest") as line:
            report = _checked(target, wait_s, lambda doing: line.update(escape(doing)))
    if as_json:
        out.print_json(json.dumps(report.as_json()))
    else:
        show(report)
    if not report.holds:
        raise typer.Exit(1)


def _checked(target: Target, wait_s: float, progress: Callable[[str], None]) -> Report:
    try:
        return asyncio.run(_run(target, wait_s, progress))
    except BaseExceptionGroup as failures:
        raise _readable(failures.exceptions[0]) from failures
    except (KafkaError, DatabaseAwayError, MigrationError, OSError, ValueError) as error:
        raise _readable(error) from error


async def _run(target: Target, wait_s: float, progress: Callable[[str], None]) -> Report:
    await drained(target, wait_s, progress)
    return await run_checks(target, progress)


def _readable(error: BaseException) -> StackError:
    if isinstance(error, KafkaError | DatabaseAwayError | OSError):
        return StackError(
            f"the system can't be read: {type(error).__name__}: {error}",
            "`aftercare status` shows whether broker and database run.",
        )
    if isinstance(error, MigrationError):
        return StackError(str(error), "Verify with the program that the system runs with.")
    if isinstance(error, ValueError):
        return StackError(f"a record is damaged: {error}", "Was its writer stopped half-way?")
    raise error


def show(report: Report, console: Console = out) -> None:
    """The table for people."""
    table = Table("", "invariant", "", "looked at", box=None, padding=(0, 1))
    for verdict in report.verdicts:
        table.add_row(verdict.code, verdict.says, MARKS[verdict.outcome], _counted(verdict))
        for line in _below(verdict):
            table.add_row("", line, "", "")
    console.print(table)
    console.print(_summary(report))


def _counted(verdict: Verdict) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in verdict.counted.items())


def _below(verdict: Verdict) -> list[str]:
    lines = [f"[red]  ✗ {escape(offender)}[/]" for offender in verdict.offenders]
    if verdict.broken > len(verdict.offenders):
        lines.append(f"[red]  … and {verdict.broken - len(verdict.offenders):,} more[/]")
    if verdict.note:
        lines.append(f"[dim]  {escape(verdict.note)}[/]")
    return lines


def _summary(report: Report) -> str:
    left = [verdict.code for verdict in report.verdicts if verdict.outcome == "not_applicable"]
    others = f" Not judged, as told above: {', '.join(left)}." if left else ""
    judged = [verdict for verdict in report.verdicts if verdict.outcome != "not_applicable"]
    took = f"{report.took_s:.1f} s"
    if report.holds:
        return f"[green]All {len(judged)} invariants hold[/] ({took}).{others}"
    broken = ", ".join(verdict.code for verdict in report.broken)
    share = f"{len(report.broken)} of {len(judged)} invariants are broken"
    return f"[red]{share}: {broken}[/] ({took}).{others}"
