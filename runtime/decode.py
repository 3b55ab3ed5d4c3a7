"""Turns Kafka records into messages; what can't be read becomes a dead record, never a skip."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from runtime.case import KeyOf, Message
from runtime.dead_letters import DeadRecord
from runtime.hops import checked
from runtime.inbox import digest_of
from runtime.way import Way
from schemas.envelope import Payload, UnreadableEventError
from schemas.registry import BY_TYPE, read_event
from schemas.topics import TOPICS

_FAMILIES = {topic.name: topic.family for topic in TOPICS}


class Record(Protocol):
    """The part of a consumer record that is read here."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def decode(
    records: Iterable[Record], key_of: KeyOf, heard: Collection[str]
) -> tuple[list[Message], list[DeadRecord]]:
    """Validate each record once. Never raises for what a record holds.

    A record whose header names another type of its topic than `heard` is passed over unread: the
    desk has nothing to do with it, and whoever has judges it.
    """
    messages: list[Message] = []
    dead: list[DeadRecord] = []
    for record in records:
        kind = _header(record, "ce_type")
        if kind in BY_TYPE and kind not in heard and _travels(BY_TYPE[kind], record.topic):
            continue
        try:
            messages.append(_message(record, key_of, kind))
        except UnreadableEventError as error:
            dead.append(_dead(record, error.reason, error.detail))
    return messages, dead


async def decoded(
    records: Sequence[Record], key_of: KeyOf, heard: Collection[str], way: Way
) -> tuple[list[Message], list[DeadRecord]]:
    """`decode`, letting the others of this process have their turn in between."""
    messages: list[Message] = []
    dead: list[DeadRecord] = []
    async for some in way.slices(records):
        good, bad = decode(some, key_of, heard)
        messages += good
        dead += bad
    return messages, dead


def _message(record: Record, key_of: KeyOf, kind: str | None) -> Message:
    raw = record.value or b""
    event = read_event(raw, kind)
    if not _travels(type(event.data), record.topic):
        raise UnreadableEventError("wrong_topic", "this type is published on another topic")
    if record.key is not None and record.key != event.subject.encode():
        raise UnreadableEventError("wrong_key", "the record's key is not the event's subject")
    return Message(
        id=event.id,
        key=key_of(event),
        event=event,
        digest=digest_of(raw),
        raw=raw,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        traceparent=_traceparent(record),
    )


def _travels(event: type[Payload], topic: str) -> bool:
    """Whether a topic may carry such events. Each has one publisher: who may write orders must not
    end a ticket with it. Of a topic that is none of the contract's nothing is known."""
    return _FAMILIES.get(topic, event.TOPIC) == event.TOPIC


def _traceparent(record: Record) -> str | None:
    """The trace context if it has the right form: strangers write headers too."""
    return checked(_header(record, "traceparent"))


def _header(record: Record, name: str) -> str | None:
    for header, value in record.headers:
        if header == name and value is not None:
            try:
                return value.decode("ascii")
            except UnicodeDecodeError:
                return None
    return None


def _dead(record: Record, reason: str, detail: str) -> DeadRecord:
    return DeadRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key="",
        value=record.value or b"",
        reason=reason,
        detail=detail.replace("\x00", "?"),
        traceparent=_traceparent(record),
    )
