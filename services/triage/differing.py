"""In what two verdicts about one ticket differ, for those who act on them. Used by the shadow and
by `workbench`.
"""

from __future__ import annotations

from typing import Any

from services.triage.domain.verdict import Verdict

FIELDS = (
    "class", "also", "subtype", "level", "emotion", "demands", "safety", "threat", "route",
    "priority",
)  # fmt: skip


def fields_of(verdict: Verdict) -> dict[str, Any]:
    """What others act on; nothing of what a customer wrote."""
    reading = verdict.reading
    return {
        "class": reading.problem_class,
        "also": sorted(reading.also),
        "subtype": reading.subtype,
        "level": verdict.level.level,
        "emotion": reading.emotion,
        "demands": sorted(reading.demands),
        "safety": bool(reading.safety),
        "threat": reading.threat,
        "route": verdict.route.route,
        "priority": verdict.priority,
    }


def differing(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Fields in which they differ, with both values."""
    return {name: (before[name], after[name]) for name in FIELDS if before[name] != after[name]}
