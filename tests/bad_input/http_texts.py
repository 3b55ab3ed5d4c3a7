"""Bad requests, first half: what stands in a body (B1 to B3, B6 to B10)."""

from __future__ import annotations

from typing import Any

from tests.bad_input.bodies import (
    cloud_event,
    complaint,
    decision,
    iso,
    message,
    placed,
    scanned,
    swapped,
)
from tests.bad_input.cases import (
    BATCH,
    CLOUD_EVENT,
    LINES,
    TAKEN,
    Request,
    Row,
    raw,
)
from tests.bad_input.plants import ADDRESS, ID_NUMBER, NAME, PHONE, SAID

EVENTS = "/v1/events/oms"
MESSAGES = "/v1/tickets/{ticket}/messages"
RESOLUTION = "/v1/tickets/{ticket}/resolution"
REPORTS = "/v1/reports/aliyun/{report}"
MB = 1_000_000


def refused(row: Row, says: str, status: int, code: str, body: Any, **how: Any) -> Request:
    """A request to open a ticket, or with `path` to do something else."""
    content = body if isinstance(body, bytes) else raw(body)
    return Request(row, says, status, code, content, **how)


def invalid(row: Row, says: str, body: Any, **how: Any) -> Request:
    """One with a value that is not acceptable."""
    return refused(row, says, 422, "invalid", body, **how)


def taken(row: Row, says: str, body: Any, status: int = 201, **how: Any) -> Request:
    """One that is odd and does no harm."""
    return refused(row, says, status, TAKEN, body, **how)


def _of_orders(row: Row, says: str, status: int, code: str, body: Any) -> Request:
    return refused(row, says, status, code, body, path=EVENTS, media_type=CLOUD_EVENT)


def _of_money(says: str, **money: Any) -> Request:
    body = decision(**({"outcome": "refund"} | money))
    return invalid("B10", says, body, path=RESOLUTION, service="resolution")


