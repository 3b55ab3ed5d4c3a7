"""Shows the figures as a table a section, or as one JSON document."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure
from benchmarks.triage.findings import Finding

TITLES = {
    "overall": "all messages",
    "class": "by class",
    "level": "by level",
    "emotion": "by emotion",
    "demand": "by demand",
    "language": "by language",
    "source": "by source",
    "cost": "what it costs",
    "steering": "text is data",
}


DIGITS = {"": 3, "answers": 0}
"""Behind the point, by unit; else one."""


def table(found: Sequence[Finding], out: Console) -> None:
    """Value, interval, target and whether it was reached."""
    for section, group in groupby(found, key=lambda each: each.section):
        shown = Table(title=TITLES[section], title_justify="left")
        shown.add_column("figure")
        for name in ("value", "from", "to", "unit", "target", "", "of"):
            shown.add_column(name, justify="right")
        for each in group:
            shown.add_row(*_row(each))
        out.print(shown)
    out.print("from and to: 95 % bootstrap interval; of: over how many messages or pairs")


def document(found: Sequence[Finding]) -> list[dict[str, Any]]:
    """One object a figure; what could not be measured is null."""
    return [
        {
            "section": each.section,
            "figure": each.figure.name,
            "value": _number(each.figure.value),
            "from": _number(each.figure.low),
            "to": _number(each.figure.high),
            "unit": each.figure.unit,
            "target": str(each.figure.target) if each.figure.target else None,
            "reached": each.figure.reached,
            "of": each.count,
            "note": each.figure.note,
        }
        for each in found
    ]


def _row(each: Finding) -> tuple[str, ...]:
    figure = each.figure
    mark = "" if figure.reached is None else "reached" if figure.reached else "short"
    target = str(figure.target) if figure.target else ""
    low, high = (_text(figure, value) for value in (figure.low, figure.high))
    if figure.rounds == 1:
        low = high = ""
    value, count = _text(figure, figure.value), str(each.count)
    return figure.name, value, low, high, figure.unit, target, mark, count


def _text(figure: Figure, value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:,.{DIGITS.get(figure.unit, 1)}f}"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
