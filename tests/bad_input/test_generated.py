"""Bad input that nobody thought of: good bodies and records, spoiled at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.registry import BY_TYPE
from tests.bad_input.bodies import (
    cloud_event,
    complaint,
    decision,
    event,
    message,
    number,
    placed,
    scanned,
)
from tests.bad_input.cases import Record, Request
from tests.bad_input.mutations import (
    FEW,
    MANY,
    header_lists,
    media_types,
    record_headers,
    spoiled,
)
from tests.bad_input.outsider import Outsider, put
from tests.bad_input.plants import found_in
from tests.bad_input.test_kafka import readers

OURS = 500


def report() -> dict[str, Any]:
    """One delivery report as a provider pushes it."""
    return {
        "phone_number": "13800000000", "send_time": "2026-03-01 00:00:00", "err_code": "DELIVERED",
        "report_time": "2026-03-01 00:00:00", "success": True, "sms_size": "1",
        "biz_id": number("b"), "out_id": number("o"),
    }  # fmt: skip


def carrier() -> dict[str, Any]:
    """A carrier's own form."""
    return {
        "notice_id": number("c"), "event": "scan", "order_no": number("O"), "waybill_no": "P",
        "carrier": "sf", "status": "signed", "scan_time": "2026-03-01 00:00:00", "station": "s",
    }  # fmt: skip


def shop_backend() -> dict[str, Any]:
    """A shop's own form."""
    item = {"id": 1, "sku_code": "s", "name": "t", "num": 1, "list_amount": "1", "pay_amount": "1"}
    order = {
        "id": 7, "buyer_id": "b", "pay_time": 1_772_366_400, "pay_amount": "1.00", "items": [item],
        "receiver": {"name": "n", "mobile": "13800000000", "address": "a", "province": "p"},
    }  # fmt: skip
    return {"msg_id": number("s"), "msg_type": "order_paid", "order": order}


PLACES: dict[str, tuple[str, str, Callable[[], Any]]] = {
    "complaint": ("intake", "/v1/tickets", complaint),
    "burst": ("intake", "/v1/tickets/batch", lambda: [complaint(), complaint()]),
    "message": ("intake", "/v1/tickets/{victim}/messages", message),
    "cloud event": ("intake", "/v1/events/oms", lambda: cloud_event(scanned())),
    "order": ("intake", "/v1/events/oms", lambda: cloud_event(placed(), "OrderPlaced")),
    "carrier": ("intake", "/v1/events/carrier", carrier),
    "shop": ("intake", "/v1/events/shop_backend", shop_backend),
    "file": ("intake", "/v1/files", dict),
    "decision": ("resolution", "/v1/tickets/{victim}/resolution", decision),
    "report": ("notifier", "/v1/reports/aliyun/{report}", lambda: [report()]),
}
EVENTS = (
    lambda: event(scanned()),
    lambda: event(placed(), "orders.OrderPlaced"),
)


async def answered(stranger: Outsider, place: str, *, body: bytes, **how: Any) -> None:
    """Whatever it is: an answer that explains itself and betrays nobody."""
    service, path, _ = PLACES[place]
    answer = await stranger.send(Request("B2", place, 0, "", body, path, service, **how))
    assert answer.status_code < OURS, answer.text
    assert found_in([answer.text]) == []
    if answer.status_code >= 400:
        assert answer.json()["code"]
        assert answer.json()["detail"]


def request_to(data: st.DataObject, place: str) -> dict[str, Any]:
    """A spoiled request."""
    return {
        "body": data.draw(spoiled([PLACES[place][2]])),
        "headers": tuple(data.draw(header_lists)),
        "media_type": data.draw(media_types),
    }


@pytest.mark.parametrize("place", PLACES)
@FEW
@given(data=st.data())
async def test_any_request_is_answered(stranger: Outsider, place: str, data: st.DataObject) -> None:
    await answered(stranger, place, **request_to(data, place))


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("place", PLACES)
@MANY
@given(data=st.data())
async def test_any_of_many_requests_is_answered(
    stranger: Outsider, place: str, data: st.DataObject
) -> None:
    await answered(stranger, place, **request_to(data, place))


records = st.lists(
    st.builds(
        lambda value, headers, key: Record("B2", "spoiled", "", value, "orders", key, headers),
        spoiled(EVENTS),
        record_headers.map(tuple),
        st.sampled_from((None, None, None, b"K", b"\xff", b"")),
    ),
    min_size=40,
    max_size=60,
)


@settings(FEW, max_examples=1)
@given(sent=records)
async def test_any_record_is_accounted_for(stranger: Outsider, sent: list[Record]) -> None:
    await accounted(stranger, sent)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@settings(MANY, max_examples=100)
@given(sent=records)
async def test_any_of_many_records_is_accounted_for(stranger: Outsider, sent: list[Record]) -> None:
    await accounted(stranger, sent)


async def accounted(stranger: Outsider, sent: list[Record]) -> None:
    """Each desk applied it, met it before, gave it up or, by its type header, passed it over."""
    places = await put(stranger, sent, {})
    await stranger.at_rest()
    letters, applied = await stranger.letters(), await stranger.applied()
    for record, place in zip(sent, places, strict=True):
        told = type_header(record)
        for desk in readers("orders"):
            buried, taken = desk in letters.get(place, {}), (desk, place) in applied
            assert not (buried and taken)
            if not (buried or taken):
                assert told in BY_TYPE, (desk, record)


def type_header(record: Record) -> str:
    """What the first type header says."""
    return next((v.decode("latin-1") for n, v in record.headers if n == "ce_type"), "")
