"""Bad requests, second half: headers, ids, files, signatures, addresses, order.

B4, B5 and B11 to B15."""

from __future__ import annotations

import gzip
from dataclasses import replace
from struct import pack
from typing import Any
from zlib import compress, crc32

from tests.bad_input.bodies import cloud_event, complaint, decision, iso, message, number, placed
from tests.bad_input.bodies import scanned as scan
from tests.bad_input.cases import BATCH, CLOUD_EVENT, FILE, JSON, TAKEN, Request, Row, Signing, raw
from tests.bad_input.http_texts import EVENTS, MESSAGES, RESOLUTION, invalid, refused, taken
from tests.bad_input.plants import PHONE, SAID

REPLIES = "/v1/tickets/{ticket}/replies"
WAITING = "/v1/tickets/{closed}/waiting"
NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature", "aftercare-shop")


def _unsigned(says: str, code: str, signing: Signing) -> Request:
    return replace(refused("B12", says, 401, code, complaint()), signing=signing)


def _instead(says: str, code: str, name: str, value: bytes) -> Request:
    return _unsigned(says, code, Signing(instead={name: value}))


def _of_type(says: str, media_type: str | None) -> Request:
    return refused("B4", says, 415, "wrong_media_type", complaint(), media_type=media_type)


def _event(row: Row, says: str, status: int, code: str, body: Any, **how: Any) -> Request:
    return refused(row, says, status, code, body, **({"path": EVENTS} | how))


def _again(first: Request, **changes: Any) -> Request:
    """The second of two requests with one webhook-id."""
    same = replace(first, message_id=number("msg"))
    return replace(same, first=same, **changes)


def _file(says: str, status: int, code: str, body: bytes) -> Request:
    return Request("B11", says, status, code, body, path="/v1/files", media_type=FILE)


