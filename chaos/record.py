"""Where runs are written down: a line of JSON each, all of it as a document, and the folder of one
that does not hold. Used by the command and docs; `run` asks for the state of the project."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from chaos.verdict import Verdict
from devstack.settings import ROOT
from runtime.clock import wall_now

CAMPAIGN = Path(__file__).parent / "results" / "campaign.jsonl"
"""The published runs."""
STACK, LOGS = "stack", "logs"
"""Folders: of the system in a run's folder, of what its parts write in there."""
ANSWER_S = 10.0


def note(verdict: Verdict, file: Path) -> None:
    """Add a run to a file; the file and its folder are made when absent."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(verdict.as_line(), ensure_ascii=False) + "\n")


def kept(verdict: Verdict, run_dir: Path) -> Verdict:
    """Write all of it down beside the run's folder, which the next run empties; behind a run that
    does not hold the folder itself is moved there. The verdict, with its logs where they are now.
    """
    folder = kept_in(run_dir)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{wall_now():%Y%m%dT%H%M%S}-seed-{verdict.seed}"
    if not verdict.holds:
        moved = run_dir.rename(folder / name)
        verdict = replace(verdict, logs=str(logs_of(moved)))
    document = json.dumps(verdict.as_json(), ensure_ascii=False, indent=1, default=str)
    (folder / f"{name}.json").write_text(document + "\n", encoding="utf-8")
    return verdict


def kept_in(run_dir: Path) -> Path:
    """Where `kept` writes."""
    return run_dir.with_name(f"{run_dir.name}.runs")


def logs_of(run_dir: Path) -> Path:
    """Where the parts of a run write."""
    return run_dir / STACK / LOGS


def state_of_project() -> str:
    """Its version, and its commit where git tells it (`-dirty`: changed since)."""
    try:
        released = version("aftercare")
    except PackageNotFoundError:
        released = ""
    return f"{released} {_commit()}".strip()


def _commit() -> str:
    """Nothing where this is no repository, or there is no git."""
    if not (ROOT / ".git").exists():
        return ""
    words = ("--no-optional-locks", "describe", "--always", "--dirty", "--abbrev=12")
    try:
        told = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, timeout=ANSWER_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip()
