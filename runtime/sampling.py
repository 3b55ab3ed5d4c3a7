"""Decides which hops are recorded: a share of all traces, and whatever is urgent, breached, failed
or slow from the hop on where that shows. Called by `telemetry`, and by `fold` and `graves`.

A trace that is not recorded costs a string: no span is made for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from runtime.case import HTTP, TIMER, Message
from runtime.clock import monotonic_s, wall_now
from runtime.hops import Because, Hop, checked, is_sampled, recorded, unrecorded
from runtime.settings import RuntimeSettings
from schemas.envelope import Payload
from schemas.notifications import NotificationFailed
from schemas.rules import Decision
from schemas.sla import SLABreached, SLAWarning
from schemas.topics import TOPICS

OURS = "aftercare/"
"""How the source of our own events begins. Others' may be old when they are told."""
TELLING: dict[type[Payload], Because] = {
    SLAWarning: "breach",
    SLABreached: "breach",
    NotificationFailed: "failed",
}
"""Events that nobody wants to look for in vain."""
MOST_ALIKE = 40
"""So many hops a second are recorded in a process for the same of these reasons, for being old, or
for the urgent lane that a timer speaks in: thousands of equal spans at the worst moment would cost
every service and tell nobody more."""
FIRST_LOOK = "tickets"
"""Whose urgent lane is chosen by a first look, cheap and generous: most of it is not urgent."""
_SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC835
"""2**128 over the golden ratio: multiplied by it, ids of any make are spread evenly."""
_MASK = (1 << 128) - 1
_SURELY_URGENT = frozenset(
    topic.name for topic in TOPICS if topic.lane == "urgent" and topic.family != FIRST_LOOK
)


@dataclass(frozen=True, slots=True)
class Pace:
    """Business time as this process sees it. Good enough for "slow", never for a deadline."""

    scale: float = 1.0
    origin_at: datetime | None = None
    started_at: datetime | None = None

    def ago(self, seconds: float) -> datetime:
        """Business time so many real seconds ago."""
        wall_at = wall_now() - timedelta(seconds=seconds)
        if self.origin_at is None or self.started_at is None:
            return wall_at
        return self.origin_at + (wall_at - self.started_at) * self.scale


@dataclass(slots=True)
class Lately:
    """What was recorded for which reason within the second that goes on."""

    second: int = 0
    counts: Counter[Because] = field(default_factory=Counter)

    def allows(self, because: Because) -> bool:
        """Whether one more may be; it counts then."""
        second = int(monotonic_s())
        if second != self.second:
            self.second = second
            self.counts.clear()
        if self.counts[because] >= MOST_ALIKE:
            return False
        self.counts[because] += 1
        return True


@dataclass(frozen=True, slots=True)
class Sampler:
    """What is recorded. `ratio` of the traces that begin here; events that are older than `slow_s`
    real seconds when their turn comes; batches that take longer than `slow_batch_s`."""

    ratio: float
    slow_s: float = 60.0
    slow_batch_s: float = 5.0
    pace: Pace = Pace()
    lately: Lately = field(default_factory=Lately, compare=False)

    @classmethod
    def of(cls, settings: RuntimeSettings) -> Sampler:
        """As a service's settings have it."""
        pace = Pace(settings.time_scale, settings.time_origin, settings.time_started_at)
        return cls(settings.trace_ratio, settings.trace_slow_s, settings.trace_slow_batch_s, pace)

    def look_at(self, messages: Iterable[Message]) -> None:
        """Decide before the rules are asked: what is recorded has a hop and a span's id then."""
        slow_before = self.pace.ago(self.slow_s)
        for message in messages:
            if not message.traceparent:
                message.traceparent = unrecorded(message.event.id)
                if self._chosen(message.event.id):
                    promote(message, "ratio")
                    continue
            elif is_sampled(message.traceparent):
                _follow(message)
                continue
            if message.topic in _SURELY_URGENT:
                promote(message, "urgent")
            elif message.event.time < slow_before and _is_timed(message):
                self._promote_slow(message)

    def look_back(self, messages: Iterable[Message], took_s: float) -> None:
        """Decide afterwards by how long the batch took. What it told goes on unrecorded."""
        if took_s > self.slow_batch_s:
            for message in messages:
                self._promote_slow(message)

    def _promote_slow(self, message: Message) -> None:
        if message.hop is None and self.lately.allows("slow"):
            promote(message, "slow")

    def _chosen(self, event_id: UUID) -> bool:
        """The same in each service that has the same ratio."""
        return (event_id.int * _SPREAD & _MASK) < self.ratio * (1 << 128)


def promote(message: Message, because: Because) -> None:
    """Record this hop and all that follows from it; nothing new if it is recorded already."""
    if message.hop is None:
        came_with = message.traceparent
        message.traceparent = recorded(came_with or unrecorded(message.event.id))
        message.hop = Hop(came_with, because)


def promote_by(message: Message, decision: Decision[Any], lately: Lately) -> None:
    """Record the hop if its rule decided something that is worth it; before drafts."""
    if message.hop is not None:
        return
    for payload in decision.events:
        because = TELLING.get(type(payload))
        if because is not None and lately.allows(because):
            promote(message, because)
            return
    if decision.lane != "urgent" or all(p.TOPIC == FIRST_LOOK for p in decision.events):
        return
    if message.topic != TIMER or lately.allows("urgent"):
        promote(message, "urgent")


def blame(message: Message, reason: str) -> None:
    """Record a hop that failed, with the code of the reason."""
    promote(message, "failed")
    if message.hop is not None:
        message.hop.error = reason


def forget(messages: Sequence[Message]) -> None:
    """Put messages back as they came: their batch had no effect and is tried again."""
    for message in messages:
        if message.hop is not None:
            message.traceparent, message.hop = message.hop.came_with, None


def _follow(message: Message) -> None:
    """An earlier hop is recorded. What is not well-formed begins anew: old rows may hold such."""
    parent = checked(message.traceparent)
    message.traceparent = recorded(parent or unrecorded(message.event.id))
    message.hop = Hop(parent, None)


def _is_timed(message: Message) -> bool:
    """Whether its event's time is when one of our own services decided it."""
    return message.topic != HTTP and message.event.source.startswith(OURS)