def _picture(width: int, height: int) -> bytes:
    """A PNG of so many pixels, all black: a few bytes that would unfold to gigabytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return pack(">I", len(content)) + kind + content + pack(">I", crc32(kind + content))

    head = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", compress(bytes(100_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixels + chunk(b"IEND", b"")


HEADERS = (
    taken("B4", "header bytes that are no text", complaint(), headers=((b"x-odd", b"\xff\xfe"),)),
    taken("B4", "a traceparent that is no text", complaint(),
          headers=((b"traceparent", b"00-\xff\xfe"),)),
    taken("B4", "1,000 headers", complaint(),
          headers=tuple((b"x-%d" % n, b"y") for n in range(1000))),
    replace(taken("B4", "a shop that is no text", complaint()), status=401, code="unknown_shop",
            signing=Signing(instead={"aftercare-shop": b"\xff\xfe"})),
    _of_type("text", "text/plain"),
    _of_type("a form", "application/x-www-form-urlencoded"),
    _of_type("no content type", None),
    _of_type("an event's type for a complaint", CLOUD_EVENT),
    taken("B4", "a charset that is not so", complaint(), media_type=f"{JSON}; charset=gb18030"),
    refused("B4", "a packed body", 400, "bad_encoding", gzip.compress(raw(complaint())),
            headers=((b"content-encoding", b"gzip"),)),
    refused("B4", "a decision as text", 415, "wrong_media_type", decision(), path=RESOLUTION,
            service="resolution", media_type="text/html"),
)  # fmt: skip
IDS = (
    _event("B5", "an unknown type", 422, "unknown_type", cloud_event(scan(), "OrderEaten"),
           media_type=CLOUD_EVENT),
    _event("B5", "a type that is not the sender's", 422, "unknown_type",
           cloud_event({}, type="aftercare.tickets.TicketOpened"), media_type=CLOUD_EVENT),
    _event("B5", "a person for a type", 422, "unknown_type", cloud_event(scan(), type=SAID),
           media_type=CLOUD_EVENT),
    _event("B5", "another version of CloudEvents", 422, "invalid",
           cloud_event(scan(), specversion="0.3"), media_type=CLOUD_EVENT),
    _event("B5", "no id", 422, "invalid", cloud_event(scan(), id=...), media_type=CLOUD_EVENT),
    _event("B5", "a source that nobody set up", 404, "unknown_source", {}, path="/v1/events/erp9"),
    _event("B5", "a word that nobody set up", 422, "unmapped", {"notice_id": "1", "event": "eaten"},
           path="/v1/events/carrier"),
    _event("B5", "more events than are taken", 422, "wrong_batch", [0] * 501, media_type=BATCH),
    refused("B5", "a complaint's id with another text", 409, "id_reused",
            complaint(external_id="twice", text="b"),
            first=taken("B5", "", complaint(external_id="twice", text="a"))),
    _again(taken("B5", "a request's id with another body", complaint()), status=409,
           code="id_reused", body=raw(complaint())),
    refused("B5", "an event's id with other data", 409, "id_reused",
            cloud_event(scan(order_id="O-5", state="signed"), id="twice"), path=EVENTS,
            media_type=CLOUD_EVENT,
            first=taken("B5", "", cloud_event(scan(order_id="O-5"), id="twice"), 200, path=EVENTS,
                        media_type=CLOUD_EVENT)),
    invalid("B5", "a channel that there is not", complaint(channel="fax")),
    invalid("B5", "a misspelt field", complaint(oder_id="O-1")),
    refused("B5", "no such place", 404, "not_found", complaint(), path="/v2/tickets"),
)  # fmt: skip
FILES = (
    _file("a packed folder, a bomb or not", 415, "wrong_file_type", b"PK\x03\x04" + bytes(5000)),
    _file("HTML", 415, "wrong_file_type", b"<html><script>alert(1)</script>"),
    _file("SVG", 415, "wrong_file_type", b"<svg onload='alert(1)'/>"),
    _file("a program", 415, "wrong_file_type", b"\x7fELF" + bytes(200)),
    _file("a link", 415, "wrong_file_type", b"/etc/passwd"),
    _file("a PDF that is a packed folder too", 201, TAKEN, b"%PDF-1.7\nPK\x05\x06" + bytes(18)),
    _file("a picture of 3,600,000,000 pixels", 201, TAKEN, _picture(60_000, 60_000)),
    _file("a picture that breaks off", 201, TAKEN, b"\xff\xd8\xff\xe0\x00\x10JFIF"),
    invalid("B11", "a path for a file", complaint(attachments=["../../etc/passwd"])),
    refused("B11", "a file never uploaded", 422, "unknown_file", complaint(attachments=["a" * 64])),
)  # fmt: skip
SIGNATURES = (
    *(_unsigned(f"no {name}", "missing_header", Signing(without=name)) for name in NAMES),
    *(_unsigned(f"{name} twice", "doubled_header", Signing(twice=name)) for name in NAMES),
    _instead("a signature of another kind", "wrong_signature", "webhook-signature", b"v2,eHl6"),
    _instead("no base64", "wrong_signature", "webhook-signature", b"v1,\xff\xff"),
    _instead("an empty signature", "wrong_signature", "webhook-signature", b""),
    _instead("a time in words", "bad_timestamp", "webhook-timestamp", b"soon"),
    _instead("a time of another script", "bad_timestamp", "webhook-timestamp", b"\xb2\xb3\xb9"),
    _instead("an endless time", "bad_timestamp", "webhook-timestamp", b"9" * 5000),
    _instead("an id that is no text", "bad_id", "webhook-id", b"\xff\xfe"),
    _instead("an endless id", "bad_id", "webhook-id", b"x" * 129),
    _instead("another id than signed", "wrong_signature", "webhook-id", b"msg-other"),
    _instead("a shop that nobody set up", "unknown_shop", "aftercare-shop", b"nobody"),
    _unsigned("stale", "stale_timestamp", Signing(late_s=301)),
    _unsigned("from the future", "future_timestamp", Signing(late_s=-301)),
    _unsigned("another secret", "wrong_signature", Signing(secret=b"x" * 32)),
    _unsigned("the signature of another body", "wrong_signature", Signing(body=b"{}")),
    _again(taken("B12", "the same request again", complaint()), status=200),
    replace(refused("B12", "a decision without signature", 401, "missing_header", decision(),
                    path=RESOLUTION, service="resolution"),
            signing=Signing(without="webhook-signature")),
    replace(refused("B12", "a file without signature", 401, "missing_header", b"%PDF-1.7",
                    path="/v1/files"), signing=Signing(without="webhook-signature")),
    refused("B12", "a report to another secret", 404, "not_found", b"[]",
            path="/v1/reports/aliyun/guessed", service="notifier"),
)  # fmt: skip
HIDDEN_HOSTS = (
    "127.0.0.1", "2130706433", "0177.0.0.1", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "localhost.",
    "somebody@127.0.0.1",
)  # fmt: skip
"""Spellings of this machine's own address."""
ADDRESSES = tuple(
    taken("B13", f"{host} in a source, a schema and a text",
          cloud_event(scan(), source=f"http://{host}:{{port}}/", id=number("n"),
                      dataschema=f"http://{host}:{{port}}/schema",
                      dataref=f"file://{host}/etc/passwd"),
          200, path=EVENTS, media_type=CLOUD_EVENT)
    for host in HIDDEN_HOSTS
)  # fmt: skip
LATE = (
    taken("B14", "shipped before it was placed",
          cloud_event({"order_id": number("O"), "parcel_id": "P", "carrier": "sf", "weight_g": 1,
                       "shipped_at": iso(days=-1)}, "OrderShipped"), 200, path=EVENTS,
          media_type=CLOUD_EVENT),
    refused("B14", "a wait after the end", 409, "ticket_closed",
            {"cause": "customer", "agent_id": "a"}, path=WAITING),
    refused("B14", "a second end", 409, "already_resolved", decision(),
            path="/v1/tickets/{closed}/resolution", service="resolution"),
    refused("B14", "a message's id with another text", 409, "id_reused",
            message(message_id="m-1", text="b"), path=MESSAGES,
            first=taken("B14", "", message(message_id="m-1", text="a"), 200, path=MESSAGES)),
    taken("B14", "a reply to a closed ticket",
          {"message_id": "r-1", "agent_id": "a", "human": True, "text": "t"}, 200,
          path="/v1/tickets/{closed}/replies"),
    invalid("B14", "a reply that nobody wrote",
            {"message_id": "r-2", "agent_id": "", "human": True, "text": "t"}, path=REPLIES),
)  # fmt: skip
OTHERS_KEYS = (
    _event("B15", "the subject of another order", 422, "wrong_subject",
           cloud_event(scan(), subject=PHONE), media_type=CLOUD_EVENT),
    _event("B15", "another shop", 422, "wrong_shop", cloud_event(scan(), shopid="shop-z"),
           media_type=CLOUD_EVENT),
    _event("B15", "an id that is not the signed one", 422, "unsigned_id", scan(), media_type=JSON,
           headers=((b"ce-specversion", b"1.0"), (b"ce-id", b"other"), (b"ce-source", b"oms"),
                    (b"ce-type", b"aftercare.orders.ParcelScanned"))),
    _event("B15", "a signed header twice", 400, "doubled_header", scan(), media_type=JSON,
           headers=((b"ce-specversion", b"1.0"), (b"ce-id", b"a"), (b"ce-id", b"b"))),
    refused("B15", "a ticket that there is not", 404, "unknown_ticket", message(),
            path="/v1/tickets/00000000-0000-5000-8000-000000000000/messages"),
    refused("B15", "a decision on no ticket", 404, "unknown_ticket", decision(),
            path="/v1/tickets/00000000-0000-5000-8000-000000000000/resolution",
            service="resolution"),
    invalid("B15", "a line without its order", complaint(line_id="L1")),
    refused("B15", "an order sealed for somebody else", 422, "wrong_person",
            cloud_event(placed(contact={"phone": {"key": "somebody", "box": "AAAA"}}),
                        "OrderPlaced"), path=EVENTS, media_type=CLOUD_EVENT),
)  # fmt: skip
SENDERS = (*HEADERS, *IDS, *FILES, *SIGNATURES, *ADDRESSES, *LATE, *OTHERS_KEYS)
