"""A hop: one message at one desk, as traces see it, and the W3C `traceparent` that it goes on with.

Used by `sampling`, which decides about hops, by `telemetry`, which records them, and by edges.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from opentelemetry.trace import SpanContext, TraceFlags

from runtime.clock import new_span_id

Because = Literal["ratio", "urgent", "breach", "failed", "slow"]
"""Why a trace is recorded from a hop on."""
_FORM = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII
)
_SAMPLED = frozenset("13579bdf")
"""Last digits of flags whose lowest bit is set."""


@dataclass(slots=True)
class Hop:
    """A hop that is recorded. `came_with` is the traceparent that its message had before;
    `because` is None where an earlier hop decided; `error` is the code of what went wrong."""

    came_with: str | None
    because: Because | None
    error: str = ""


def checked(value: str | None) -> str | None:
    """A stranger's traceparent if it has the right form; else None, and a new trace begins."""
    return value if value is not None and _FORM.fullmatch(value) else None


def is_sampled(traceparent: str) -> bool:
    """Whether whoever wrote it recorded a span."""
    return traceparent[-1:] in _SAMPLED


def unrecorded(event_id: UUID) -> str:
    """A trace that begins with this event and is not recorded. All who read the event make the
    same of it, so that what follows from it lies in one trace."""
    trace = event_id.hex
    return f"00-{trace}-{trace[16:]}-00"


def recorded(traceparent: str) -> str:
    """The same trace, from here on recorded: with a span of its own."""
    flags = int(traceparent[-2:], 16) | TraceFlags.SAMPLED
    return f"00-{traceparent[3:35]}-{new_span_id():016x}-{flags:02x}"


def read_traceparent(value: str | None) -> SpanContext | None:
    """The span that a traceparent names; None when absent or malformed."""
    if checked(value) is None or value is None:
        return None
    return SpanContext(
        int(value[3:35], 16), int(value[36:52], 16), True, TraceFlags(int(value[53:], 16))
    )