EMPTY = (
    refused("B1", "no body", 400, "empty", b""),
    refused("B1", "blanks", 400, "empty", b" \r\n\t "),
    invalid("B1", "null", b"null"),
    invalid("B1", "an empty object", b"{}"),
    invalid("B1", "an empty text", complaint(text="")),
    invalid("B1", "a text of blanks", complaint(text=" \u3000\n")),
    invalid("B1", "null for an id", complaint(external_id=None)),
    invalid("B1", "an empty id", complaint(external_id="")),
    invalid("B1", "a message without words", message(text=""), path=MESSAGES),
    refused("B1", "a burst of none", 422, "wrong_batch", b"[]", path="/v1/tickets/batch"),
    refused("B1", "a burst of no lines", 422, "wrong_batch", b"", path="/v1/tickets/batch",
            media_type=LINES),
    taken("B1", "a batch of no events", b"[]", 200, path=EVENTS, media_type=BATCH),
    refused("B1", "no event", 400, "empty", b"", path=EVENTS, media_type=CLOUD_EVENT),
    refused("B1", "no decision", 400, "empty", b"", path=RESOLUTION, service="resolution"),
    refused("B1", "no file", 415, "wrong_file_type", b"", path="/v1/files"),
    refused("B1", "no report", 400, "unreadable", b"", path=REPORTS, service="notifier"),
)  # fmt: skip
NOT_JSON = (
    refused("B2", "not JSON", 400, "not_json", f"text={SAID}".encode()),
    refused("B2", "truncated", 400, "not_json", raw(complaint(text=SAID))[:-2]),
    refused("B2", "more behind it", 400, "not_json", raw(complaint()) + PHONE.encode()),
    refused("B2", "a byte order mark", 400, "not_json", b"\xef\xbb\xbf" + raw(complaint())),
    refused("B2", "NaN", 400, "bad_number", b'{"origin": NaN}'),
    refused("B2", "Infinity", 400, "bad_number", b'{"origin": -Infinity}'),
    refused("B2", "a key twice", 400, "duplicate_key", b'{"text": "a", "text": "b"}'),
    refused("B2", "a key twice, once escaped", 400, "duplicate_key",
            b'{"text": "a", "te\\u0078t": "b"}'),
    refused("B2", "depth 10,000", 400, "too_deep", b"[" * 10_000),
    refused("B2", "depth 10,000 of objects", 400, "too_deep", b'{"a":' * 10_000 + b"}" * 10_000),
    refused("B2", "depth 65 in a field", 400, "too_deep",
            swapped(complaint(text="#"), b'"#"', b"[" * 65 + b"]" * 65)),
    refused("B2", "a number of 5,000 digits", 400, "bad_number", b'{"a": ' + b"9" * 5000 + b"}"),
    invalid("B2", "a text of 20,001 characters", complaint(text="x" * 20_001)),
    invalid("B2", "a number beyond all floats", b'{"opened_at": 1e400}'),
    refused("B2", "1 MB and one byte", 413, "too_large", b" " * (MB + 1)),
    refused("B2", "10 MB", 413, "too_large", b" " * 10 * MB),
    refused("B2", "10 MB of a file", 413, "too_large", b"%PDF-" + b" " * 10 * MB,
            path="/v1/files"),
    refused("B2", "a truncated decision", 400, "not_json", raw(decision(reason=SAID))[:-9],
            path=RESOLUTION, service="resolution"),
    refused("B2", "a truncated report", 400, "unreadable", b'[{"phone_number": "138', path=REPORTS,
            service="notifier"),
    refused("B2", "a deep report", 400, "unreadable", b"[" * 100_000, path=REPORTS,
            service="notifier"),
    refused("B2", "10 MB of reports", 413, "too_large", b" " * 10 * MB, path=REPORTS,
            service="notifier"),
)  # fmt: skip
SCALARS = (
    invalid("B3", "a number for the body", PHONE.encode()),
    invalid("B3", "a text for the body", raw(SAID)),
    invalid("B3", "a list for the body", raw([SAID])),
    invalid("B3", "a text for the contact", complaint(contact=SAID)),
    invalid("B3", "an object for the text", complaint(text={"phone": PHONE})),
    invalid("B3", "a text for a list", complaint(attachments=PHONE)),
    invalid("B3", "a word for true", complaint(opened_goods="yes")),
    invalid("B3", "personal data for a field's name", complaint(**{NAME: 1, PHONE: 2})),
    invalid("B3", "an address for a field's name", complaint(contact={ADDRESS: ID_NUMBER})),
    _of_orders("B3", "a number for an event's data", 422, "invalid", cloud_event(7)),
    _of_orders("B3", "a text for the lines", 422, "invalid",
               cloud_event(placed(lines=SAID), "OrderPlaced")),
    refused("B3", "an event for a batch", 422, "wrong_batch", cloud_event(scanned()), path=EVENTS,
            media_type=BATCH),
    refused("B3", "an object for a burst", 422, "wrong_batch", complaint(),
            path="/v1/tickets/batch"),
    invalid("B3", "a list for a decision", b"[[]]", path=RESOLUTION, service="resolution"),
    invalid("B3", "a name for a decision's field", decision(**{NAME: PHONE}), path=RESOLUTION,
            service="resolution"),
    refused("B3", "an object for reports", 400, "unreadable", b'{"success": true}', path=REPORTS,
            service="notifier"),
    taken("B3", "reports that are no objects", b'[1, null, [], {"success": "x"}]', 200,
          path=REPORTS, service="notifier"),
)  # fmt: skip
CHARACTERS = (
    refused("B6", "invalid UTF-8", 400, "bad_encoding",
            swapped(complaint(text="#"), b"#", b"\xff")),
    refused("B6", "overlong UTF-8", 400, "bad_encoding",
            swapped(complaint(text="#"), b"#", b"\xc0\x80")),
    refused("B6", "a surrogate in UTF-8", 400, "bad_encoding",
            swapped(complaint(text="#"), b"#", b"\xed\xa0\x80")),
    refused("B6", "GB18030", 400, "bad_encoding",
            swapped(complaint(text="#"), b"#", SAID.encode("gb18030"))),
    refused("B6", "UTF-16", 400, "bad_encoding", raw(complaint()).decode().encode("utf-16")),
    refused("B6", "half a surrogate pair", 422, "lone_surrogate", complaint(text="a\ud800b")),
    refused("B6", "half a pair in a field's name", 422, "lone_surrogate",
            complaint(**{"\udfff": 1})),
    invalid("B6", "half a pair in a reason", decision(reason="\ud800"), path=RESOLUTION,
            service="resolution"),
    invalid("B6", "half a pair in a decision's field", decision(**{"\udfff": 1}), path=RESOLUTION,
            service="resolution"),
    invalid("B6", "NUL in a text", complaint(text="a\x00b")),
    invalid("B6", "right-to-left override in a name", complaint(contact={"name": "a\u202eb"})),
    invalid("B6", "zero width in an id", complaint(order_id="O\u200b1")),
    taken("B6", "right-to-left override in a text", complaint(text="左\u202e右")),
    taken("B6", "zero width in a text", complaint(text="a\u200b\u2060\ufeffb")),
    taken("B6", "emoji", complaint(text="👨\u200d👩\u200d👧🏽" * 50)),
    taken("B6", "the last characters there are", complaint(text="\U0010ffff\uffff\ufdd0")),
)  # fmt: skip
MARKUP = (
    invalid("B7", "a line break in a name", complaint(contact={"name": f"{NAME}\r\nX: y"})),
    invalid("B7", "ANSI in a name", complaint(contact={"name": f"\x1b[31m{NAME}"})),
    invalid("B7", "a line break in an id", complaint(external_id="a\r\nb")),
    taken("B7", "line breaks and ANSI in a text", complaint(text="a\r\nb\x1b[2J\x07")),
    taken("B7", "a formula for a name", complaint(contact={"name": "=HYPERLINK(1)"})),
    taken("B7", "formulas in a text", complaint(text="=1+1\t+cmd|' /C calc'!A0\t@SUM(1)")),
    taken("B8", "SQL in a text", complaint(text="'); DROP TABLE ticket; --")),
    invalid("B8", "SQL in an id", complaint(external_id="' OR 1=1 --")),
    refused("B8", "SQL in the path", 404, "unknown_ticket", message(),
            path="/v1/tickets/%27%20OR%201=1--/messages"),
    refused("B8", "NUL in the path", 404, "unknown_ticket", message(),
            path="/v1/tickets/%00%ff/messages"),
    refused("B8", "folders in the path", 404, "not_found", message(),
            path="/v1/tickets/..%2f..%2fetc/messages"),
    refused("B8", "SQL in a decision's path", 404, "unknown_ticket", decision(),
            path="/v1/tickets/%27;--/resolution", service="resolution"),
    taken("B8", "HTML in a text", complaint(text="<script>alert(1)</script><img src=x onerror=1>")),
    taken("B8", "templates in a text", complaint(text="{{ 7*7 }} ${7*7} {% raise %} %s %n {0}")),
)  # fmt: skip
TIMES = (
    invalid("B9", "year 0", complaint(opened_at="0000-01-01T00:00:00Z")),
    invalid("B9", "year 1", complaint(opened_at="0001-01-01T00:00:00+14:00")),
    invalid("B9", "year 9999", complaint(opened_at="9999-12-31T23:59:59Z")),
    invalid("B9", "a year of six digits", complaint(opened_at="+275760-09-13T00:00:00Z")),
    invalid("B9", "no zone", complaint(opened_at="2026-03-06T06:00:00")),
    invalid("B9", "an impossible zone", complaint(opened_at="2026-03-06T06:00:00+99:99")),
    invalid("B9", "a leap second", complaint(opened_at="2016-12-31T23:59:60Z")),
    invalid("B9", "February 30", complaint(opened_at="2026-02-30T00:00:00Z")),
    invalid("B9", "seconds since 1970", complaint(opened_at=1_772_366_400)),
    refused("B9", "the future", 422, "future_time", complaint(opened_at=iso(hours=3))),
    refused("B9", "long ago", 422, "too_old", complaint(opened_at=iso(days=-400))),
    refused("B9", "a message from the future", 422, "future_time", message(sent_at=iso(days=1)),
            path=MESSAGES),
    _of_orders("B9", "an order of year 9999", 422, "invalid",
               cloud_event(placed(placed_at="9999-12-31T00:00:00Z"), "OrderPlaced")),
    _of_orders("B9", "a scan from the future", 422, "future_time",
               cloud_event(scanned(scanned_at=iso(days=9)))),
    refused("B9", "a carrier's February 30", 422, "unmapped",
            {"notice_id": "1", "event": "scan", "scan_time": "2026-02-30 00:00:00"},
            path="/v1/events/carrier"),
)  # fmt: skip
MONEY = (
    _of_money("negative", refund_fen=-1),
    _of_money("a decimal", refund_fen=12.5),
    _of_money("three decimals", refund_fen=1.005),
    _of_money("an exponent", refund_fen=1e3),
    _of_money("text", refund_fen="100"),
    _of_money("true", refund_fen=True),
    _of_money("null", refund_fen=None),
    _of_money("more than there is", refund_fen=10**15),
    _of_money("another currency", refund_fen=100, currency="USD"),
    _of_money("a line's refund of nothing", refund_lines=[{"line_id": "1", "refund_fen": 0}]),
    _of_money("a line twice", refund_lines=[{"line_id": "1", "refund_fen": 1}] * 2),
    refused("B10", "money for an explanation", 422, "money_not_allowed", decision(refund_fen=1),
            path=RESOLUTION, service="resolution"),
    _of_orders("B10", "a negative price", 422, "invalid",
               cloud_event(placed(paid_fen=-800), "OrderPlaced")),
    _of_orders("B10", "shares that do not sum up", 422, "invalid",
               cloud_event(placed(paid_fen=801), "OrderPlaced")),
    refused("B10", "three decimals of yuan", 422, "unmapped",
            {"msg_id": 1, "msg_type": "refund_done", "order_id": 1, "refund_amount": "1.005"},
            path="/v1/events/shop_backend"),
    refused("B10", "an exponent of yuan", 422, "unmapped",
            {"msg_id": 2, "msg_type": "refund_done", "order_id": 1, "refund_amount": "1e3"},
            path="/v1/events/shop_backend"),
)  # fmt: skip
TEXTS = (*EMPTY, *NOT_JSON, *SCALARS, *CHARACTERS, *MARKUP, *TIMES, *MONEY)
