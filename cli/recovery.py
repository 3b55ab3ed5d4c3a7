"""`aftercare recovery [NAME ...]`: measures how the system comes back behind each fault."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.conditions import conditions
from benchmarks.figures import Report
from benchmarks.results import as_json as document
from benchmarks.results import write
from benchmarks.table import show
from chaos.recovery.cases import NAMES, POISON
from chaos.recovery.findings import without_value
from chaos.recovery.run import run
from chaos.recovery.setting import POISON_ROUND_S, Pace, Setting
from cli.ending import run_in_order
from cli.stack import AsJson, told
from devstack.folder import made_empty
from devstack.problems import StackError
from devstack.settings import ROOT, StackSettings
from runtime.clock import monotonic_s

LATEST = ROOT / "chaos" / "results" / "recovery.json"
MARK = "recovery run"
PUBLISHED = Pace()
out = Console(width=None if Console().is_terminal else 180)
err = Console(stderr=True)

Names = Annotated[
    list[str] | None, typer.Argument(help=f"Which; default: all. {', '.join(NAMES)}.")
]
Seconds = Annotated[
    float, typer.Option(min=2, help="How long throughput is measured before and behind a fault.")
]
PerSecond = Annotated[float, typer.Option(min=1, help="Complaints a second, 9.5 events each.")]
RunDir = Annotated[
    Path | None, typer.Option("--run-dir", help="Emptied first; default: .aftercare/recovery.")
]
Results = Annotated[
    Path | None, typer.Option(help=f"Default when all is measured as published: {LATEST.name}.")
]


def register(app: typer.Typer) -> None:
    """Hang the command onto the root."""
    app.command()(recovery)


def recovery(
    names: Names = None,
    seconds: Seconds = PUBLISHED.window_s,
    per_s: PerSecond = PUBLISHED.per_s,
    run_dir: RunDir = None,
    results: Results = None,
    as_json: AsJson = False,
) -> None:
    """Measure throughput, backlog and gaps behind faults, zombies and poison (12 minutes); exit
    code 1 if an invariant was broken, a fault hit nothing, or something could not be measured: such
    a run is not published."""
    for driver in ("aiokafka", "asyncpg"):  # that they are cut off is the point
        logging.getLogger(driver).setLevel(logging.CRITICAL)
    wanted = tuple(dict.fromkeys(names or NAMES))
    pace = Pace(per_s=per_s, window_s=seconds)
    with told():
        if unknown := sorted(set(wanted) - set(NAMES)):
            raise StackError(
                f"no such case: {', '.join(unknown)}", f"There are: {', '.join(NAMES)}"
            )
        folder = (run_dir or StackSettings().run_dir / "recovery").resolve()
        report = _measured(made_empty(folder, MARK, "stack"), wanted, pace)
        failed = why_unpublished(report, wanted)
        report.notes += failed
        as_published = set(wanted) == set(NAMES) and pace == PUBLISHED and not failed
        if path := results or (LATEST if as_published else None):
            write([report], path)
    if as_json:
        typer.echo(json.dumps(document([report]), ensure_ascii=False))
    else:
        show(report, out)
    if failed:
        err.print(f"logs: {folder}", highlight=False, soft_wrap=True)
        raise typer.Exit(1)


def why_unpublished(report: Report, names: tuple[str, ...]) -> list[str]:
    """Why it ends with exit code 1 and is not published by itself."""
    broken = ["an invariant was broken"] if report.verified is False else []
    if report.verified is None and set(names) != {POISON}:
        broken = ["no invariant was judged"]
    return broken + [f"not measured: {name}" for name in without_value(report)]


def _measured(folder: Path, names: tuple[str, ...], pace: Pace) -> Report:
    around = conditions(1, 1.0) | {"complaints_per_s": pace.per_s, "window_s": pace.window_s}
    began_s = monotonic_s()
    with err.status("recovery") as line:

        def tell(doing: str) -> None:
            line.update(doing)
            if not err.is_terminal:
                err.print(f"{monotonic_s() - began_s:6.1f} s  {doing}", highlight=False)

        round_s = min(POISON_ROUND_S, pace.window_s)
        report = run_in_order(run(Setting(folder, tell, names, pace, poison_round_s=round_s)))
    report.conditions = around
    report.took_s = monotonic_s() - began_s
    return report
