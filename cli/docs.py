"""`aftercare docs`: writes the generated documents, or tells which of them are out of date."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import chaos_docs, performance_docs, recovery_docs, telemetry_docs
from schemas.asyncapi import document
from schemas.catalog import catalog
from schemas.message_map import message_map

SOURCE = ROOT = Path(__file__).resolve().parents[1]
CATALOG = "schemas/catalog"
COMMAND = "aftercare docs export"
WITH_HTTP = ("intake", "notifier", "resolution")

app = typer.Typer(no_args_is_help=True, help="Generated documents: catalog, AsyncAPI, message map.")


@app.callback()
def docs() -> None:
    """Generated documents: catalog, AsyncAPI, message map."""


@app.command()
def export(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if a file is out of date.")
    ] = False,
) -> None:
    """Write catalog, AsyncAPI, OpenAPI, message map, and the tables in the pages."""
    wanted = texts()
    changed = stale(ROOT, wanted)
    if not check:
        write(ROOT, changed, wanted)
        typer.echo(f"{len(changed)} files written anew, {len(wanted) - len(changed)} as they were")
        return
    if changed:
        for name in changed:
            typer.echo(f"{name} is out of date", err=True)
        typer.echo(f"Run `{COMMAND}` and commit what it writes.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{len(wanted)} generated files are current")


def texts() -> dict[str, str]:
    """Content of every generated file by its path below the root."""
    files = {f"{CATALOG}/{name}": _json(schema) for name, schema in catalog().items()}
    files["docs/asyncapi.json"] = _json(document())
    files["docs/message-map.md"] = message_map()
    page = SOURCE / "docs/telemetry.md"
    files["docs/telemetry.md"] = telemetry_docs.page(page.read_text(encoding="utf-8"))
    for name, filled in (
        ("docs/performance.md", performance_docs.performance),
        ("docs/scaling.md", performance_docs.scaling),
        ("docs/reliability.md", lambda page: chaos_docs.page(recovery_docs.page(page))),
    ):
        files[name] = filled((SOURCE / name).read_text(encoding="utf-8"))
    for service in WITH_HTTP:
        files[f"docs/openapi/{service}.json"] = _openapi(service)
    return files


@cache
def _openapi(service: str) -> str:
    """The HTTP interface as the service itself prints it: commands don't import services."""
    words = (sys.executable, "-m", f"services.{service}.openapi")
    told = subprocess.run(words, cwd=SOURCE, capture_output=True, text=True, check=True)
    return told.stdout


def stale(root: Path, wanted: Mapping[str, str]) -> list[str]:
    """Generated files that are missing or differ, and catalog files of no event; sorted."""
    found = {f"{CATALOG}/{path.name}" for path in (root / CATALOG).glob("*.json")}
    differing = {name for name, text in wanted.items() if _read(root / name) != text}
    return sorted(differing | (found - wanted.keys()))


def write(root: Path, names: list[str], wanted: Mapping[str, str]) -> None:
    """Write the named files anew; those of no event are removed. Doing it twice is the same."""
    for name in names:
        path = root / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink(missing_ok=True)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
