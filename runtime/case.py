"""What flows through a batch: messages in, desks that decide, drafts out. No I/O.

A desk is what a service gives the runtime: how to load cases, which rule answers which event,
how to save. `services/<name>/app.py` builds them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from runtime.database import Tx
from runtime.hops import Hop
from schemas.envelope import Envelope, Payload
from schemas.rules import Decision

S = TypeVar("S")
Rule = Callable[[Any, Any, Any, datetime], Decision[Any]]
KeyOf = Callable[[Envelope[Any]], str]
HTTP = "http"
TIMER = "timer"


def subject_key(event: Envelope[Any]) -> str:
    """The usual case key: the event's subject."""
    return event.subject


@dataclass(slots=True)
class Message:
    """One thing to work on. `topic` is a Kafka topic, `http` or `timer`.

    What follows from it takes its `traceparent` on; `hop` is set while its trace is recorded.
    """

    id: UUID
    key: str
    event: Envelope[Any]
    digest: int
    raw: bytes
    topic: str = HTTP
    partition: int = -1
    offset: int = -1
    traceparent: str | None = None
    tries: int = 0
    hop: Hop | None = None


@dataclass(frozen=True, slots=True)
class Desk(Generic[S]):
    """A subscription's rules and store.

    `load` returns the stored cases by key, locked for update; keys without a case are absent.
    `save` writes changed cases guarded by their version and returns how many rows it wrote:
    fewer than given means that somebody else wrote first. Records of a type without
    a rule are passed over unread (see `runtime.decode`).
    """

    name: str
    rules: Mapping[type[Payload], Rule]
    load: Callable[[Tx, Sequence[str], Sequence[Message]], Awaitable[dict[str, S]]]
    save: Callable[[Tx, Sequence[S]], Awaitable[int]]
    policy: Any = None
    key_of: KeyOf = subject_key


@dataclass(frozen=True, slots=True)
class Draft:
    """An outbox row to be: a payload that is already wrapped and written as JSON."""

    id: UUID
    topic: str
    key: str
    type: str
    value: bytes
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class TimerChange:
    """Arm (`due_at` set) or disarm (None) the timer `name` of a case."""

    key: str
    name: str
    due_at: datetime | None
    shop_id: str
    correlation: UUID
    cause: UUID
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message was not applied. `final`: trying again can't help."""

    message: Message
    reason: str
    detail: str
    final: bool = False
    error: Exception | None = None


@dataclass(slots=True)
class Folded:
    """What the rules made of a batch, still in memory."""

    cases: dict[str, Any] = field(default_factory=dict)
    applied: list[Message] = field(default_factory=list)
    answers: dict[UUID, Mapping[str, Any] | None] = field(default_factory=dict)
    counts: dict[UUID, int] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    timers: dict[tuple[str, str], TimerChange] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    behind: list[Message] = field(default_factory=list)
