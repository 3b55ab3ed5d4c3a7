"""Bad records end as UnreadableEventError with a reason and never show what they hold."""

from __future__ import annotations

import json
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import envelope
from schemas.dead_letters import DeadLettered
from schemas.envelope import UnreadableEventError, parse_object
from schemas.evidence import EvidenceArchived
from schemas.notifications import CareDue
from schemas.orders import OrderPlaced, StreamSegmentRecorded
from schemas.registry import read_event
from schemas.tickets import TicketOpened
from tests.support.golden import golden, record

PHONE = "13912345678"
WORDS = "我住幸福里七号"
DEEP = "[" * 100_000 + "]" * 100_000


def opened(**changes: Any) -> bytes:
    """The golden TicketOpened with changed attributes; `data` is merged."""
    message = golden(TicketOpened, "full")
    data = message["data"] | changes.pop("data", {})
    return record(message | changes | {"data": data})


def swapped(old: str, new: str | bytes) -> bytes:
    """The golden TicketOpened with one piece of its JSON text replaced."""
    raw = record(golden(TicketOpened, "full"))
    assert old.encode() in raw
    return raw.replace(old.encode(), new if isinstance(new, bytes) else new.encode(), 1)


BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "blank": (b"  \n", "not_json"),
    "null": (b"null", "not_object"),
    "number": (b"13912345678", "not_object"),
    "text": (record(PHONE), "not_object"),
    "list": (record([PHONE]), "not_object"),
    "no json": (f"phone={PHONE}".encode(), "not_json"),
    "cut off": (opened()[:-40], "not_json"),
    "more behind it": (opened() + PHONE.encode(), "not_json"),
    "byte order mark": (b"\xef\xbb\xbf" + opened(), "not_json"),
    "other encoding": (opened().decode().encode("gb18030"), "not_json"),
    "UTF-16": (opened().decode().encode("utf-16"), "not_json"),
    "broken UTF-8": (swapped("主播", b"\xff\xfe"), "not_json"),
    "raw NUL": (swapped("主播", "\x00"), "not_json"),
    "NaN": (swapped('"size_bytes": 482113', '"size_bytes": NaN'), "not_json"),
    "NaN in an unknown field": (swapped('"text"', '"new": NaN, "text"'), "not_json"),
    "Infinity": (swapped('"refunded_fen": 0', '"refunded_fen": -Infinity'), "not_json"),
    "endless digits": (swapped("482113", "9" * 5000), "not_json"),
    "repeated key": (swapped('"text"', f'"ticket_id": "{PHONE}", "text"'), "duplicate_key"),
    "repeated key, escaped": (swapped('"text"', '"\\u0074ext": "", "text"'), "duplicate_key"),
    "repeated unknown key": (swapped('"text"', '"a": 1, "a": 1, "text"'), "duplicate_key"),
    "deep lists": (DEEP.encode(), "too_deep"),
    "deep objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "too_deep"),
    "deep in an unknown field": (swapped('"text"', f'"a": {DEEP}, "text"'), "too_deep"),
    "no type": (record({"data": {"text": PHONE}}), "no_type"),
    "type is a number": (opened(type=13912345678), "no_type"),
    "unknown type": (opened(type="aftercare.tickets.TicketEaten"), "unknown_type"),
    "type is somebody's data": (opened(type=PHONE), "unknown_type"),
    "type is words": (opened(type=WORDS), "unknown_type"),
    "subject of another ticket": (opened(subject="T-1"), "wrong_subject"),
    "data of another ticket": (opened(data={"ticket_id": "T-1"}), "wrong_subject"),
    "no id": (record({k: v for k, v in json.loads(opened()).items() if k != "id"}), "invalid"),
    "id is no UUID": (opened(id=PHONE), "invalid"),
    "no data": (opened() .replace(b'"data"', b'"dara"', 1), "invalid"),
    "data is text": (record(json.loads(opened()) | {"data": PHONE}), "invalid"),
    "data is null": (record(json.loads(opened()) | {"data": None}), "invalid"),
    "other specversion": (opened(specversion="0.3"), "invalid"),
    "version zero": (opened(schemaversion=0), "invalid"),
    "huge version": (opened(schemaversion=10**30), "invalid"),
    "flag as a word": (opened(autoorigin="yes"), "invalid"),
    "flag as a number": (opened(data={"watched": 1}), "invalid"),
    "text is a list": (opened(data={"text": [PHONE]}), "invalid"),
    "text too long": (opened(data={"text": WORDS * 4000}), "invalid"),
    "NUL in the text": (opened(data={"text": f"{WORDS}\x00"}), "invalid"),
    "lone surrogate": (swapped("主播", "\\ud800"), "invalid"),
    "line break in a label": (opened(data={"contact": {"region": f"{WORDS}\n"}}), "invalid"),
    "reading direction turned": (opened(data={"contact": {"region": f"\u202e{WORDS}"}}), "invalid"),
    "escape sequence in a label": (opened(data={"contact": {"region": "\x1b[31m"}}), "invalid"),
    "space in an id": (opened(data={"customer_id": f"{PHONE} {WORDS}"}), "invalid"),
    "line break after an id": (opened(shopid="shop-1\n"), "invalid"),
    "phone in the clear": (opened(data={"contact": {"phone": PHONE}}), "invalid"),
    "size beyond the database": (opened(data={"attachments": [{
        "sha256": "a" * 64, "media_type": "image/png", "size_bytes": 2**31}]}), "invalid"),
    "unknown channel": (opened(data={"channel": WORDS}), "invalid"),
    "time without zone": (opened(time="2026-03-05T01:02:03"), "invalid"),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_record_has_a_reason_and_shows_nothing(raw: bytes, reason: str) -> None:
    with pytest.raises(UnreadableEventError) as caught:
        read_event(raw)
    assert caught.value.reason == reason
    assert str(caught.value) == f"{reason}: {caught.value.detail}"
    told = "".join(traceback.format_exception(caught.value))
    for secret in (PHONE, WORDS, "主播"):
        assert secret not in told


