"""Delivery reports that the provider pushes to us."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.aliyun_reports import (
    DeliveryReport,
    UnreadableReportError,
    read_reports,
)
from services.notifier.channels.outcome import Delivered, Failed

ROW = {
    "phone_number": "13800000000",
    "send_time": "2026-01-04 17:00:00",
    "report_time": "2026-01-04 17:00:05",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "用户接收成功",
    "sms_size": "2",
    "biz_id": "900619746936498440^0",
    "out_id": "n-1",
}


def body(*rows: object) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


def test_a_delivery() -> None:
    assert read_reports(body(ROW)).reports == (
        DeliveryReport(
            out_id="n-1",
            provider_message_id="900619746936498440^0",
            phone="13800000000",
            receipt=Delivered(datetime(2026, 1, 4, 9, 0, 5, tzinfo=UTC)),
            sent_at=datetime(2026, 1, 4, 9, 0, tzinfo=UTC),
            parts=2,
        ),
    )


def test_a_failure_carries_the_carriers_code() -> None:
    [report] = read_reports(body(ROW | {"success": False, "err_code": "MOBILE_OFF"})).reports
    assert report.receipt == Failed("MOBILE_OFF", datetime(2026, 1, 4, 9, 0, 5, tzinfo=UTC))


def test_a_bad_report_does_not_cost_its_neighbours() -> None:
    batch = read_reports(body(ROW, 7, {"success": True}, ROW | {"success": "yes"}, ROW))
    assert len(batch.reports) == 2
    assert batch.unreadable == (
        "not an object",
        "neither out_id nor biz_id",
        "success is not a boolean",
    )


def test_the_phone_number_is_not_printed() -> None:
    assert "13800000000" not in repr(read_reports(body(ROW)))


@pytest.mark.parametrize(
    "bad",
    [b"", b"null", b"{}", b"[", b"\xff", b"[" * 100_000, b"[1" + b",1" * 1000 + b"]", b"7" * 5000],
)
def test_a_body_that_is_no_list_of_reports(bad: bytes) -> None:
    with pytest.raises(UnreadableReportError):
        read_reports(bad)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(ROW)), inner),
    max_leaves=20,
)


@given(st.lists(JSON, max_size=5))
def test_any_list_is_read_to_the_last_row(rows: list[object]) -> None:
    batch = read_reports(json.dumps(rows).encode())
    assert len(batch.reports) + len(batch.unreadable) == len(rows)
