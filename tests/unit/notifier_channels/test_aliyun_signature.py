"""Signature V3 against the vendor's own implementation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import pytest
from alibabacloud_openapi_util.client import Client as Vendor
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.aliyun_signature import AccessKey, form_of, signed_request
from services.notifier.channels.wire import HttpRequest

NOW = datetime(2026, 1, 4, 9, 15, 30, tzinfo=UTC)
KEY = AccessKey(key_id="key-id", secret="key-secret")
NAMES = st.text("ABCXYZabcxyz0189._-", min_size=1, max_size=12)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def signed(params: dict[str, str], now: datetime = NOW, form: bytes = b"") -> HttpRequest:
    return signed_request(
        action="SendSms",
        version="2017-05-25",
        params=params,
        base_url="http://127.0.0.1:9999",
        key=KEY,
        now=now,
        nonce="nonce-1",
        form=form,
    )


def vendors(request: HttpRequest, params: dict[str, str]) -> str:
    own = {"Authorization", "Accept"}
    unsigned = SimpleNamespace(
        method=request.method,
        pathname="/",
        query=params,
        headers={name: each for name, each in request.headers.items() if name not in own},
    )
    body_hash = Vendor.hex_encode(Vendor.hash(request.body, "ACS3-HMAC-SHA256"))
    return str(
        Vendor.get_authorization(unsigned, "ACS3-HMAC-SHA256", body_hash, KEY.key_id, KEY.secret)
    )


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_the_vendor_signs_the_same_way(params: dict[str, str]) -> None:
    request = signed(params)
    assert request.headers["Authorization"] == vendors(request, params)


@given(
    st.dictionaries(NAMES, VALUES, max_size=3),
    st.dictionaries(NAMES, VALUES, min_size=1, max_size=6),
)
def test_the_vendor_signs_a_form_the_same_way(params: dict[str, str], form: dict[str, str]) -> None:
    request = signed(params, form=form_of(form))
    assert request.headers["Authorization"] == vendors(request, params)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(request.body.decode(), keep_blank_values=True)) == form


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_the_address_carries_what_was_signed(params: dict[str, str]) -> None:
    query = urlsplit(signed(params).url).query
    assert dict(parse_qsl(query, keep_blank_values=True)) == params


@pytest.mark.parametrize(
    ("params", "now"),
    [
        ({"PhoneNumbers": "13800000001"}, NOW),
        ({"PhoneNumbers": "13800000000"}, NOW + timedelta(seconds=1)),
    ],
)
def test_a_change_changes_the_signature(params: dict[str, str], now: datetime) -> None:
    before = signed({"PhoneNumbers": "13800000000"})
    assert signed(params, now).headers["Authorization"] != before.headers["Authorization"]


def test_the_time_is_written_in_utc() -> None:
    in_china = NOW.astimezone(timezone(timedelta(hours=8)))
    assert signed({}, in_china).headers["x-acs-date"] == "2026-01-04T09:15:30Z"


def test_the_secret_shows_nowhere() -> None:
    request = signed({"a": "b"})
    assert KEY.secret not in repr(KEY) + repr(request) + str(dict(request.headers)) + request.url
