"""All payload types by CloudEvents type name, and the reader of record values.

The runtime decodes through `read_event`; the catalog and the tests walk `EVENTS`.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError

from schemas import (
    clusters,
    dead_letters,
    evidence,
    notifications,
    orders,
    resolution,
    sla,
    tickets,
    triage,
)
from schemas.envelope import Envelope, Payload, UnreadableEventError, parse_object, type_of

EVENTS: tuple[type[Payload], ...] = (
    orders.OrderPlaced,
    orders.OrderShipped,
    orders.ParcelScanned,
    orders.ParcelDelivered,
    orders.ReceiptConfirmed,
    orders.RefundCompleted,
    orders.StreamSegmentRecorded,
    tickets.TicketOpened,
    tickets.CustomerMessageReceived,
    tickets.AgentReplied,
    tickets.CallMade,
    tickets.TicketWaiting,
    tickets.TicketResumed,
    tickets.TicketReopened,
    tickets.TicketClassified,
    tickets.OrderAttached,
    tickets.PromiseMade,
    tickets.PlatformDeadlineSet,
    tickets.TicketMerged,
    triage.Triaged,
    triage.Retriaged,
    clusters.ClusterSuspected,
    sla.ClockStarted,
    sla.ClockMoved,
    sla.SLAWarning,
    sla.SLABreached,
    sla.ClockMet,
    sla.ClockCancelled,
    resolution.Resolved,
    notifications.NotificationAccepted,
    notifications.NotificationDelivered,
    notifications.NotificationFailed,
    notifications.CareDue,
    notifications.EscalationRaised,
    notifications.EscalationAcknowledged,
    notifications.EscalationEnded,
    evidence.EvidenceArchived,
    dead_letters.DeadLettered,
)
_OUR_TYPE = re.compile(r"aftercare(\.[A-Za-z-]{1,40}){1,3}")
BY_TYPE: dict[str, type[Payload]] = {event.type_name(): event for event in EVENTS}
ENVELOPES: dict[str, type[Envelope[Any]]] = {
    name: Envelope[event]  # type: ignore[valid-type]
    for name, event in BY_TYPE.items()
}
"""The envelope model of each type name; its `data` is that type's payload."""
_VALIDATED = {
    name: model.__pydantic_validator__.validate_python for name, model in ENVELOPES.items()
}
"""What `model_validate` of each does, without what it asks before."""


def read_event(raw: bytes, type_header: str | None = None) -> Envelope[Any]:
    """Parse and validate a record value once, against the envelope of its own type.

    A later version of a known type is read like today's: what is new in it is left out.
    `type_header`, the record's own header, must agree with the body where it is given: others
    sort records by it. Raises UnreadableEventError with reason `empty`, `not_json`,
    `duplicate_key`, `too_deep`, `not_object`, `no_type`, `unknown_type`, `wrong_type`,
    `wrong_subject` or `invalid`; the detail names fields, never values.
    """
    document = parse_object(raw)
    name = type_of(document)
    validated = _VALIDATED.get(name)
    if validated is None:
        raise UnreadableEventError("unknown_type", _shown(name))
    if type_header is not None and type_header != name:
        raise UnreadableEventError("wrong_type", "the type header is not the attribute type")
    try:
        event: Envelope[Any] = validated(document)
    except ValidationError as error:
        raise UnreadableEventError("invalid", _places(error)) from error
    if event.subject != event.data.subject:
        raise UnreadableEventError("wrong_subject", "attribute subject is not the payload's key")
    return event


def _shown(name: str) -> str:
    """The type name if it looks like one of ours; anything else could be somebody's data."""
    return name if _OUR_TYPE.fullmatch(name) else "a type outside this contract"


def _places(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    places = [f"{'.'.join(map(str, item['loc']))}: {item['type']}" for item in found[:8]]
    return "; ".join(places)[:1000]
