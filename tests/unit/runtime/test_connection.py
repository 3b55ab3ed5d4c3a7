"""What comes around a body is limited; each request on a connection has its own answer, in turn."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from runtime.connection import MAX_HEAD_BYTES, Connection

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
LAST_CHUNK = b"1\r\nx\r\n0\r\n"
LONG = b"x-long: " + b"y" * 8_000 + b"\r\n"


def post(size: int) -> bytes:
    """A good request with a body of so many bytes."""
    return b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size


@dataclass
class Client:
    """The other end; the bytes of each `says` are one read of the server."""

    connection: Connection
    reader: asyncio.StreamReader
    goes_on: asyncio.Event
    """The app answers only when it is set."""
    seen: list[tuple[int, list[bytes]]] = field(default_factory=list)
    """What the app saw: the size of a body, and the names of headers."""

    def says(self, *reads: bytes) -> None:
        """Bytes that come to the server."""
        for read in reads:
            if not self.connection.transport.is_closing():
                self.connection.data_received(read)

    async def hears(self) -> list[bytes]:
        """The status lines of all answers, once the app goes on and the connection is closed."""
        self.goes_on.set()
        text = await self.reader.read(-1)
        return [line[:12] for line in text.split(b"\r\n") if line.startswith(b"HTTP/1.1")]


@asynccontextmanager
async def client() -> AsyncIterator[Client]:
    """A client of an app that tells how much it read."""
    ours, theirs = socket.socketpair()
    seen: list[tuple[int, list[bytes]]] = []
    goes_on = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        size, message = 0, {"more_body": True}
        while message.get("more_body"):
            message = await receive()
            size += len(message.get("body", b""))
        seen.append((size, [name for name, _ in scope["headers"]]))
        await goes_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    config = uvicorn.Config(app, log_config=None, lifespan="off", http=Connection)
    config.load()
    loop = asyncio.get_running_loop()
    transport, connection = await loop.connect_accepted_socket(
        lambda: Connection(config, ServerState(), {}), ours
    )
    reader, writer = await asyncio.open_unix_connection(sock=theirs)
    try:
        yield Client(connection, reader, goes_on, seen)
    finally:
        writer.close()
        transport.abort()


async def test_a_large_body_is_no_part_of_the_next_head() -> None:
    async with client() as one:
        one.says(post(200_000) + GET[:30], GET[30:], b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n")
        assert await one.hears() == [b"HTTP/1.1 200"] * 3
    assert [size for size, _ in one.seen] == [200_000, 0, 0]


@pytest.mark.parametrize("end", [b"\r\n", b""], ids=["in one read", "without end"])
async def test_a_long_head_is_refused(end: bytes) -> None:
    async with client() as one:
        one.says(b"GET / HTTP/1.1\r\nhost: x\r\n" + LONG * 10 + end)
        assert await one.hears() == [b"HTTP/1.1 400"]
    assert one.seen == []


@pytest.mark.parametrize("begin", [b"GET /", b"GET / HTTP/1.1\r\nx: ", b"GET / HTTP/1.1\r\nx"])
async def test_one_long_line_is_refused(begin: bytes) -> None:
    async with client() as one:
        one.says(begin, *[b"y" * 10_000] * (MAX_HEAD_BYTES // 10_000 + 2))
        assert await one.hears() == [b"HTTP/1.1 400"]


async def test_a_head_just_below_the_limit_is_taken_in_any_pieces() -> None:
    head = (
        b"GET / HTTP/1.1\r\nconnection: close\r\nx: " + b"y" * (MAX_HEAD_BYTES - 100) + b"\r\n\r\n"
    )
    async with client() as one:
        one.says(*[head[at : at + 100] for at in range(0, len(head), 100)])
        assert await one.hears() == [b"HTTP/1.1 200"]


@pytest.mark.parametrize("trailer", [LONG, b"a:b\r\n" * 2_000, b"y" * 9_000])
async def test_trailers_without_end_are_refused(trailer: bytes) -> None:
    async with client() as one:
        one.says(CHUNKED, LAST_CHUNK, *[trailer] * 20)
        assert await one.hears() == [b"HTTP/1.1 400"]


async def test_an_extension_of_a_chunk_without_end_is_refused() -> None:
    async with client() as one:
        one.says(CHUNKED, b"1;", *[b"y" * 9_000] * 20)
        assert await one.hears() == [b"HTTP/1.1 400"]


async def test_trailers_are_no_headers() -> None:
    async with client() as one:
        one.says(CHUNKED + LAST_CHUNK + b"webhook-id: other\r\n\r\n")
        one.says(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n")
        assert await one.hears() == [b"HTTP/1.1 200"] * 2
    assert one.seen[0] == (1, [b"host", b"transfer-encoding"])


@pytest.mark.parametrize("bad", [b"\x00\r\n\r\n", b"GET / HTTP/1.1\r\n" + LONG * 20])
async def test_what_came_before_is_answered_first(bad: bytes) -> None:
    async with client() as one:
        one.says(GET + GET + bad, GET)
        assert await one.hears() == [b"HTTP/1.1 200", b"HTTP/1.1 200", b"HTTP/1.1 400"]
    assert len(one.seen) == 2


async def test_a_body_that_breaks_off_is_refused_in_its_turn() -> None:
    async with client() as one:
        one.says(GET + CHUNKED + b"no size\r\n", GET)
        assert await one.hears() == [b"HTTP/1.1 200", b"HTTP/1.1 400"]


async def test_who_has_an_answer_gets_no_other() -> None:
    async with client() as one:
        one.says(GET)
        one.goes_on.set()
        assert (await one.reader.readuntil(b"0\r\n\r\n")).startswith(b"HTTP/1.1 200")
        one.says(b"\x00")
        assert await one.hears() == [b"HTTP/1.1 400"]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.connection.HEAD_S", 0.05)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("reads", "heard"),
    [
        ([], []),
        ([b"\r\n"], []),
        ([GET[:20]], [b"HTTP/1.1 400"]),
        ([GET, GET[:20]], [b"HTTP/1.1 200", b"HTTP/1.1 400"]),
        ([GET + GET[:20]], [b"HTTP/1.1 200", b"HTTP/1.1 400"]),
    ],
)
async def test_who_does_not_go_on_is_left(reads: list[bytes], heard: list[bytes]) -> None:
    async with client() as one:
        one.says(*reads)
        assert await one.hears() == heard
