"""Whatever lies on a topic is read: as an event, as something unreadable, never as an error."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.verify.effects import derived
from cli.verify.log_facts import TopicLog, content_of, id_of
from cli.verify.read_log import note_record
from cli.verify.stories import Stories
from runtime.clock import derived_id
from runtime.inbox import digest_of

NUMBER = UUID("6f1f2a3e-7c0d-5b0e-9a57-0a7c0e5ca5e0")
HEAD = {
    "id": str(NUMBER), "source": "aftercare/intake", "type": "aftercare.tickets.TicketOpened",
    "time": "2026-03-01T12:00:00.5Z", "subject": "ticket-1", "shopid": "shop-a",
}  # fmt: skip


def read(
    value: bytes | None,
    topic: str = "tickets",
    key: bytes = b"ticket-1",
    headers: tuple[tuple[str, bytes | None], ...] = (),
) -> TopicLog:
    """A topic with one record."""
    log = TopicLog(topic)
    record = SimpleNamespace(
        partition=2, offset=5, key=key, value=value, timestamp=1_000, headers=headers
    )
    note_record(log, Stories(), record)
    return log


def written(**changes: Any) -> bytes:
    """A record's value; a change to None takes the attribute out."""
    whole = {**HEAD, "data": {"ticket_id": "ticket-1", "external_id": "c-1"}, **changes}
    return json.dumps({name: each for name, each in whole.items() if each is not None}).encode()


def test_an_event_is_read() -> None:
    value = written()
    log = read(value)
    assert str(log.place(NUMBER.bytes)) == "tickets/2/5"
    assert (log.digests[0], log.contents[0]) == (digest_of(value), content_of(value))
    assert (log.wall_s[0], log.business_s[0] % 60) == (1.0, 0.5)
    assert (log.ends, log.unreadable, log.miskeyed, log.untold) == ({2: 6}, [], [], [])


@pytest.mark.parametrize(
    "value",
    [
        None, b"", b"null", b"7", b"[1]", b'"text"', b"{", b"\xff\xfe{}", b"{}", b"[" * 20_000,
        written(id=None), written(id=7), written(id="no id"), written(id=""),
        written(time=None), written(time="yesterday"), written(time=7), written(subject=None),
        written(subject=["ticket-1"]), written(causationid="no id"),
    ],
)  # fmt: skip
def test_what_is_no_event_is_unreadable_and_has_a_place(value: bytes | None) -> None:
    log = read(value)
    assert [str(place) for place in log.unreadable] == ["tickets/2/5"]
    assert (log.row_of, log.ends) == ({}, {2: 6})


@pytest.mark.parametrize(
    "text", [str(NUMBER).upper(), NUMBER.hex, f"urn:uuid:{NUMBER}", f"{{{NUMBER}}}"]
)
def test_an_id_is_the_same_in_every_spelling(text: str) -> None:
    assert id_of(text) == NUMBER.bytes


@pytest.mark.parametrize(
    "value",
    [
        written(data={"ticket_id": "ticket-1", "text": "\ud800"}),
        written().decode().encode("utf-16"),
        written(data={"ticket_id": "ticket-1", "deep": json.loads("[" * 400 + "]" * 400)}),
    ],
    ids=["lone surrogate", "UTF-16", "deep"],
)
def test_json_that_only_a_lenient_parser_takes_tells_its_id(value: bytes) -> None:
    assert list(read(value).row_of) == [NUMBER.bytes]


def test_another_key_than_the_subject_is_noted() -> None:
    assert read(written(), key=b"ticket-2").miskeyed == [NUMBER.bytes]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("tickets.TicketOpened", {}),
        ("tickets.TicketOpened", []),
        ("tickets.TicketOpened", "text"),
        ("tickets.TicketOpened", {"ticket_id": None}),
        ("tickets.TicketOpened", {"ticket_id": "t", "external_id": {"a": 1}}),
        ("sla.ClockMet", {"ticket_id": "t", "clock": "review", "generation": "1"}),
        ("sla.ClockMet", {"ticket_id": "t", "clock": "review", "generation": 1, "due_at": "x"}),
        ("sla.ClockMet", {"ticket_id": "t", "clock": "c", "generation": 1, "due_at": "2026-03-01"}),
        ("notifications.NotificationAccepted", {"about": "t", "notification_id": "no id"}),
        ("resolution.Resolved", {"ticket_id": "t", "resolved_at": 7}),
        ("evidence.EvidenceArchived", {"ticket_id": "t", "kind": "file", "count": None}),
    ],
)
def test_content_that_breaks_its_promise_tells_no_story(kind: str, data: Any) -> None:
    log = read(written(type=f"aftercare.{kind}", data=data))
    assert list(log.row_of) == log.untold == [NUMBER.bytes]


def test_of_order_events_only_the_head_is_read() -> None:
    """Damage behind it is for the services to tell: they give the record up."""
    value = written(type="aftercare.orders.OrderPlaced")
    whole, cut = read(value, "orders"), read(value[:-3], "orders")
    assert list(cut.row_of) == list(whole.row_of) == [NUMBER.bytes]


def test_attributes_behind_the_data_are_found_too() -> None:
    value = json.dumps({"data": {"id": "of something else"}, **HEAD}).encode()
    assert list(read(value, "orders").row_of) == [NUMBER.bytes]


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(value: bytes) -> None:
    for topic in ("tickets", "orders"):
        log = read(value, topic)
        assert len(log.unreadable) + len(log.row_of) == 1


@given(st.uuids(), st.text(max_size=40))
def test_derived_ids_are_the_runtimes(cause: UUID, purpose: str) -> None:
    assert derived(cause.bytes, purpose) == derived_id(cause, purpose).bytes
