"""Writes and reads `results/latest.json`: every figure with its conditions."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Report

LATEST = Path(__file__).parent / "results" / "latest.json"


def as_json(reports: list[Report]) -> dict[str, Any]:
    """One document; a value that is not a number becomes null."""
    return {"benches": {report.bench: _report(report) for report in reports}}


def _report(report: Report) -> dict[str, Any]:
    return {
        "verified": report.verified,
        "took_s": round(report.took_s, 1),
        "conditions": report.conditions,
        "figures": [_figure(each) for each in report.figures],
        "notes": report.notes,
    }


def _figure(each: Figure) -> dict[str, Any]:
    row = {
        key: _number(value) if isinstance(value, float) else value
        for key, value in asdict(each).items()
    }
    row["target"] = None if each.target is None else str(each.target)
    return row | {"reached": each.reached}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(f"{value:.5g}")


def write(reports: list[Report], path: Path = LATEST) -> None:
    """Replace what these benchmarks found before; the others' results stay."""
    earlier = read(path) if path.exists() else {"benches": {}}
    merged = {"benches": earlier["benches"] | as_json(reports)["benches"]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(merged, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path = LATEST) -> dict[str, Any]:
    """The document as it was written. Raises OSError, ValueError."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
