"""The corpus over HTTP: every request ends as its case says, is explained and counted."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.bad_input.cases import TAKEN, Request
from tests.bad_input.corpus import ABSENT, CASES, REQUESTS, ROWS
from tests.bad_input.outsider import Outsider
from tests.bad_input.plants import found_in

HEAD = b"POST /v1/tickets HTTP/1.1\r\nhost: x\r\n"
TRAILERS = HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
PIECE = b"x-long: " + b"y" * 8_000 + b"\r\n"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visitor(stranger: Outsider) -> Outsider:
    """When nothing is left of what came before: only the request itself may store anything."""
    await stranger.at_rest()
    return stranger


def test_every_row_has_cases() -> None:
    rows = {case.row for case in CASES}
    assert rows == set(ROWS)
    names = [str(case) for case in REQUESTS]
    assert len(names) == len(set(names))
    assert all(case.because for case in ABSENT)


@pytest.mark.parametrize("case", REQUESTS, ids=str)
async def test_a_bad_request(visitor: Outsider, case: Request) -> None:
    if case.first is not None:
        assert (await visitor.send(case.first)).status_code in (200, 201)
    stored, before = await visitor.stored(), await visitor.metrics(case.service)
    answer = await visitor.send(case)
    assert answer.status_code == case.status, answer.text
    after = await visitor.metrics(case.service)
    moved = [key for key in after if after[key] > before.get(key, 0.0)]
    told = f'status="{case.status}"'
    assert any(key.startswith("aftercare_requests_total") and told in key for key in moved), moved
    assert found_in([answer.text]) == []
    if case.code != TAKEN or case.first is not None:
        assert await visitor.stored() == stored
    if case.code != TAKEN:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["status"], problem["code"]) == (case.status, case.code)
        assert problem["detail"]


@pytest.mark.parametrize("begin", [HEAD, TRAILERS], ids=["headers", "trailers"])
async def test_a_head_without_end(stranger: Outsider, begin: bytes) -> None:
    """B4: whoever sends headers for ever is cut off, and nobody else feels it."""
    port = urlsplit(stranger.stack.api_url("intake")).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = 0
    try:
        with suppress(ConnectionError):  # it may be cut off before the answer can be read
            writer.write(begin)
            while sent < 10_000_000 and not reader.at_eof():
                writer.write(PIECE)
                await writer.drain()
                sent += len(PIECE)
                await asyncio.sleep(0)
            answer = await reader.read(4_000)
            assert answer.startswith(b"HTTP/1.1 400"), answer
    finally:
        writer.close()
    assert sent < 5_000_000
