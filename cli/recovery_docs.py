"""The generated figures of recovery in docs/reliability.md. Called by `aftercare docs export` and
its test.
"""

from __future__ import annotations

from benchmarks.results import read
from cli.performance_docs import section
from cli.recovery import LATEST
from cli.telemetry_docs import put_between

NOT_YET = "No run has been published yet: `aftercare recovery` writes one."
NAME = "recovery"


def page(text: str) -> str:
    """The page with the figures of the newest published run. Raises ValueError without marks."""
    if not LATEST.exists():
        return put_between(text, NAME, NOT_YET)
    return put_between(text, NAME, section(NAME, read(LATEST)["benches"][NAME]))
