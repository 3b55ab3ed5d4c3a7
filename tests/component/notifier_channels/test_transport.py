"""What can go wrong on the line, and what it says about the message."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.notifier.channels.outcome import Rejected, Unknown
from services.notifier.channels.transport import Transport
from services.notifier.channels.wire import Answer, HttpRequest

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Listen = Callable[[Talk], Awaitable[str]]
OK = b'{"errcode": 0}'


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Serves a raw conversation on a free port; its URL."""
    servers: list[asyncio.Server] = []

    async def start(talk: Talk) -> str:
        async def whole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await talk(reader, writer)
            finally:
                writer.close()

        server = await asyncio.start_server(whole, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x?key=hidden"

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


def saying(*parts: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()

    return talk


def head(status: str, length: int, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {length}", *headers, "", ""]
    return "\r\n".join(lines).encode()


def post(url: str) -> HttpRequest:
    return HttpRequest(url=url, headers={"Content-Type": "application/json"}, body=b"{}")


async def test_an_answer(listen: Listen, transport: Transport) -> None:
    url = await listen(saying(head("200 OK", len(OK)), OK))
    assert await transport.exchange(post(url)) == Answer(200, {"errcode": 0})


async def test_nobody_there_is_not_accepted(listen: Listen, transport: Transport) -> None:
    url = await listen(saying())
    port = int(url.split(":")[2].split("/")[0])
    free = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    free_port = free.sockets[0].getsockname()[1]
    free.close()
    await free.wait_closed()
    verdict = await transport.exchange(post(url.replace(str(port), str(free_port))))
    assert isinstance(verdict, Rejected)
    assert (verdict.code, verdict.retryable, verdict.of_provider) == (
        "local.not_connected",
        True,
        True,
    )


async def test_no_free_connection_is_not_accepted(listen: Listen) -> None:
    entered, ended = asyncio.Event(), asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        entered.set()
        await ended.wait()

    url = await listen(silent)
    async with Transport(connect_timeout_s=0.5, total_timeout_s=20, connections=1) as narrow:
        first = asyncio.create_task(narrow.exchange(post(url)))
        await entered.wait()
        second = await narrow.exchange(post(url))
        assert isinstance(second, Rejected)
        assert second.code == "local.not_connected"
        ended.set()
        assert isinstance(await first, Unknown)


@pytest.mark.parametrize(
    "talk",
    [
        saying(),
        saying(b"HTTP/1.1 200 OK\r\nContent-Le"),
        saying(b"220 mail ready\r\n\r\n"),
        saying(head("200 OK", 100), OK),
        saying(head("200 OK", 4), b"oops"),
        saying(head("200 OK", 0)),
        saying(head("200 OK", 2), b"[]"),
        saying(head("200 OK", 200_000), b"{" + b" " * 199_999),
        saying(head("200 OK", 60_000), b'{"a":' * 12_000),
        saying(head("200 OK", 3, "Content-Encoding: gzip"), b"bad"),
        saying(head("204 No Content", 0)),
        saying(head("500 Oops", len(OK)), OK),
        saying(head("503 Later", 0, "Retry-After: 5")),
    ],
)
async def test_no_verdict_after_writing_is_unknown(
    listen: Listen, transport: Transport, talk: Talk
) -> None:
    verdict = await transport.exchange(post(await listen(talk)))
    assert isinstance(verdict, Unknown)
    assert "hidden" not in verdict.reason


async def test_silence_is_unknown(listen: Listen, hasty: Transport) -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    assert isinstance(await hasty.exchange(post(await listen(silent))), Unknown)


async def test_a_bomb_is_not_unpacked(listen: Listen, transport: Transport) -> None:
    bomb = gzip.compress(b" " * 50_000_000 + OK)
    talk = saying(head("200 OK", len(bomb), "Content-Encoding: gzip"), bomb)
    assert isinstance(await transport.exchange(post(await listen(talk))), Unknown)


async def test_a_redirect_is_not_followed(listen: Listen, transport: Transport) -> None:
    other = await listen(saying(head("200 OK", len(OK)), OK))
    url = await listen(saying(head("307 There", 0, f"Location: {other}")))
    verdict = await transport.exchange(post(url))
    assert isinstance(verdict, Rejected)
    assert (verdict.code, verdict.retryable) == ("http_307", False)


@pytest.mark.parametrize(
    ("talk", "code", "retry_after_s"),
    [
        (saying(head("429 Slow", 0, "Retry-After: 7")), "http_429", 7.0),
        (saying(head("429 Slow", 0, "Retry-After: never")), "http_429", None),
        (saying(head("429 Slow", 0, "Retry-After: -1")), "http_429", None),
        (saying(head("429 Slow", 0, "Retry-After: 1e30")), "http_429", 86_400.0),
        (saying(head("404 No", 4), b"oops"), "http_404", None),
        (saying(head("400 No", 100), b"{"), "http_400", None),
    ],
)
async def test_a_4xx_is_a_refusal_whatever_its_body(
    listen: Listen, transport: Transport, talk: Talk, code: str, retry_after_s: float | None
) -> None:
    verdict = await transport.exchange(post(await listen(talk)))
    assert isinstance(verdict, Rejected)
    assert (verdict.code, verdict.retry_after_s) == (code, retry_after_s)


async def test_a_4xx_with_json_is_the_channels_to_judge(
    listen: Listen, transport: Transport
) -> None:
    body = b'{"Code": "Throttling"}'
    url = await listen(saying(head("400 No", len(body), "Retry-After: 2"), body))
    assert await transport.exchange(post(url)) == Answer(400, {"Code": "Throttling"}, 2.0)


async def test_a_post_is_written_once_even_if_the_line_drops(
    listen: Listen, transport: Transport
) -> None:
    """A kept connection that dies under the second request must not bring a second try."""
    requests = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        await reader.readuntil(b"\r\n\r\n")
        requests += 1
        await reader.readexactly(2)
        if requests == 1:
            writer.write(head("200 OK", len(OK)) + OK)
            await reader.readuntil(b"\r\n\r\n")
            requests += 1

    url = await listen(once)
    assert isinstance(await transport.exchange(post(url)), Answer)
    assert isinstance(await transport.exchange(post(url)), Unknown)
    assert requests == 2


async def test_a_closed_transport_says_so() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await Transport().exchange(post("http://127.0.0.1:1/"))
