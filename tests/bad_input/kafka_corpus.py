"""Bad records on Kafka. No desk may stop at one, lose it or try it again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.bad_input.bodies import event, iso, number, placed, scanned, swapped
from tests.bad_input.cases import TAKEN, Packing, Record, Row, raw
from tests.bad_input.plants import ADDRESS, ID_NUMBER, NAME, PHONE, SAID

SCANNED = "aftercare.orders.ParcelScanned"
DELIVERED = b"aftercare.orders.ParcelDelivered"
OPENED = {
    "ticket_id": "T-1", "external_id": "X", "origin": "inbox", "channel": "douyin", "text": "t",
    "opened_at": iso(), "received_at": iso(), "language": "zh",
}  # fmt: skip
PACKINGS: tuple[Packing, ...] = ("gzip", "snappy", "lz4", "zstd")
Reasons = str | Mapping[str, str]


def unread(row: Row, says: str, reasons: Reasons, value: bytes | None, **how: Any) -> Record:
    """Bytes under a key of nobody's."""
    return Record(row, says, reasons, value, **({"key": b"K"} | how))


def told(row: Row, says: str, reasons: Reasons, body: dict[str, Any], **how: Any) -> Record:
    """An event under the key that it names."""
    return Record(row, says, reasons, raw(body), **({"key": str(body["subject"]).encode()} | how))


def _invalid(row: Row, says: str, **data: Any) -> Record:
    return told(row, says, "invalid", event(scanned(**data)))


def _order(row: Row, says: str, reasons: Reasons, **data: Any) -> Record:
    return told(row, says, reasons, event(placed(**data), "orders.OrderPlaced"))


def _with(says: str, reasons: Reasons, *headers: tuple[str, bytes]) -> Record:
    return told("B4", says, reasons, event(scanned()), headers=headers)


