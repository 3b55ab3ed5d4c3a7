"""What a rule returns and what the runtime hands it besides events: the contract of `domain.py`.

A rule is a pure function `(case, event, policy, now) -> Decision`; the runtime does the I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import Field

from schemas.envelope import Payload
from schemas.values import Instant, Lane, Ref

S = TypeVar("S")


class TimerFired(Payload):
    """A timer of a case came due. Made by the runtime, never on Kafka."""

    TOPIC: ClassVar[str] = "timers"
    SUBJECT: ClassVar[str] = "case_key"

    case_key: str = Field(
        min_length=1, max_length=1000, description="Key of the case that armed it."
    )
    name: Ref = Field(description="Name given when it was armed.")
    due_at: Instant = Field(description="When it was due (UTC).")


@dataclass(frozen=True, slots=True)
class Decision(Generic[S]):
    """Outcome of one rule for one event.

    `case` replaces the stored state (None: nothing to store); `events` are published in this
    order after the commit; `timers` maps a name to its due time, or to None to disarm it;
    `lane` is the one in which the events travel: the same for all that a rule ever tells of a key,
    but that it may rise from routine to urgent;
    `answer` goes back to the caller when the event came over HTTP (JSON-compatible).
    """

    case: S | None
    events: tuple[Payload, ...] = ()
    timers: Mapping[str, datetime | None] = field(default_factory=dict)
    answer: Mapping[str, Any] | None = None
    lane: Lane = "routine"


class RefusedError(Exception):
    """A rule will never accept this event: 4xx over HTTP, dead letter when it came over Kafka.

    `code` is short and stable; `status` the HTTP status; the text is for people and holds no
    personal data.
    """

    def __init__(self, code: str, text: str, status: int = 409) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status
