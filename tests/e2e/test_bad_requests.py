"""Bad input over HTTP ends in a readable problem document, never in a 5xx or a lost request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runtime.clock import unix_s
from tests.support.shop import Shop

GOOD = {"origin": "inbox", "external_id": "B-1", "channel": "douyin", "text": "坏了"}


async def refused(shop: Shop, status: int, code: str, **request: Any) -> None:
    body = request.pop("body", GOOD)
    answer = await shop.post(request.pop("path", "/v1/tickets"), body, **request)
    assert (answer.status, answer.body.get("code")) == (status, code), answer
    assert answer.body["status"] == status
    assert answer.body["detail"]
    assert "Traceback" not in json.dumps(answer.body)


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "empty"),
        (b"{", 400, "not_json"),
        (b'{"origin": NaN}', 400, "bad_number"),
        (b'{"text": "a", "text": "b"}', 400, "duplicate_key"),
        (b"[" * 10_000, 400, "too_deep"),
        (b"\xff\xfe\x00", 400, "bad_encoding"),
        (b'"just a string"', 422, "invalid"),
        (b" " * 2_000_000, 413, "too_large"),
    ],
    ids=["empty", "torn", "nan", "twice", "deep", "bytes", "scalar", "2MB"],
)
async def test_bodies(shop: Shop, raw: bytes, status: int, code: str) -> None:
    await refused(shop, status, code, raw=raw)


async def test_signatures(shop: Shop) -> None:
    await refused(shop, 401, "wrong_signature", webhook_signature="v1,bm90IHJpZ2h0")
    await refused(shop, 401, "stale_timestamp", webhook_timestamp=str(unix_s() - 301))
    await refused(shop, 401, "future_timestamp", webhook_timestamp=str(unix_s() + 301))
    await refused(shop, 401, "bad_timestamp", webhook_timestamp="yesterday")
    await refused(shop, 401, "unknown_shop", aftercare_shop="nobody")


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "fax"},
        {"text": "a\x00b"},
        {"text": "x" * 20_001},
        {"text": ""},
        {"external_id": ""},
        {"external_id": "a b\r\nc"},
        {"opened_at": "2026-03-06T06:00:00"},
        {"opened_at": "9999-12-31T00:00:00Z"},
        {"opened_at": 1_770_000_000},
        {"surprise": 1},
    ],
    ids=lambda change: str(change)[:40],
)
async def test_fields(shop: Shop, change: dict[str, Any]) -> None:
    await refused(shop, 422, "invalid", body={**GOOD, **change})


@pytest.mark.parametrize("money", [12.5, -1, 1e3, "100", True, 10**15])
async def test_money_is_whole_fen(shop: Shop, money: Any) -> None:
    ticket = await shop.complain("少发了一件")
    body = {"outcome": "refund", "agent_id": "agent-1", "refund_fen": money, "reason": "少发"}
    answer = await shop.post(f"/v1/tickets/{ticket}/resolution", body, service="resolution")
    assert 400 <= answer.status < 500, answer
    assert answer.body["detail"]


async def test_unknown_places(shop: Shop) -> None:
    await refused(shop, 404, "not_found", path="/v1/nothing")
    missing = "/v1/tickets/00000000-0000-5000-8000-000000000000/messages"
    answer = await shop.post(missing, {"message_id": "m", "text": "hello"})
    assert answer.status == 404
    assert answer.body["detail"]
