"""The generated parts of docs/reliability.md: the faults that there are, and the campaign so far.

Called by `aftercare docs export` and its test; `recovery_docs` fills the rest of the page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from chaos.catalog import CATALOG
from chaos.record import CAMPAIGN
from chaos.verdict import in_order
from cli.telemetry_docs import put_between

NOT_YET = "No run has been recorded yet: `aftercare chaos --results FILE` writes them down."
COLUMNS = (
    "seed", "seconds", "complaints a second", "faults hit", "kills", "acknowledged", "records",
    "longest gap s", "slowest recovery s", "verdict",
)  # fmt: skip
HEAD = (f"| {' | '.join(COLUMNS)} |", "|--:|--:|--:|---|--:|--:|--:|--:|--:|---|")


def page(text: str) -> str:
    """The page with the faults of the catalog and the recorded runs."""
    lines = CAMPAIGN.read_text(encoding="utf-8").splitlines() if CAMPAIGN.exists() else []
    runs = [json.loads(line) for line in lines]
    return put_between(put_between(text, "faults", faults()), "campaign", campaign(runs))


def faults() -> str:
    """Every fault by its code."""
    found = [CATALOG[code] for code in in_order(CATALOG)]
    return "\n".join(
        ["| code | fault |", "|---|---|", *(f"| {each.code} | {each.says} |" for each in found)]
    )


def campaign(runs: Iterable[dict[str, Any]]) -> str:
    """A row for each run, and their sum."""
    known = list(runs)
    if not known:
        return NOT_YET
    hit = in_order({code for run in known for code in run["codes"]})
    lacking = in_order(set(CATALOG) - set(hit))
    held = sum(run["holds"] for run in known)
    told = (
        f"{len(known)} runs, {held} of them hold: "
        f"{sum(run['kills'] for run in known):,} kills, "
        f"{sum(run['acknowledged'] for run in known):,} complaints acknowledged, "
        f"{sum(run['records'] for run in known):,} records; {len(hit)} faults hit"
        + (f", never hit: {' '.join(lacking)}." if lacking else ", all that a run can make.")
    )
    return "\n".join([told, "", *HEAD, *(_row(run) for run in known)])


def _row(run: dict[str, Any]) -> str:
    slowest_s = run["slowest_recovery_s"]
    cells = (
        run["seed"], f"{run['seconds']:g}", f"{run['per_s']:g}", " ".join(run["codes"]),
        run["kills"], f"{run['acknowledged']:,} of {run['arrivals']:,}", f"{run['records']:,}",
        run["longest_gap_s"], "-" if slowest_s is None else slowest_s, _verdict(run),
    )  # fmt: skip
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _verdict(run: dict[str, Any]) -> str:
    return f"all {run['invariants']} hold" if run["holds"] else f"**{', '.join(run['reasons'])}**"
