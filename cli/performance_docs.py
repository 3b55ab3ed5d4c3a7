"""The generated parts of docs/performance.md and docs/scaling.md: the figures of the published run.

Called by `aftercare docs export`, its test, and `recovery_docs`.
"""

from __future__ import annotations

from typing import Any

from benchmarks.catalog import CATALOG
from benchmarks.results import LATEST, read
from benchmarks.table import shown
from cli.telemetry_docs import put_between

NOT_YET = "No run has been published yet: `make bench` writes one."
CONDITIONS = ("measured_at", "cores", "memory_gb", "system", "python", "postgres", "kafka")


def performance(text: str) -> str:
    """The page with the figures of the newest published run of each benchmark."""
    benches = _benches()
    parts = [section(name, found) for name, found in benches.items() if name != "scaling"]
    return put_between(text, "figures", "\n\n".join(parts) or NOT_YET)


def scaling(text: str) -> str:
    """The page with plans and simulations."""
    found = _benches().get("scaling")
    return put_between(text, "plans", NOT_YET if found is None else _table(found["figures"]))


def _benches() -> dict[str, Any]:
    if not LATEST.exists():
        return {}
    benches: dict[str, Any] = read(LATEST)["benches"]
    return {name: benches[name] for name in CATALOG if name in benches}


def section(name: str, found: dict[str, Any]) -> str:
    """What one measurement found: its conditions, a table, its notes."""
    around = found["conditions"]
    told = ", ".join(
        f"{key.replace('_', ' ')} {around[key]}" for key in CONDITIONS if key in around
    )
    verified = {True: "all invariants hold on what it produced", False: "an invariant is broken"}
    lines = [f"### {name}", "", f"{told}; {around['rounds']} rounds; {found['took_s']:.0f} s."]
    lines.append(f"`aftercare verify`: {verified.get(found['verified'], 'nothing to judge')}.")
    lines += ["", _table(found["figures"])]
    lines += [f"- {note}" for note in found["notes"]]
    return "\n".join(lines)


def _table(figures: list[dict[str, Any]]) -> str:
    rows = [
        "| figure | median | from | to | unit | target | | note |",
        "|---|--:|--:|--:|---|--:|---|---|",
    ]
    for each in figures:
        spread = each["rounds"] > 1
        mark = {True: "reached", False: "**short**", None: ""}[each["reached"]]
        cells = (
            each["name"], _cell(each["value"]), _cell(each["low"]) if spread else "",
            _cell(each["high"]) if spread else "", each["unit"], each["target"] or "", mark,
            each["note"],
        )  # fmt: skip
        rows.append(f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |")
    return "\n".join(rows)


def _cell(value: float | None) -> str:
    return "-" if value is None else shown(value)
