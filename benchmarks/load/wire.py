"""A small HTTP/1.1 client for one request at a time on each connection. Called by `sender`
and `follow_ups`.

A load generator must cost little beside what it measures: this does what a POST needs, no more.
"""

from __future__ import annotations

import asyncio
from typing import cast
from urllib.parse import urlsplit

import httptools

ANSWER_S = 15.0
"""On one of several lines, what takes longer counts as unanswered."""


class Connection(asyncio.Protocol):
    """One kept-alive connection; opened when needed, opened again after the server closed it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._body: list[bytes] = []
        self._done: asyncio.Future[tuple[int, bytes]] | None = None

    async def post(self, path: str, headers: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises OSError when the connection breaks."""
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            await loop.create_connection(lambda: self, self._host, self._port)
        if self._transport is None:
            raise ConnectionResetError("closed as soon as it was open")
        self._done = loop.create_future()
        self._body = []
        self._parser = httptools.HttpResponseParser(self)
        head = (
            f"POST {path} HTTP/1.1\r\nhost: {self._host}:{self._port}\r\n"
            f"content-length: {len(body)}\r\n{headers}\r\n"
        )
        self._transport.write(head.encode() + body)
        return await self._done

    def close(self) -> None:
        """Give it back."""
        if self._transport is not None:
            self._transport.close()

    # ------------------------------------------------------------ called by the event loop
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is none

    def data_received(self, data: bytes) -> None:
        """A piece of an answer."""
        if self._parser is None:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionError(str(error)))

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed; what was under way has no answer."""
        self._transport = None
        self._fail(exc or ConnectionResetError("closed before the answer"))

    # ------------------------------------------------------------ called by the parser
    def on_body(self, part: bytes) -> None:
        """A piece of the body."""
        self._body.append(part)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self._done is not None and not self._done.done() and self._parser is not None:
            self._done.set_result((self._parser.get_status_code(), b"".join(self._body)))

    def _fail(self, error: Exception) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)


class Lines:
    """Connections to one server, opened as they are needed, at most so many."""

    def __init__(self, url: str, most: int) -> None:
        self._url = url
        self._free: list[Connection] = []
        self._room = asyncio.Semaphore(most)

    async def post(self, path: str, headers: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises OSError when there is none."""
        async with self._room:
            connection = self._free.pop() if self._free else Connection(self._url)
            try:
                async with asyncio.timeout(ANSWER_S):
                    answer = await connection.post(path, headers, body)
            except BaseException:
                connection.close()  # a late answer would be taken for the next one's
                raise
            self._free.append(connection)
            return answer

    def close(self) -> None:
        """Give them back."""
        while self._free:
            self._free.pop().close()
