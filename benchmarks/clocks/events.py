"""Events that start and end clocks, as triage and resolution would publish them. Called by
`rounds`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from benchmarks.clocks.loader import PROBLEM, SHOP
from benchmarks.service.events import Record
from runtime.clock import new_id
from schemas.envelope import Envelope, Payload
from schemas.resolution import Resolved
from schemas.triage import Reason, Triaged

_WHY = (Reason(rule="logistics", zh="物流停滞", en="parcel stands still"),)


def triaged(ticket_id: str, at: datetime) -> Triaged:
    """A routine ticket that begins now: three clocks."""
    return Triaged(
        ticket_id=ticket_id,
        problem_class=PROBLEM,
        subtype="stuck",
        nature="service",
        level="L2",
        emotion="calm",
        safety=False,
        threat="none",
        route="regular_group",
        priority=100,
        reasons=_WHY,
        policy_version="triage-bench",
        triaged_at=at,
        opened_at=at,
        channel="douyin",
    )


def resolved(ticket_id: str, at: datetime) -> Resolved:
    """The end of a ticket: its closure is met, all else is cancelled."""
    return Resolved(ticket_id=ticket_id, outcome="refund", decided_by="agent", resolved_at=at)


def written(payload: Payload, at: datetime) -> Record:
    """The payload as a record of its topic's routine lane."""
    event_id = new_id()
    envelope: Envelope[Payload] = Envelope.model_construct(
        id=event_id,
        source=f"aftercare/{payload.TOPIC}",
        type=payload.type_name(),
        time=at,
        subject=payload.subject,
        shopid=SHOP,
        correlationid=event_id,
        data=payload,
    )
    kind = payload.type_name()
    return Record(
        id=event_id,
        topic=payload.TOPIC,
        lane="routine",
        key=payload.subject.encode(),
        value=envelope.to_json(),
        headers=(("ce_type", kind.encode()),),
        kind=type(payload).__name__,
        about=payload.subject,
        shop=SHOP,
    )


def numbered(prefix: str, count: int) -> Iterable[str]:
    """Ticket ids as the loader makes them."""
    return (f"{prefix}{number:07d}" for number in range(count))