def test_the_detail_names_the_fields() -> None:
    with pytest.raises(UnreadableEventError) as caught:
        read_event(opened(data={"text": [PHONE], "order": {"lines": [{"quantity": "1"}]}}))
    assert caught.value.detail.startswith("data.text: string_type; data.order.order_id: missing")


def test_the_detail_stays_short() -> None:
    bad = [{"size_bytes": "x"}] * 40
    with pytest.raises(UnreadableEventError) as caught:
        read_event(opened(data={"attachments": bad}))
    assert len(caught.value.detail) <= 1000


def test_a_header_that_contradicts_the_body_is_refused() -> None:
    name = TicketOpened.type_name()
    assert read_event(opened(), name) == read_event(opened())
    with pytest.raises(UnreadableEventError) as caught:
        read_event(opened(), OrderPlaced.type_name())
    assert caught.value.reason == "wrong_type"
    assert name not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "a\r\nb\tc", "👨‍👩‍👧 zero‍width", "\u202eright to left", "'; DROP TABLE x; --", "{{ 7*7 }}",
     "\x1b[31m", "=1+1", "<b>"],
)  # fmt: skip
def test_what_a_customer_wrote_stays_as_it_was(text: str) -> None:
    assert read_event(opened(data={"text": text})).data.text == text


def test_the_longest_text_fits_into_its_sealed_box() -> None:
    box = "A" * (4 * (12 + 16 + 4 * 20_000 + 2) // 3)
    event = read_event(opened(data={"original": {"key": "k", "box": box}}))
    assert event.data.original.box == box


def test_values_that_contradict_each_other_are_refused() -> None:
    for event, changes in (
        (OrderPlaced, {"paid_fen": 1}),
        (StreamSegmentRecorded, {"end_s": 1}),
        (EvidenceArchived, {"last_leaf": 10_000}),
        (EvidenceArchived, {"first_leaf": 124}),
    ):
        message = golden(event, "full")
        message["data"] |= changes
        with pytest.raises(UnreadableEventError, match="invalid: data: value_error"):
            read_event(record(message))


def test_a_dead_letter_may_come_from_a_timer() -> None:
    message = golden(DeadLettered, "full")
    message["data"] |= {"topic": "timer", "partition": -1, "offset": -1}
    assert read_event(record(message)).data.offset == -1


def test_two_readings_give_equal_events() -> None:
    raw = record(golden(CareDue, "full"))
    assert read_event(raw) == read_event(raw)


def test_a_parsed_object_keeps_its_order() -> None:
    assert list(parse_object(b'{"b": 1, "a": {"z": 0.5}}')) == ["b", "a"]


PIECES = (
    b'"a":1,', b'"a": 1, ', b'"\\u0061":2,', b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b" ",
    b"\n", b"\x00", b"\xff", b"\xed\xa0\x80", b"NaN", b"-Infinity", b"1e400", b"1.", b"01", b"-0",
    b"+1", b"9" * 4301, b"9" * 400, b"true", b"nul", b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\x1f"',
    b"[" * 300 + b"]" * 300, b"\xef\xbb\xbf", b"/**/", b"'",
)  # fmt: skip


def outcome(raw: bytes) -> Any:
    """What becomes of a record: its event, or reason and detail."""
    try:
        return read_event(raw)
    except UnreadableEventError as error:
        return error.reason, error.detail


@given(st.data(), st.sampled_from((TicketOpened, OrderPlaced, CareDue, EvidenceArchived)))
def test_the_quick_reader_changes_no_outcome(data: st.DataObject, event: type[Any]) -> None:
    raw = record(golden(event, "full"))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(raw)))
        cut = data.draw(st.integers(0, 3))
        raw = raw[:start] + data.draw(st.sampled_from((b"", *PIECES))) + raw[start + cut :]
    both = outcome(raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(envelope, "from_json", _refuse)
        assert outcome(raw) == both


def _refuse(*_: Any, **__: Any) -> Any:
    raise ValueError


@pytest.mark.parametrize("odd", ['"\\ud800"', "[" * 300 + "]" * 300, "1e400", "-0", "0.1e-5"])
def test_odd_json_in_an_unknown_field_is_left_out(odd: str) -> None:
    assert read_event(swapped('"text"', f'"new": {odd}, "text"')) == read_event(opened())
