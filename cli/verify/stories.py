"""What events say, as far as a check needs it: one small tuple each, made while reading Kafka.

`story` turns a parsed record into its tuple; the tuples of a topic keep the order of publication
within each partition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from cli.verify.log_facts import Id


class TicketEvent(NamedTuple):
    """On `tickets`. `ref` is the external, message or call id; `joined` a repeat's external id."""

    id: Id
    kind: str
    ticket: str
    shop: str
    at: datetime
    ref: str = ""
    origin: str = ""
    joined: str = ""


class ClockEvent(NamedTuple):
    """On `sla`. `detected_at` and `threshold` belong to warnings and breaches; `ended_at` is when
    a clock was met or cancelled."""

    id: Id
    kind: str
    ticket: str
    clock: str
    generation: int
    at: datetime
    due_at: datetime | None = None
    detected_at: datetime | None = None
    target_s: int = 0
    threshold: str = ""
    cause: Id | None = None
    move: int = 0
    ended_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """Names its clock."""
        return self.ticket, self.clock, self.generation


class EscalationEvent(NamedTuple):
    """On `notifications`, about a ladder."""

    id: Id
    kind: str
    ticket: str
    ladder: str
    step: int


class NotificationEvent(NamedTuple):
    """On `notifications`, about a message to somebody."""

    id: Id
    kind: str
    about: str
    notification: str
    rule: str
    recipient: str
    step: int
    provider: str
    code: str = ""


class TicketVerdict(NamedTuple):
    """On `triage` and `resolution`."""

    id: Id
    kind: str
    ticket: str
    at: datetime
    resolved_at: datetime | None = None


class Archived(NamedTuple):
    """On `evidence`."""

    id: Id
    ticket: str
    kind: str
    items: int
    first_leaf: int
    last_leaf: int
    tree_size: int
    root: str


@dataclass(slots=True, repr=False)
class Stories:
    """All of them, by topic."""

    tickets: list[TicketEvent] = field(default_factory=list)
    clocks: list[ClockEvent] = field(default_factory=list)
    notifications: list[NotificationEvent] = field(default_factory=list)
    escalations: list[EscalationEvent] = field(default_factory=list)
    triaged: list[TicketVerdict] = field(default_factory=list)
    resolved: list[TicketVerdict] = field(default_factory=list)
    archived: list[Archived] = field(default_factory=list)


Document = Mapping[str, Any]
_PLAIN_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


class Event(NamedTuple):
    """A parsed record."""

    id: Id
    kind: str
    cause: Id | None
    at: datetime
    document: Document
    data: Document


def keep_story(
    stories: Stories, event_id: Id, cause: Id | None, at: datetime, document: Document
) -> None:
    """Add what an event says to its list; other types say nothing here. `at` is its time.

    Raises KeyError, TypeError or ValueError where the content isn't what its type promises.
    """
    keep, kind = _keeper_of(str(document["type"]))
    if keep is not None:
        data = document.get("data", {})
        if not isinstance(data, dict):
            raise TypeError("data is no object")
        keep(stories, Event(event_id, kind, cause, at, document, data))


def _ticket(s: Stories, event: Event) -> None:
    data = event.data
    ref = data.get("external_id") or data.get("message_id") or data.get("call_id") or ""
    s.tickets.append(
        TicketEvent(
            event.id,
            event.kind,
            _text(data["ticket_id"]),
            _text(event.document["shopid"]),
            _aware(event.at),
            _text(ref),
            _text(data.get("origin", "")),
            _text(data.get("repeat_of", "")),
        )
    )


def _clock(s: Stories, event: Event) -> None:
    data = event.data
    due_at = data.get("breached_at") or data.get("due_at")
    detected_at = data.get("detected_at")
    ended_at = data.get("met_at") or data.get("cancelled_at")
    s.clocks.append(
        ClockEvent(
            event.id,
            event.kind,
            _text(data["ticket_id"]),
            _text(data["clock"]),
            _number(data["generation"]),
            _aware(event.at),
            None if due_at is None else _at(due_at),
            None if detected_at is None else _at(detected_at),
            _number(data.get("target_s", 0)),
            _text(data.get("threshold", "")),
            event.cause,
            _number(data.get("move", 0)),
            None if ended_at is None else _at(ended_at),
        )
    )


def _notification(s: Stories, event: Event) -> None:
    data = event.data
    if event.kind == "CareDue":
        return
    if event.kind.startswith("Escalation"):
        ticket, ladder = _text(data["ticket_id"]), _plain_id(_text(data["escalation_id"]))
        step = _number(data["step"])
        s.escalations.append(EscalationEvent(event.id, event.kind, ticket, ladder, step))
        return
    s.notifications.append(
        NotificationEvent(
            event.id,
            event.kind,
            _text(data["about"]),
            _plain_id(_text(data["notification_id"])),
            _text(data["rule"]),
            _text(data["recipient"]),
            _number(data["step"]),
            _text(data["provider"]),
            _text(data.get("code", "")),
        )
    )


def _triage(s: Stories, event: Event) -> None:
    ticket = _text(event.document["subject"])
    s.triaged.append(TicketVerdict(event.id, event.kind, ticket, _aware(event.at)))


def _resolution(s: Stories, event: Event) -> None:
    ticket, resolved_at = _text(event.data["ticket_id"]), _at(event.data["resolved_at"])
    s.resolved.append(TicketVerdict(event.id, event.kind, ticket, _aware(event.at), resolved_at))


def _evidence(s: Stories, event: Event) -> None:
    data = event.data
    s.archived.append(
        Archived(
            event.id,
            _text(data["ticket_id"]),
            _text(data["kind"]),
            _number(data["count"]),
            _number(data["first_leaf"]),
            _number(data["last_leaf"]),
            _number(data["tree_size"]),
            _text(data["root_sha256"]),
        )
    )


Keeper = Callable[[Stories, Event], None]
_KEEPERS: dict[str, Keeper] = {
    "aftercare.tickets": _ticket,
    "aftercare.sla": _clock,
    "aftercare.notifications": _notification,
    "aftercare.triage": _triage,
    "aftercare.resolution": _resolution,
    "aftercare.evidence": _evidence,
}


@lru_cache(maxsize=256)
def _keeper_of(type_name: str) -> tuple[Keeper | None, str]:
    """Who keeps events of a type, and its short name."""
    prefix, _, kind = type_name.rpartition(".")
    return _KEEPERS.get(prefix), kind


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("no number")
    return value


def _plain_id(text: str) -> str:
    """A UUID in its usual spelling. Raises ValueError."""
    return text if _PLAIN_ID(text) else str(UUID(text))


def _at(text: str) -> datetime:
    """An aware time: others can't be compared."""
    return _aware(datetime.fromisoformat(text))


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at
