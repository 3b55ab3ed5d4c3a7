"""What events say, as far as a check needs it: one small tuple each, made while reading Kafka.

`story` turns a parsed record into its tuple; the tuples of a topic keep the order of publication
within each partition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
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
    """On `sla`. `detected_at` and `threshold` belong to warnings and breaches."""

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

    @property
    def key(self) -> tuple[str, str, int]:
        """Names its clock."""
        return self.ticket, self.clock, self.generation


class NotificationEvent(NamedTuple):
    """On `notifications`, but CareDue."""

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
    triaged: list[TicketVerdict] = field(default_factory=list)
    resolved: list[TicketVerdict] = field(default_factory=list)
    archived: list[Archived] = field(default_factory=list)


Document = Mapping[str, Any]


def keep_story(stories: Stories, event_id: Id, cause: Id | None, document: Document) -> None:
    """Add what an event says to its list; other types say nothing here.

    Raises KeyError, TypeError or ValueError where the content isn't what its type promises.
    """
    prefix, _, kind = str(document["type"]).rpartition(".")
    keep = _KEEPERS.get(prefix)
    if keep is not None:
        data = document.get("data", {})
        if not isinstance(data, dict):
            raise TypeError("data is no object")
        keep(stories, event_id, kind, cause, document, data)


def _ticket(
    s: Stories, event_id: Id, kind: str, _: Id | None, document: Document, data: Document
) -> None:
    ref = data.get("external_id") or data.get("message_id") or data.get("call_id") or ""
    s.tickets.append(
        TicketEvent(
            event_id,
            kind,
            _text(data["ticket_id"]),
            _text(document["shopid"]),
            _at(document["time"]),
            _text(ref),
            _text(data.get("origin", "")),
            _text(data.get("repeat_of", "")),
        )
    )


def _clock(
    s: Stories, event_id: Id, kind: str, cause: Id | None, document: Document, data: Document
) -> None:
    due_at = data.get("breached_at") or data.get("due_at")
    detected_at = data.get("detected_at")
    s.clocks.append(
        ClockEvent(
            event_id,
            kind,
            _text(data["ticket_id"]),
            _text(data["clock"]),
            _number(data["generation"]),
            _at(document["time"]),
            None if due_at is None else _at(due_at),
            None if detected_at is None else _at(detected_at),
            _number(data.get("target_s", 0)),
            _text(data.get("threshold", "")),
            cause,
        )
    )


def _notification(
    s: Stories, event_id: Id, kind: str, _: Id | None, __: Document, data: Document
) -> None:
    if kind == "CareDue":
        return
    s.notifications.append(
        NotificationEvent(
            event_id,
            kind,
            _text(data["about"]),
            str(UUID(_text(data["notification_id"]))),
            _text(data["rule"]),
            _text(data["recipient"]),
            _number(data["step"]),
            _text(data["provider"]),
            _text(data.get("code", "")),
        )
    )


def _triage(
    s: Stories, event_id: Id, kind: str, _: Id | None, document: Document, __: Document
) -> None:
    at = _at(document["time"])
    s.triaged.append(TicketVerdict(event_id, kind, _text(document["subject"]), at))


def _resolution(
    s: Stories, event_id: Id, kind: str, _: Id | None, document: Document, data: Document
) -> None:
    at, resolved_at = _at(document["time"]), _at(data["resolved_at"])
    s.resolved.append(TicketVerdict(event_id, kind, _text(data["ticket_id"]), at, resolved_at))


def _evidence(
    s: Stories, event_id: Id, kind: str, _: Id | None, __: Document, data: Document
) -> None:
    s.archived.append(
        Archived(
            event_id,
            _text(data["ticket_id"]),
            _text(data["kind"]),
            _number(data["count"]),
            _number(data["first_leaf"]),
            _number(data["last_leaf"]),
            _number(data["tree_size"]),
            _text(data["root_sha256"]),
        )
    )


Keeper = Callable[[Stories, Id, str, Id | None, Document, Document], None]
_KEEPERS: dict[str, Keeper] = {
    "aftercare.tickets": _ticket,
    "aftercare.sla": _clock,
    "aftercare.notifications": _notification,
    "aftercare.triage": _triage,
    "aftercare.resolution": _resolution,
    "aftercare.evidence": _evidence,
}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("no number")
    return value


def _at(text: str) -> datetime:
    """An aware time: others can't be compared."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at
