"""Checks of archived items against their bytes: what a verifier calls for each leaf. Pure.

A check returns problems in words, none when all is well; `verification` collects them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from schemas.envelope import UnreadableEventError, parse_object
from services.evidence.domain import merkle
from services.evidence.domain.keys import dossier_of, stream_dossier
from services.evidence.domain.rules import FILE_TYPE
from services.evidence.domain.segment import BrokenSegmentError, Place, spans

OPENED = "aftercare.tickets.TicketOpened"
PLACED = "aftercare.orders.OrderPlaced"
SUSPECTED = "aftercare.clusters.ClusterSuspected"


@dataclass(frozen=True, slots=True)
class StoredItem:
    """A row of the archive as it is found, to be believed only after the checks."""

    leaf_index: int
    leaf_hash: bytes
    key: str
    ticket_id: str | None
    shop_id: str
    kind: str
    event_id: UUID
    type: str
    place: Place
    archived_at: datetime


@dataclass(frozen=True, slots=True)
class CheckedSegment:
    """A segment's bytes with what is wrong about them as a whole."""

    content: bytes
    spans: frozenset[tuple[int, int]]
    problems: tuple[str, ...]


def checked_segment(digest: bytes, content: bytes) -> CheckedSegment:
    """Compare a segment with its name and read its layout."""
    problems = []
    if sha256(content).digest() != digest:
        problems.append("segment altered")
    try:
        places = frozenset(spans(content))
    except BrokenSegmentError as error:
        problems.append(f"segment broken: {error}")
        places = frozenset()
    return CheckedSegment(content, places, tuple(problems))


def record_of(item: StoredItem, segment: CheckedSegment) -> bytes:
    """The record's bytes as they are now."""
    start = item.place.start
    return segment.content[start : start + item.place.length]


def item_problems(item: StoredItem, segment: CheckedSegment) -> list[str]:
    """What is wrong with an item: bytes, leaf, or attributes that its record denies."""
    problems = list(segment.problems)
    if (item.place.start, item.place.length) not in segment.spans:
        problems.append("no record at its place")
    record = record_of(item, segment)
    if merkle.leaf_hash(record) != item.leaf_hash:
        problems.append("record and leaf differ")
    try:
        content = parse_object(record)
    except UnreadableEventError as error:
        return [*problems, f"record unreadable: {error.reason}"]
    said = _file_attributes(content) if item.kind == "file" else _event_attributes(item, content)
    stored = {
        "type": item.type,
        "shop": item.shop_id,
        "event id": str(item.event_id),
        "ticket": item.ticket_id,
        "dossier": item.key,
    }
    problems += [f"another {name} than its record" for name in stored if stored[name] != said[name]]
    return problems


def _file_attributes(content: Mapping[str, Any]) -> dict[str, Any]:
    ticket, shop = content.get("ticket_id"), content.get("shop_id")
    return {
        "type": FILE_TYPE if content.get("type") == FILE_TYPE else None,
        "shop": shop,
        "event id": content.get("event_id"),
        "ticket": ticket,
        "dossier": dossier_of(str(shop), str(ticket)),
    }


def _event_attributes(item: StoredItem, content: Mapping[str, Any]) -> dict[str, Any]:
    data = content.get("data")
    data = data if isinstance(data, dict) else {}
    shop, subject = str(content.get("shopid")), str(content.get("subject"))
    dossier = dossier_of(shop, subject)
    if item.kind == "stream_segment":
        dossier = stream_dossier(shop, str(data.get("session_id")), data.get("sku"))
    of_one = item.kind == "ticket_event" and content.get("type") != SUSPECTED
    return {
        "type": content.get("type"),
        "shop": content.get("shopid"),
        "event id": content.get("id"),
        "ticket": subject if of_one else None,
        "dossier": dossier,
    }


def file_digest(record: bytes) -> tuple[bytes, int]:
    """SHA-256 and size that a file's record states. Raises ValueError when it states none."""
    content = parse_object(record)
    size = content.get("size_bytes")
    if not isinstance(size, int):
        raise ValueError("no size")
    return bytes.fromhex(str(content.get("sha256"))), size


def linked_dossiers(ticket: str, records: Iterable[bytes]) -> tuple[set[str], set[str]]:
    """What the ticket's records say about the dossiers that belong to it.

    Returns those that must be linked (the order named when it was opened, its stream's general
    part, clusters that it is in) and those that may be. Records that can't be read say nothing.
    """
    must: set[str] = set()
    may: set[str] = set()
    for record in records:
        try:
            content = parse_object(record)
        except UnreadableEventError:
            continue
        data = content.get("data")
        if not isinstance(data, dict):
            continue
        shop = str(content.get("shopid"))
        if content.get("type") == OPENED and content.get("subject") == ticket:
            order = data.get("order_id")
            if order is not None:
                must.add(dossier_of(shop, str(order)))
                must |= _stream(shop, data.get("order"), general=True)
                may |= _stream(shop, data.get("order"), general=False)
        elif content.get("type") == SUSPECTED and ticket in data.get("ticket_ids", ()):
            must.add(dossier_of(shop, str(content.get("subject"))))
        elif content.get("type") == PLACED:
            may |= _stream(shop, data, general=True) | _stream(shop, data, general=False)
    return must, may | must


def _stream(shop: str, order: Any, *, general: bool) -> set[str]:
    stream = order.get("stream") if isinstance(order, dict) else None
    if not isinstance(stream, dict):
        return set()
    session = str(stream.get("session_id"))
    if general:
        return {stream_dossier(shop, session, None)}
    lines = order.get("lines") or ()
    return {stream_dossier(shop, session, str(line.get("sku"))) for line in lines}
