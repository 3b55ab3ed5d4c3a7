"""`aftercare chaos`: breaks the running system by a seed and has it judged."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from chaos.catalog import CATALOG
from chaos.record import CAMPAIGN, kept, kept_in, note
from chaos.run import run
from chaos.setting import Chaos
from chaos.table import show
from chaos.verdict import Verdict
from cli.ending import run_in_order
from cli.stack import AsJson, told
from devstack.settings import StackSettings
from runtime.clock import monotonic_s

BROKEN = 1
HOUR_S = 3600.0
NEVER_BEGAN = 3
"""A campaign ends after so many runs in a row whose load never began: nothing is learned so."""
KEPT = f"those of docs/reliability.md: chaos/{CAMPAIGN.parent.name}/{CAMPAIGN.name}"
out, err = Console(), Console(stderr=True)

Seed = Annotated[int, typer.Option(min=0, help="Decides what is broken when; it replays.")]
Seconds = Annotated[float, typer.Option(min=5, help="How long load and faults last.")]
Hours = Annotated[
    float,
    typer.Option(min=0, help="Run after run for so long, each with the next seed, whatever fails."),
]
PerSecond = Annotated[float, typer.Option(min=0.1, help="Complaints a second.")]
Faults = Annotated[str, typer.Option(help=f"Only these, by comma: {', '.join(CATALOG)}.")]
At = Annotated[
    str, typer.Option(help="Strike this service wherever a fault may choose, one at a time.")
]
RunDir = Annotated[
    Path | None,
    typer.Option(
        "--run-dir",
        help="Emptied first; default: .aftercare/chaos. DIR.runs keeps a document on each run, "
        "and the folder of one that does not hold.",
    ),
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
    at: At = "",
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
        plan = Chaos(folder, seed, seconds, per_s, codes, at=at, tell=_say)
        plan.check()
        if dry_run:
            _show_plan(plan)
            return
        verdicts: list[Verdict] = []
        try:
            _campaign(plan, hours, results, as_json, verdicts)
        finally:
            if hours:
                _sum_up(verdicts, folder)
    if not all(verdict.holds for verdict in verdicts):
        raise typer.Exit(BROKEN)


def _campaign(
    plan: Chaos, hours: float, results: Path | None, as_json: bool, verdicts: list[Verdict]
) -> None:
    """One run at least; each is told and written down before the next begins."""
    until_s = monotonic_s() + hours * HOUR_S
    while True:
        verdict = kept(run_in_order(run(plan)), plan.run_dir)
        verdicts.append(verdict)
        if results is not None:
            note(verdict, results)
        _tell(verdict, as_json)
        idle = len(verdicts) >= NEVER_BEGAN and not any(v.arrivals for v in verdicts[-NEVER_BEGAN:])
        if idle or monotonic_s() >= until_s:
            return
        plan = replace(plan, seed=plan.seed + 1)


def _show_plan(plan: Chaos) -> None:
    impossible = plan.impossible
    for code, reason in impossible.items():
        out.print(f"{code} not possible here: {reason}", markup=False)
    planned = {strike.code for strike in plan.strikes}
    for code in plan.codes:
        if code not in planned:
            out.print(f"{code} has no room in this plan", markup=False)
    for strike in plan.strikes:
        left_out = "  (left out here)" if strike.code in impossible else ""
        says = CATALOG[strike.code].says
        out.print(f"{strike.at_s:7.1f} s  {strike.code:<4} {says}{left_out}", markup=False)


def _say(doing: str) -> None:
    err.print(doing, highlight=False, markup=False, soft_wrap=True)


def _tell(verdict: Verdict, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(verdict.as_json(), ensure_ascii=False, default=str))
    else:
        show(verdict, out)


def _sum_up(verdicts: Sequence[Verdict], folder: Path) -> None:
    held = sum(verdict.holds for verdict in verdicts)
    _say(f"{len(verdicts)} runs, {held} hold; on each of them: {kept_in(folder)}")
    for verdict in verdicts:
        if not verdict.holds:
            _say(f"seed {verdict.seed}: {'; '.join(verdict.reasons)}")
            _say(f"  logs: {verdict.logs}\n  again: {verdict.replay}")
