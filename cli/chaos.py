"""`aftercare chaos`: breaks the running system by a seed and has it judged."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from chaos.catalog import CATALOG
from chaos.record import CAMPAIGN, note
from chaos.run import Chaos, run
from chaos.verdict import Verdict, show
from cli.stack import AsJson, told
from devstack.problems import StackError
from devstack.settings import StackSettings
from runtime.clock import monotonic_s

BROKEN = 1
HOUR_S = 3600.0
KEPT = f"those of docs/reliability.md: chaos/{CAMPAIGN.parent.name}/{CAMPAIGN.name}"
out, err = Console(), Console(stderr=True)

Seed = Annotated[int, typer.Option(min=0, help="Decides what is broken when; it replays.")]
Seconds = Annotated[float, typer.Option(min=5, help="How long load and faults last.")]
Hours = Annotated[
    float, typer.Option(min=0, help="Run after run for so long, each with the next seed.")
]
PerSecond = Annotated[float, typer.Option(min=0.1, help="Complaints a second.")]
Faults = Annotated[str, typer.Option(help=f"Only these, by comma: {', '.join(CATALOG)}.")]
RunDir = Annotated[
    Path | None, typer.Option("--run-dir", help="Emptied first; default: .aftercare/chaos.")
]
Results = Annotated[
    Path | None, typer.Option(help=f"File that gets a short line of JSON for each run ({KEPT}).")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what the seed would break.")]


def register(app: typer.Typer) -> None:
    """Hang the command onto the root."""
    app.command()(chaos)


def chaos(
    seed: Seed = 1,
    seconds: Seconds = 300.0,
    hours: Hours = 0.0,
    per_s: PerSecond = 12.0,
    faults: Faults = "",
    run_dir: RunDir = None,
    results: Results = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Break the system on purpose under load, heal it, and judge it; exit code 1 if it broke."""
    for driver in ("aiokafka", "asyncpg"):  # that they are cut off is the point
        logging.getLogger(driver).setLevel(logging.CRITICAL)
    codes = tuple(code.strip().upper() for code in faults.split(",") if code.strip())
    folder = (run_dir or StackSettings().run_dir / "chaos").resolve()
    with told():
        _known(codes)
        plan = Chaos(folder, seed, seconds, per_s, codes, tell=_say)
        if dry_run:
            _show_plan(plan)
            return
        until_s = monotonic_s() + hours * HOUR_S
        while True:
            verdict = asyncio.run(run(plan))
            _tell(verdict, results, as_json)
            if not verdict.holds:
                raise typer.Exit(BROKEN)
            if monotonic_s() >= until_s:
                return
            plan = Chaos(folder, plan.seed + 1, seconds, per_s, codes, tell=_say)


def _known(codes: tuple[str, ...]) -> None:
    unknown = sorted(set(codes) - set(CATALOG))
    if unknown:
        raise StackError(f"no such fault: {', '.join(unknown)}", f"There are: {', '.join(CATALOG)}")


def _show_plan(plan: Chaos) -> None:
    for code, reason in plan.impossible.items():
        out.print(f"{code} not possible here: {reason}", markup=False)
    for strike in plan.strikes:
        out.print(f"{strike.at_s:7.1f} s  {strike.code:<4} {CATALOG[strike.code].says}")


def _say(doing: str) -> None:
    err.print(doing, highlight=False, markup=False)


def _tell(verdict: Verdict, results: Path | None, as_json: bool) -> None:
    if results is not None:
        note(verdict, results)
    if as_json:
        typer.echo(json.dumps(verdict.as_json(), ensure_ascii=False, default=str))
    else:
        show(verdict, out)
