"""`python -m benchmarks.triage`: reads labelled messages with the shipped program and tells how
well it did. Called by `make eval-triage`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.triage.cost import cost, steering
from benchmarks.triage.findings import Taker, findings
from benchmarks.triage.labelled import LABELLED, UNLABELLED, EvaluationError, judged, read
from benchmarks.triage.show import document, table
from devstack.settings import ROOT

BESIDE = ROOT.parent / "shared" / "data" / "triage"
SEED = 1
ROUNDS = 1_000


def main(words: Sequence[str] | None = None) -> int:
    """Exit code: 0 also where there is nothing to measure with; 1 if it could not be measured."""
    given = _options().parse_args(words)
    labelled = given.data / LABELLED if given.data.is_dir() else given.data
    if not labelled.is_file():
        place = given.data.name if given.data == BESIDE else given.data
        sys.stderr.write(
            f"No labelled messages in {place}: nothing is measured.\n"
            f"  → --data FOLDER names a folder with {LABELLED}, or such a file.\n"
        )
        return 0
    try:
        rows = read(labelled)
        if not rows:
            raise EvaluationError(f"{labelled.name} is empty")
        found = findings(judged(rows), Taker(given.rounds, SEED))
        if not given.without_cost:
            pool = labelled.with_name(UNLABELLED)
            found += [steering(rows), *cost(read(pool) if pool.is_file() else rows)]
    except EvaluationError as error:
        sys.stderr.write(f"not measured: {error}\n  → Are these labelled messages?\n")
        return 1
    if given.json:
        sys.stdout.write(json.dumps(document(found), ensure_ascii=False, indent=2) + "\n")
    else:
        table(found, Console(width=None if sys.stdout.isatty() else 120))
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make eval-triage", description="How well it reads.")
    parser.add_argument(
        "--data",
        type=Path,
        default=BESIDE,
        help=f"Folder with {LABELLED}, or such a file; default: ../shared/data/triage.",
    )
    parser.add_argument("--json", action="store_true", help="One JSON document for programs.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="Draws for the intervals.")
    parser.add_argument(
        "--without-cost", action="store_true", help="Quality alone: one run of the program."
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
