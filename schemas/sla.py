"""Events of the clocks (topic `sla`, key = ticket id)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from schemas.envelope import Payload
from schemas.values import Count, Flag, Instant, Level, Ordinal, ProblemClass, Ref

ClockName = Literal[
    "first_contact", "solution", "first_reply", "review", "closure", "human_review",
    "joint_resolution", "human_first_response", "next_reply", "second_line", "human_triage",
    "group_hold", "promise", "platform",
]  # fmt: skip
CancelCause = Literal["resolved", "retriaged", "merged", "withdrawn"]


class ClockEvent(Payload):
    """Base of all clock events. (ticket, clock, generation) names one clock."""

    TOPIC: ClassVar[str] = "sla"
    SUBJECT: ClassVar[str] = "ticket_id"

    ticket_id: Ref = Field(description="Ticket; also the Kafka key.")
    clock: ClockName = Field(description="Which clock.")
    generation: Ordinal = Field(description="Counts re-triage and reopening, from 1.")
    level: Level = Field(description="Level whose clock it is.")
    problem_class: ProblemClass = Field(description="Class of the ticket.")
    policy_version: Ref = Field(description="SLA policy that the ticket keeps.")


class ClockStarted(ClockEvent):
    """A clock runs."""

    anchor_at: Instant = Field(description="Moment that the clock counts from (UTC).")
    due_at: Instant = Field(description="Deadline as known now (UTC); pauses move it.")
    target_s: Ordinal = Field(description="Allowed running time, seconds.")


class ClockMoved(ClockEvent):
    """The date of a running clock was set anew, earlier or later."""

    move: Ordinal = Field(description="Counts what was told of this clock's moves, from 1.")
    was_due_at: Instant = Field(description="Deadline before (UTC).")
    due_at: Instant = Field(description="Deadline now (UTC).")
    target_s: Ordinal = Field(description="From the anchor to the deadline now, seconds.")
    moved_at: Instant = Field(description="When it became known (UTC).")


class SLAWarning(ClockEvent):
    """A clock passed a warning threshold."""

    threshold: Ref = Field(description="Threshold of the policy, e.g. p75 for 75 per cent.")
    due_at: Instant = Field(description="Deadline (UTC).")
    detected_at: Instant = Field(description="When it was seen (UTC).")
    left_s: Count = Field(description="Running time left when it was seen, seconds.")


class SLABreached(ClockEvent):
    """A clock ran out. `breached_at` is the deadline itself."""

    breached_at: Instant = Field(description="The deadline (UTC).")
    detected_at: Instant = Field(description="When it was seen (UTC).")
    overdue_working_s: Count = Field(
        description="Overdue when seen, seconds of the clock's own calendar."
    )
    overdue_wall_s: Count = Field(description="Overdue when seen, seconds on the wall.")


class ClockMet(ClockEvent):
    """What the clock asked for was done. A late one keeps its breach."""

    met_at: Instant = Field(description="When it was done (UTC).")
    due_at: Instant | None = Field(default=None, description="Deadline; none while paused (UTC).")
    in_time: Flag = Field(description="Done at or before the deadline.")
    used_s: Count = Field(description="Running time used, seconds.")


class ClockCancelled(ClockEvent):
    """A clock ended without being met or breached."""

    cause: CancelCause = Field(description="Why.")
    cancelled_at: Instant = Field(description="When (UTC).")
