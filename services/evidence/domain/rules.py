"""The rules of evidence: what is archived at once, what waits as a trail, what opens a trail.

Called by the runtime for each event; see `RULES` at the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from schemas import clusters, notifications, orders, resolution, sla, tickets, triage
from schemas.envelope import Envelope, Payload
from schemas.evidence import ItemKind
from schemas.rules import Decision
from schemas.tickets import Attachment
from schemas.values import StreamRef
from services.evidence.domain.dossier import (
    CoveredByHead,
    Dossier,
    EvidenceRules,
    FileChecked,
    FileState,
    FileVerdict,
    Item,
    Record,
    WantedFile,
)
from services.evidence.domain.keys import dossier_of, stream_dossier

FILE_TYPE = "file"
Links = tuple[tuple[str, str], ...]


def keep(case: Dossier, event: Envelope[Any], _: EvidenceRules, __: datetime) -> Decision[Dossier]:
    """Something about an order (or a notification): archived once a ticket is about it."""
    return Decision(_taken(case, _record(case, event)))


def keep_order(
    case: Dossier, event: Envelope[orders.OrderPlaced], _: EvidenceRules, __: datetime
) -> Decision[Dossier]:
    """The order itself also tells which stream its goods were pitched in."""
    data = event.data
    skus = tuple(dict.fromkeys(line.sku for line in data.lines))
    links: Links = ()
    if data.stream is not None and case.session_id is None:
        links = _stream_links(event.shopid, data.stream.session_id, skus, case.ticket_ids)
        case = case._replace(session_id=data.stream.session_id, skus=skus, changed=True)
    return Decision(_taken(case, _record(case, event), links))


def keep_segment(
    case: Dossier, event: Envelope[orders.StreamSegmentRecorded], _: EvidenceRules, __: datetime
) -> Decision[Dossier]:
    """A stretch of a stream is archived at once: replays vanish before complaints come."""
    item = Item(_record(case, event), case.key, "stream_segment")
    return Decision(case.plus(item))


def open_ticket(
    case: Dossier, event: Envelope[tickets.TicketOpened], _: EvidenceRules, __: datetime
) -> Decision[Dossier]:
    """A ticket exists: the trail of its order becomes evidence, with the stream's segments."""
    data = event.data
    case = _with_files(case, event, data.attachments)
    if data.order_id is None:
        return Decision(_of_ticket(case, event))
    shop = event.shopid
    ticket = data.ticket_id
    stream: StreamRef | None = data.order.stream if data.order is not None else None
    session = stream.session_id if stream is not None else case.session_id
    skus = _disputed_skus(data) or case.skus
    links = ((case.key, ticket), *_stream_links(shop, session, skus, (ticket,)))
    own = dossier_of(shop, ticket)
    opened = Item(_record(case, event), own, "ticket_event", ticket, links)
    members = case.ticket_ids if ticket in case.ticket_ids else (*case.ticket_ids, ticket)
    case = case._replace(
        ticket_ids=members,
        session_id=session,
        skus=case.skus or skus,
        items=(*case.items, opened),
        changed=True,
    )
    return Decision(_opened(case))


def of_ticket(
    case: Dossier, event: Envelope[Any], _: EvidenceRules, __: datetime
) -> Decision[Dossier]:
    """Whatever happens to a ticket is evidence of it."""
    return Decision(_of_ticket(case, event))


def keep_cluster(
    case: Dossier, event: Envelope[clusters.ClusterSuspected], _: EvidenceRules, __: datetime
) -> Decision[Dossier]:
    """That several tickets seem to have one cause is evidence of each of them."""
    links = tuple((case.key, ticket) for ticket in event.data.ticket_ids)
    return Decision(case.plus(Item(_record(case, event), case.key, "ticket_event", None, links)))


def of_message(
    case: Dossier,
    event: Envelope[tickets.CustomerMessageReceived],
    _: EvidenceRules,
    __: datetime,
) -> Decision[Dossier]:
    """A message may name files."""
    return Decision(_of_ticket(_with_files(case, event, event.data.attachments), event))


def check_file(
    case: Dossier, event: Envelope[FileChecked], policy: EvidenceRules, _: datetime
) -> Decision[Dossier]:
    """A file that is there gets its leaf; one that is missing is looked for again, then noted.

    A second answer about a file that is settled changes nothing.
    """
    data = event.data
    if case.file_states.get((data.ticket_id, data.sha256)) != "wanted":
        return Decision(None)
    if any(done.sha256 == data.sha256 for done in case.verdicts):
        return Decision(None)
    state: FileState = "archived" if data.outcome == "found" else data.outcome
    wait_s = 0
    if state in ("missing", "altered") and data.tries <= len(policy.file_retry_s):
        state, wait_s = "wanted", policy.file_retry_s[data.tries - 1]
    verdict = FileVerdict(data.ticket_id, data.sha256, state, wait_s)
    case = case._replace(verdicts=(*case.verdicts, verdict))
    if state == "archived":
        record = Record(data.event_id, FILE_TYPE, event.correlationid, file_record(event))
        item = Item(record, case.key, "file", data.ticket_id)
        case = _of_one_ticket(case, data.ticket_id).plus(item)
    return Decision(case)


