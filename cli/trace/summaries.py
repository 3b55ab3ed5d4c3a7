"""What became of a ticket's clocks and notifications, out of its steps. Pure; shown by `show`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cli.trace.life import Life, Step
from schemas.topics import routine_of

ENDS = {"ClockMet": "met", "ClockCancelled": "cancelled"}
RESULTS = {
    "NotificationAccepted": "accepted",
    "NotificationDelivered": "delivered",
    "NotificationFailed": "failed",
}


@dataclass(frozen=True, slots=True)
class ClockEnd:
    """One clock of one generation. Times as the events have them."""

    clock: str
    generation: int
    state: str
    due_at: str
    warnings: tuple[str, ...]
    breached: bool
    ended_at: str


@dataclass(frozen=True, slots=True)
class NotificationEnd:
    """One notification."""

    notification: str
    rule: str
    recipient: str
    step: int
    provider: str
    state: str
    tries: int
    code: str


def clocks(life: Life) -> list[ClockEnd]:
    """By the order of their start."""
    told: dict[tuple[str, int], list[Step]] = {}
    for step in life.steps:
        if routine_of(step.topic) == "sla":
            key = (str(step.data.get("clock")), int(step.data.get("generation", 0)))
            told.setdefault(key, []).append(step)
    return [_clock(key, steps) for key, steps in told.items()]


def _clock(key: tuple[str, int], steps: Sequence[Step]) -> ClockEnd:
    state, due_at, ended_at = "pending", "", ""
    for step in steps:
        due_at = str(step.data.get("breached_at") or step.data.get("due_at") or due_at)
        if step.type == "SLABreached":
            state = "breached"
        elif step.type == "ClockMoved":
            state = "pending"
        elif step.type in ENDS:
            state = state if state == "breached" else ENDS[step.type]
            ended_at = str(step.data.get("met_at") or step.data.get("cancelled_at") or "")
    return ClockEnd(
        clock=key[0],
        generation=key[1],
        state=state,
        due_at=due_at,
        warnings=tuple(str(s.data.get("threshold")) for s in steps if s.type == "SLAWarning"),
        breached=any(s.type == "SLABreached" for s in steps),
        ended_at=ended_at,
    )


def notifications(life: Life) -> list[NotificationEnd]:
    """By the order of their first event; those about the order come last."""
    told: dict[str, list[Step]] = {}
    for step in (*life.steps, *life.order_steps):
        if step.type in RESULTS:
            told.setdefault(str(step.data.get("notification_id")), []).append(step)
    return [_notification(name, steps) for name, steps in told.items()]


def _notification(name: str, steps: Sequence[Step]) -> NotificationEnd:
    last = steps[-1]
    return NotificationEnd(
        notification=name,
        rule=str(last.data.get("rule")),
        recipient=str(last.data.get("recipient")),
        step=int(last.data.get("step", 1)),
        provider=str(last.data.get("provider")),
        state=RESULTS[last.type],
        tries=max(int(step.data.get("tries", 0)) for step in steps),
        code=str(last.data.get("code", "")),
    )


def as_json(life: Life) -> dict[str, Any]:
    """A life for programs, without the spans."""
    return {
        "ticket": life.ticket,
        "order": life.order,
        "events": [step.as_json() for step in life.steps],
        "order_events": [step.as_json() for step in life.order_steps],
        "dead_letters": [step.as_json() for step in life.dead_letters],
        "clocks": [asdict(clock) for clock in clocks(life)],
        "notifications": [asdict(each) for each in notifications(life)],
    }