EMPTY = (
    unread("B1", "a tombstone", "empty", None),
    unread("B1", "an empty value", "empty", b""),
    unread("B1", "blanks", "not_json", b" \n"),
    unread("B1", "null", "not_object", b"null"),
    unread("B1", "an empty object", "no_type", b"{}"),
    told("B1", "no data", "invalid", event(None)),
    unread("B1", "a tombstone of a ticket", "empty", None, topic="tickets"),
)
NOT_JSON = (
    unread("B2", "not JSON", "not_json", SAID.encode()),
    unread("B2", "truncated", "not_json", raw(event(scanned(hub=SAID)))[:-9]),
    unread("B2", "NaN", "not_json", swapped(event(scanned(hub="#")), b'"#"', b"NaN")),
    unread("B2", "a key twice", "duplicate_key",
           swapped(event(scanned()), b'"specversion"', b'"id": 1, "specversion"')),
    unread("B2", "depth 10,000", "too_deep", b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    unread("B2", "a number of 5,000 digits", "not_json", b'{"type": ' + b"9" * 5000 + b"}"),
    unread("B2", "900 kB of nothing", "not_json", b" " * 900_000),
    unread("B2", "900 kB of a text", "invalid", raw(event(scanned(hub="x" * 900_000)))),
    unread("B2", "no JSON on a topic of ours", "not_json", b"{" + SAID.encode(), topic="tickets"),
    unread("B2", "no JSON among decisions", "not_json", b"[", topic="resolution"),
)  # fmt: skip
SCALARS = (
    unread("B3", "a number", "not_object", PHONE.encode()),
    unread("B3", "a text", "not_object", raw(SAID)),
    unread("B3", "a list", "not_object", raw([SAID])),
    told("B3", "a text for the data", "invalid", event(SAID)),
    _order("B3", "a text for the lines", "invalid", lines=SAID),
    _order("B3", "a phone in the clear", "invalid", contact={"phone": PHONE}),
    unread("B3", "a number for the type", "no_type", raw(event(scanned(), type=int(PHONE)))),
)
HEADERS = (
    _with("values that are no text", TAKEN, ("traceparent", b"\xff\x00"), ("ce_type", b"\xc3\x28")),
    _with("a name beyond ASCII", TAKEN, ("\u00e9\u202e", b"\xff")),
    replace(_with("a name that is no text", TAKEN, ("n--e", b"x")), odd_header_name=b"n\xff\xfee"),
    _with("1,000 headers", TAKEN, *((f"x-{n}", b"y") for n in range(1000))),
    _with("a type of nobody's", "wrong_type", ("ce_type", b"order.eaten")),
    _with("the type of another event",
          dict.fromkeys(("intake.orders", "notifier.care", "evidence.archive"), "wrong_type"),
          ("ce_type", DELIVERED)),
    *(replace(told("B4", f"packed by {packing}", TAKEN, event(scanned())), packing=packing)
      for packing in PACKINGS),
    unread("B4", "a type of another topic", "not_json", b"{",
           headers=(("ce_type", b"aftercare.dead-letters.DeadLettered"),)),
    unread("B4", "personal data for a key", "not_json", b"{", key=SAID.encode()),
)  # fmt: skip
_KNOWN = event(scanned())
IDS = (
    told("B5", "an unknown type", "unknown_type", event(scanned(), "orders.OrderEaten")),
    told("B5", "personal data for a type", "unknown_type", event(scanned(), type=NAME)),
    told("B5", "a type that starts as ours do", "unknown_type",
         event(scanned(), type=f"aftercare.{PHONE}")),
    told("B5", "no type", "no_type", event(scanned(), type=...)),
    told("B5", "version 0", "invalid", event(scanned(), schemaversion=0)),
    told("B5", "version 99", TAKEN, event(scanned(), schemaversion=99)),
    told("B5", "another CloudEvents", "invalid", event(scanned(), specversion="0.3")),
    told("B5", "no id", "invalid", event(scanned(), id=...)),
    told("B5", "an id that is none", "invalid", event(scanned(), id=ID_NUMBER)),
    told("B5", "an id again with other content", "id_reused",
         _KNOWN | {"data": _KNOWN["data"] | {"state": "signed"}},
         first=told("B5", "", TAKEN, _KNOWN)),
    told("B5", "a ticket among orders", "wrong_topic", event(OPENED, "tickets.TicketOpened")),
    told("B5", "an end of a ticket among orders", "wrong_topic",
         event({"ticket_id": "T-1", "outcome": "rejected", "decided_by": "agent",
                "resolved_at": iso()}, "resolution.Resolved")),
    told("B5", "an order among tickets", "wrong_topic", event(scanned()), topic="tickets"),
)  # fmt: skip
CHARACTERS = (
    unread("B6", "invalid UTF-8", "not_json", swapped(event(scanned(hub="#")), b"#", b"\xff")),
    unread("B6", "a surrogate in UTF-8", "not_json",
           swapped(event(scanned(hub="#")), b"#", b"\xed\xa0\x80")),
    unread("B6", "GB18030", "not_json",
           swapped(event(scanned(hub="#")), b"#", SAID.encode("gb18030"))),
    _invalid("B6", "half a surrogate pair", hub="a\ud800"),
    _invalid("B6", "NUL", hub="a\x00"),
    _invalid("B6", "right-to-left override", hub="a\u202eb"),
    told("B6", "half a pair in a field of nobody's", TAKEN, event(scanned(new="\ud800"))),
    told("B6", "zero width and emoji", TAKEN, event(scanned(hub="a\u200bb👨\u200d👩"))),
)  # fmt: skip
MARKUP = (
    _invalid("B7", "a line break in a label", hub=f"{ADDRESS}\r\nX: y"),
    _invalid("B7", "ANSI in a label", hub="\x1b[31mred"),
    told("B7", "a formula in a label", TAKEN, event(scanned(hub="=HYPERLINK(1)"))),
    _invalid("B8", "SQL for a parcel", parcel_id="' OR 1=1 --"),
    told("B8", "SQL in a label", TAKEN, event(scanned(hub="'); DROP TABLE inbox; --"))),
    told("B8", "HTML and templates in a label", TAKEN, event(scanned(hub="<script>{{ 7*7 }}%s"))),
)
TIMES = (
    _invalid("B9", "no zone", scanned_at="2026-03-01T00:00:00"),
    _invalid("B9", "year 0", scanned_at="0000-01-01T00:00:00Z"),
    _invalid("B9", "year 9999", scanned_at="9999-12-31T23:59:59Z"),
    _invalid("B9", "a leap second", scanned_at="2016-12-31T23:59:60Z"),
    _invalid("B9", "seconds since 1970", scanned_at=1_772_366_400),
    told("B9", "the last year there is", TAKEN, event(scanned(scanned_at="2199-12-31T23:59:59Z"))),
    told("B9", "sent in year 1", "invalid", event(scanned(), time="0001-01-01T00:00:00Z")),
)
MONEY = (
    _order("B10", "negative", "invalid", paid_fen=-800),
    _order("B10", "a decimal", "invalid", paid_fen=800.5),
    _order("B10", "text", "invalid", paid_fen="800"),
    _order("B10", "more than there is", "invalid", paid_fen=10**15),
    _order("B10", "shares that do not sum up", "invalid", paid_fen=801),
    unread("B10", "an exponent", "invalid",
           raw(event(placed(paid_fen="#"), "orders.OrderPlaced")).replace(b'"#"', b"8e2")),
    _order("B10", "a currency, which the contract does not have", TAKEN, currency="USD"),
)  # fmt: skip
OTHERS = (
    told("B11", "a path for a clip", "invalid",
         event({"session_id": "S", "host_id": "H", "start_s": 0, "end_s": 1, "transcript": "t",
                "media_sha256": "../../etc/passwd", "recorded_at": iso()},
               "orders.StreamSegmentRecorded", subject="S")),
    told("B13", "this machine for a source", TAKEN,
         event(scanned(), source="http://127.0.0.1:{port}/hook")),
    told("B14", "a refund before its order", TAKEN,
         event({"order_id": number("O"), "refund_id": "R", "refunded_fen": 1, "refunded_at": iso(),
                "initiator": "merchant"}, "orders.RefundCompleted")),
    told("B14", "the same again", TAKEN, _KNOWN),
    told("B14", "the end of a ticket that there is not", TAKEN,
         event({"ticket_id": number("T"), "outcome": "rejected", "decided_by": "agent",
                "resolved_at": iso()}, "resolution.Resolved"), topic="resolution"),
    told("B15", "another order's key", "wrong_key", event(scanned()), key=b"O-other"),
    told("B15", "a key that is no text", "wrong_key", event(scanned()), key=b"\xff\xfe"),
    told("B15", "the subject of another order", "wrong_subject",
         event(scanned(), subject="O-other")),
    told("B15", "no key", TAKEN, event(scanned()), key=None),
)  # fmt: skip
RECORDS = (
    *EMPTY, *NOT_JSON, *SCALARS, *HEADERS, *IDS, *CHARACTERS, *MARKUP, *TIMES, *MONEY, *OTHERS,
)  # fmt: skip
