"""The life of one ticket as its events tell it. Pure: `read` hands in the records, `show` prints.

Times are of two kinds: wall time is when a record was made, business time what the event carries.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

OURS = "aftercare/"
PICKED = (
    "clock", "generation", "threshold", "level", "problem_class", "route", "due_at", "breached_at",
    "met_at", "cause", "provider", "recipient", "rule", "outcome", "decided_by", "message_id",
    "call_id", "kind", "count", "tree_size", "external_id", "care_step", "state",
)  # fmt: skip
"""Fields that say in a few words what an event is about; never texts or contacts."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event. `hop_s` is the wall time since its cause, None where that is not known."""

    id: str
    type: str
    service: str
    topic: str
    partition: int
    offset: int
    wall_at: datetime
    at: datetime
    cause: str | None
    data: Mapping[str, Any]
    trace_id: str | None = None
    sampled: bool = False
    caused_by: str = ""
    """Event type, `request`, `command` or `timer` that led to it; empty: it came from outside."""
    hop_s: float | None = None
    repeats: int = 0
    """Further records with the same id."""

    @property
    def gist(self) -> dict[str, Any]:
        """The few fields that say what it is about."""
        return {name: self.data[name] for name in PICKED if name in self.data}

    def as_json(self) -> dict[str, Any]:
        """For programs; content reduced to the gist."""
        return {
            "id": self.id,
            "type": self.type,
            "service": self.service,
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "wall_at": self.wall_at.isoformat(),
            "at": self.at.isoformat(),
            "cause": self.cause,
            "caused_by": self.caused_by,
            "hop_s": self.hop_s,
            "trace_id": self.trace_id,
            "repeats": self.repeats,
            "data": self.gist,
        }


@dataclass(frozen=True, slots=True)
class Origin:
    """What led to events and is no event itself: a request over HTTP, a command that a service
    gave itself, a timer; and when it was applied."""

    what: str
    wall_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """All steps of a ticket and of its order, each in order of wall time."""

    ticket: str
    steps: tuple[Step, ...]
    order: str | None = None
    order_steps: tuple[Step, ...] = ()
    dead_letters: tuple[Step, ...] = ()

    @property
    def trace_ids(self) -> tuple[str, ...]:
        """Traces that the ticket's events belong to; those that were recorded."""
        return tuple(dict.fromkeys(s.trace_id for s in self.steps if s.trace_id and s.sampled))


def step_of(record: Any) -> Step | None:
    """The event in a record; None where it is no event."""
    try:
        document = json.loads(record.value)
        at = datetime.fromisoformat(document["time"])
        source, name = document["source"], document["type"]
        event_id, data = document["id"], document.get("data") or {}
    except (ValueError, KeyError, TypeError):
        return None
    trace_id, sampled = _trace(record.headers)
    return Step(
        id=event_id,
        type=name.rpartition(".")[2],
        service=source.removeprefix(OURS) if source.startswith(OURS) else "upstream",
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        wall_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        at=at.astimezone(UTC),
        cause=document.get("causationid"),
        data=data,
        trace_id=trace_id,
        sampled=sampled,
    )


def _trace(headers: Iterable[tuple[str, bytes]]) -> tuple[str | None, bool]:
    for name, value in headers:
        parts = value.decode("ascii", "replace").split("-") if name == "traceparent" else []
        if len(parts) == 4 and len(parts[1]) == 32:
            return parts[1], parts[3].endswith(("1", "3"))
    return None, False


def told(
    ticket: str,
    steps: Sequence[Step],
    order: str | None,
    order_steps: Sequence[Step],
    dead_letters: Sequence[Step],
    origins: Mapping[str, Origin],
) -> Life:
    """Put steps in order and tie each to its cause. `origins` are causes that are no events."""
    known = {step.id: step for step in (*order_steps, *steps)}
    return Life(
        ticket=ticket,
        steps=_tied(steps, known, origins),
        order=order,
        order_steps=_tied(order_steps, known, origins),
        dead_letters=_tied(dead_letters, known, origins),
    )


def _tied(
    steps: Sequence[Step], known: Mapping[str, Step], origins: Mapping[str, Origin]
) -> tuple[Step, ...]:
    first: dict[str, Step] = {}
    times: dict[str, int] = {}
    for step in sorted(steps, key=lambda step: (step.wall_at, step.topic, step.offset)):
        first.setdefault(step.id, step)
        times[step.id] = times.get(step.id, -1) + 1
    return tuple(_with_cause(step, times[step.id], known, origins) for step in first.values())


def _with_cause(
    step: Step, repeats: int, known: Mapping[str, Step], origins: Mapping[str, Origin]
) -> Step:
    cause, origin = known.get(step.cause or ""), origins.get(step.cause or "")
    if cause is not None:
        origin = Origin(cause.type, cause.wall_at)
    elif origin is None:
        origin = Origin("")
    hop_s = None
    if origin.wall_at is not None:
        hop_s = max((step.wall_at - origin.wall_at).total_seconds(), 0.0)
    return replace(step, caused_by=origin.what, hop_s=hop_s, repeats=repeats)
