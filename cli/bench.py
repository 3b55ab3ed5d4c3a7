"""`aftercare bench [NAME ...]`: runs benchmarks, shows a table, writes every figure as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.catalog import CATALOG
from benchmarks.conditions import conditions
from benchmarks.figures import Report
from benchmarks.results import LATEST, as_json, write
from benchmarks.setting import Setting
from benchmarks.table import show
from cli.ending import run_in_order
from cli.stack import told
from devstack.folder import made_empty
from devstack.problems import StackError
from devstack.settings import StackSettings
from runtime.clock import monotonic_s

MARK, STACK = "benchmark", "stack"
out = Console(width=None if Console().is_terminal else 150)
err = Console(stderr=True)

Names = Annotated[
    list[str] | None,
    typer.Argument(
        help=f"Which; default: all. {', '.join(CATALOG)}; a part of one: NAME PART, or NAME/PART."
    ),
]
Rounds = Annotated[int, typer.Option(min=1, help="Of everything that is compared.")]
Size = Annotated[float, typer.Option(min=0.001, max=10, help="1 is the published load.")]
RunDir = Annotated[
    Path | None, typer.Option("--run-dir", help="Emptied first; default: .aftercare/bench.")
]
Results = Annotated[Path | None, typer.Option(help=f"Default at size 1: {LATEST.name}.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document at the end.")]


def register(app: typer.Typer) -> None:
    """Hang the command onto the root."""
    app.command()(bench)


def bench(
    names: Names = None,
    rounds: Rounds = 3,
    size: Size = 1.0,
    run_dir: RunDir = None,
    results: Results = None,
    as_json: AsJson = False,
) -> None:
    """Measure; exit code 1 if an invariant was broken by what was measured."""
    with told():
        wanted = _parts(names or list(CATALOG))
        unknown = sorted(set(wanted) - set(CATALOG))
        if unknown:
            raise StackError(
                f"no such benchmark: {', '.join(unknown)}", f"There are: {', '.join(CATALOG)}."
            )
        for name, parts in wanted.items():
            _known_parts(name, parts)
        folder = (run_dir or StackSettings().run_dir / "bench").resolve()
        reports = []
        for name, only in wanted.items():
            reports.append(_run(name, folder / name, rounds, size, only))
            _keep(reports[-1:], results, 0.0 if only else size)
    _tell(reports, as_json)
    if any(report.verified is False for report in reports):
        raise typer.Exit(1)


def _parts(names: list[str]) -> dict[str, tuple[str, ...]]:
    """Benchmarks by name, each with the parts that are asked for: `service/sla`, `service sla`."""
    found: dict[str, tuple[str, ...]] = {}
    whole = ""
    for given in names:
        name, _, part = given.partition("/")
        if whole and name not in CATALOG and name in CATALOG[whole].parts:
            name, part = whole, given
        elif name in CATALOG:
            whole = name
        found[name] = (*found.get(name, ()), *((part,) if part else ()))
    return found


def _known_parts(name: str, parts: tuple[str, ...]) -> None:
    known = CATALOG[name].parts
    if unknown := sorted(set(parts) - set(known)):
        there_are = f"There are: {', '.join(known)}." if known else f"Run all of it: {name}"
        raise StackError(f"{name} has no part {', '.join(unknown)}", there_are)


def _run(name: str, folder: Path, rounds: int, size: float, only: tuple[str, ...]) -> Report:
    made_empty(folder, MARK, STACK)
    around = conditions(rounds, size)
    began_s = monotonic_s()
    with err.status(name) as line:

        def tell(doing: str) -> None:
            line.update(f"{name}: {doing}")
            if not err.is_terminal:
                err.print(f"{monotonic_s() - began_s:6.1f} s  {name}: {doing}", highlight=False)

        setting = Setting(folder, tell, rounds, size, only)
        report = run_in_order(CATALOG[name].load()(setting))
    report.conditions = around | report.conditions
    report.took_s = monotonic_s() - began_s
    return report


def _keep(reports: list[Report], results: Path | None, size: float) -> None:
    """A run at another size never replaces the published figures."""
    path = results or (LATEST if size == 1.0 else None)
    if path is not None:
        write(reports, path)


def _tell(reports: list[Report], as_document: bool) -> None:
    if as_document:
        typer.echo(json.dumps(as_json(reports), ensure_ascii=False))
        return
    for report in reports:
        show(report, out)