def announce(
    _: None, event: Envelope[CoveredByHead], __: EvidenceRules, ___: datetime
) -> Decision[None]:
    """Publish what the announcer found under a signed head."""
    return Decision(None, event.data.news)


def file_record(event: Envelope[FileChecked]) -> bytes:
    """The record of a file: what it is and where it came from. The same for the same file."""
    data = event.data
    content = {
        "type": FILE_TYPE,
        "sha256": data.sha256,
        "size_bytes": data.size_bytes,
        "media_type": data.media_type,
        "ticket_id": data.ticket_id,
        "shop_id": event.shopid,
        "event_id": str(data.event_id),
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _record(case: Dossier, event: Envelope[Any]) -> Record:
    return Record(event.id, event.type, event.correlationid, case.raw[event.id])


def _taken(case: Dossier, record: Record, links: Links = ()) -> Dossier:
    if not case.ticket_ids:
        return case._replace(kept=(*case.kept, record), changed=case.changed or not case.version)
    return case.plus(_item(case, record, links))


def _item(case: Dossier, record: Record, links: Links = ()) -> Item:
    if case.is_ticket:
        return Item(record, case.key, "ticket_event", case.ticket_ids[0], links)
    return Item(record, case.key, "order_event", None, links)


def _of_ticket(case: Dossier, event: Envelope[Any]) -> Dossier:
    case = _of_one_ticket(case, event.subject)
    return case.plus(_item(case, _record(case, event)))


def _of_one_ticket(case: Dossier, ticket: str) -> Dossier:
    """The dossier as that of a ticket; what was kept before anybody knew becomes evidence."""
    if case.is_ticket:
        return case
    return _opened(case._replace(is_ticket=True, ticket_ids=(ticket,), changed=True))


def _opened(case: Dossier) -> Dossier:
    """Turn the trail into items; the stored part is taken out of the trail."""
    before = (*case.trail, *case.kept)
    if not before:
        return case
    return case._replace(
        items=(*case.items, *(_item(case, record) for record in before)),
        trail=(),
        kept=(),
        emptied=case.emptied or bool(case.trail),
    )


def _disputed_skus(data: tickets.TicketOpened) -> tuple[str, ...]:
    """Products that the ticket is about: its line's, or all of the order."""
    if data.order is None:
        return ()
    lines = [line for line in data.order.lines if line.line_id == data.line_id]
    return tuple(dict.fromkeys(line.sku for line in lines or data.order.lines))


def _stream_links(
    shop: str, session: str | None, skus: Iterable[str], members: Iterable[str]
) -> Links:
    if session is None:
        return ()
    dossiers = [stream_dossier(shop, session, sku) for sku in (None, *skus)]
    return tuple((dossier, ticket) for ticket in members for dossier in dossiers)


def _with_files(case: Dossier, event: Envelope[Any], attachments: Sequence[Attachment]) -> Dossier:
    if not attachments:
        return case
    ticket, cause, chain = event.subject, event.id, event.correlationid
    files = tuple(
        WantedFile(ticket, a.sha256, a.media_type, a.size_bytes, cause, chain) for a in attachments
    )
    return case._replace(files=(*case.files, *files))


ORDER_EVENTS: tuple[type[Payload], ...] = (
    orders.OrderShipped, orders.ParcelScanned, orders.ParcelDelivered, orders.ReceiptConfirmed,
    orders.RefundCompleted, notifications.CareDue, notifications.NotificationAccepted,
    notifications.NotificationDelivered, notifications.NotificationFailed,
)  # fmt: skip
TICKET_EVENTS: tuple[type[Payload], ...] = (
    tickets.AgentReplied, tickets.CallMade, tickets.TicketWaiting, tickets.TicketResumed,
    tickets.TicketReopened, tickets.TicketClassified, tickets.OrderAttached, tickets.PromiseMade,
    tickets.PlatformDeadlineSet, tickets.TicketMerged, triage.Triaged, triage.Retriaged,
    sla.ClockStarted, sla.ClockMoved, sla.SLAWarning, sla.SLABreached, sla.ClockMet,
    sla.ClockCancelled, resolution.Resolved, notifications.EscalationRaised,
    notifications.EscalationAcknowledged, notifications.EscalationEnded,
)  # fmt: skip
RULES: Mapping[type[Payload], Any] = {
    **dict.fromkeys(ORDER_EVENTS, keep),
    **dict.fromkeys(TICKET_EVENTS, of_ticket),
    orders.OrderPlaced: keep_order,
    clusters.ClusterSuspected: keep_cluster,
    orders.StreamSegmentRecorded: keep_segment,
    tickets.TicketOpened: open_ticket,
    tickets.CustomerMessageReceived: of_message,
    FileChecked: check_file,
}
KINDS: tuple[ItemKind, ...] = ("ticket_event", "order_event", "stream_segment", "file")
