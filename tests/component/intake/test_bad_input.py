"""Whatever comes in gets a readable 4xx problem document, and nothing is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runtime.clock import unix_s
from tests.component.intake.world import World, complaint, iso


def with_text(text: str) -> bytes:
    return json.dumps(complaint(text=text)).encode()


RAW: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", 400, "empty"),
    "blank": (b"  ", 400, "empty"),
    "not JSON": (b"{", 400, "not_json"),
    "truncated": (with_text("x")[:-3], 400, "not_json"),
    "NaN": (b'{"a": NaN}', 400, "bad_number"),
    "a key twice": (b'{"a": 1, "a": 2}', 400, "duplicate_key"),
    "deep": (b"[" * 10_000, 400, "too_deep"),
    "huge integer": (b'{"a": ' + b"9" * 5000 + b"}", 400, "bad_number"),
    "invalid UTF-8": (b'{"a": "\xff"}', 400, "bad_encoding"),
    "GB18030": ('{"a": "灯"}'.encode("gb18030"), 400, "bad_encoding"),
    "2 MB": (b" " * 2_000_000, 413, "too_large"),
    "a scalar": (b"7", 422, "invalid"),
    "null": (b"null", 422, "invalid"),
    "a list": (b"[]", 422, "invalid"),
    "an empty object": (b"{}", 422, "invalid"),
    "NUL": (with_text("a\x00b"), 422, "invalid"),
    "lone surrogate": (b'{"text": "\\ud800"}', 422, "lone_surrogate"),
    "long text": (with_text("x" * 20_001), 422, "invalid"),
}
FIELDS: dict[str, dict[str, Any]] = {
    "no origin": {"origin": None},
    "spaces in an id": {"external_id": "a b"},
    "an id too long": {"external_id": "x" * 129},
    "an id of another script": {"external_id": "灯"},
    "an unknown channel": {"channel": "ebay"},
    "a misspelt field": {"oder_id": "O-1"},
    "a line without order": {"line_id": "L1"},
    "a time without zone": {"opened_at": "2026-01-01T00:00:00"},
    "a time as number": {"opened_at": 1767225600},
    "year 9999": {"opened_at": "9999-12-31T23:59:59Z"},
    "year 0": {"opened_at": "0000-01-01T00:00:00Z"},
    "a leap second": {"opened_at": "2016-12-31T23:59:60Z"},
    "a word for true": {"opened_goods": "yes"},
    "an attachment that is no hash": {"attachments": ["../../etc/passwd"]},
    "an attachment never uploaded": {"attachments": ["a" * 64]},
    "a name with a control character": {"contact": {"name": "a\x1b[31m"}},
    "a name that turns the direction": {"contact": {"name": "a\u202eb"}},
    "no text": {"text": None},
    "text that is a number": {"text": 5},
}


async def nothing_happened(world: World) -> bool:
    return await world.published() == [] and not await world.rows(
        "SELECT 1 FROM ticket WHERE shop_id = $1", world.shop
    )


@pytest.mark.parametrize("name", RAW)
async def test_bodies(world: World, name: str) -> None:
    body, status, code = RAW[name]
    response = await world.request("POST", "/v1/tickets", body)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert await nothing_happened(world)


@pytest.mark.parametrize("name", FIELDS)
async def test_fields(world: World, name: str) -> None:
    status, answer = await world.post("/v1/tickets", complaint(**FIELDS[name]))
    assert status == 422, answer
    assert answer["detail"]
    assert await nothing_happened(world)


async def test_times_far_ahead_or_far_back(world: World) -> None:
    for at, code in ((iso(minutes=6), "future_time"), (iso(days=-400), "too_old")):
        status, answer = await world.open(opened_at=at)
        assert (status, answer["code"]) == (422, code)
    await world.opened(opened_at=iso(minutes=4))
    told = (await world.published())[0]["data"]
    assert told["opened_at"] == told["received_at"]


async def test_signatures(world: World) -> None:
    body = json.dumps(complaint()).encode()
    late = {"at_s": unix_s() - 301}
    early = {"at_s": unix_s() + 301}
    for how, code in (
        ({"secret": b"x" * 32}, "wrong_signature"),
        (late, "stale_timestamp"),
        (early, "future_timestamp"),
        ({"headers": {"webhook-timestamp": "soon"}}, "bad_timestamp"),
        ({"headers": {"webhook-signature": "v2,xyz"}}, "wrong_signature"),
        ({"headers": {"webhook-id": "other"}}, "wrong_signature"),
        ({"shop": "nobody", "secret": b"x" * 32}, "unknown_shop"),
        ({"headers": {"aftercare-shop": ""}}, "missing_header"),
        ({"headers": {"aftercare-shop": world.other_shop}}, "wrong_signature"),
    ):
        response = await world.request("POST", "/v1/tickets", body, **how)
        assert (response.status_code, response.json()["code"]) == (401, code)
    response = await world.client.post("/v1/tickets", content=body)
    assert response.status_code == 401
    assert await nothing_happened(world)


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/x-www-form-urlencoded"])
async def test_content_types(world: World, media_type: str) -> None:
    status, answer = await world.post("/v1/tickets", complaint(), media_type=media_type)
    assert (status, answer["code"]) == (415, "wrong_media_type")


async def test_no_such_place(world: World) -> None:
    for method, path, status in (
        ("GET", "/v2/tickets", 404),
        ("DELETE", "/v1/tickets", 405),
        ("GET", "/v1/tickets/a/b/c", 404),
    ):
        response = await world.request(method, path)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"


async def test_odd_but_harmless_texts_are_kept_as_they_are(world: World) -> None:
    texts = [
        "'; DROP TABLE ticket; --", "{{ 7 * 7 }} <script>", "=HYPERLINK(1)", "a\r\nb\x1b[0m",
        "left \u202e right\u200b", "😀" * 100, "%s %n \\u0000", "𠮷野家",
    ]  # fmt: skip
    for number, text in enumerate(texts):
        await world.opened(f"c-{number}", text=text)
    assert [event["data"]["text"] for event in await world.published()] == texts


async def test_the_longest_text_of_the_widest_characters(world: World) -> None:
    await world.opened(text="😀" * 19_000 + " 13812345678")
    (event,) = await world.published()
    assert len(event["data"]["text"]) == 19_012
