"""One HTTP connection: limits what comes around a body, and refuses what is no HTTP in its turn.

`server` runs it instead of the framework's own.
"""

from __future__ import annotations

from asyncio import BaseTransport, TimerHandle
from typing import Literal, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEAD_BYTES = 64 * 1024
"""Of a request line, its headers and its trailers together: the framework takes them without end.
What has come of the last header may be a read more."""
LINE_BYTES = 4
"""What stands around the name and the value of a header."""
HEAD_S = 30.0
"""A head that has begun must be whole by then, and the rest of a body behind its answer."""
TOO_LONG = "The request line and headers are too long."
TOO_SLOW = "The request line and headers did not arrive in time."


class _TooLongError(Exception):
    """Ends the reading of a request."""


class Connection(HttpToolsProtocol):
    """Answers 400 to a request whose head is too long or that is no HTTP, and closes.

    Requests before it get their own answers first. Trailers are dropped: they could pass for
    headers.
    """

    _reading: Literal["", "head", "body"] = ""
    _head_bytes = 0
    _open_bytes = 0
    """Came since the parser told of anything: of a header that goes on."""
    _refusal = ""
    _late: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._mind(owed=True)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._mind(owed=False)

    def data_received(self, data: bytes) -> None:
        if self._refusal:
            return
        self._open_bytes += len(data)
        super().data_received(data)
        if self._head_bytes + self._open_bytes > MAX_HEAD_BYTES:
            self.send_400_response(TOO_LONG)
        self._mind(owed=self._owed)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._mind(owed=False)  # the time of the one before
        self._reading, self._head_bytes = "head", 0
        self._open_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + LINE_BYTES)
        if self._reading == "head":
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._reading, self._open_bytes = "body", 0

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._open_bytes = 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._reading, self._open_bytes = "", 0

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._refusal:
            self._refuse()
        else:
            self._mind(owed=self._owed)

    @property
    def _owed(self) -> bool:
        """Whether the other end must go on; while it waits for an answer it need not."""
        latest = cast(RequestResponseCycle | None, self.cycle)
        answered = latest is None or latest.response_complete
        begun = self._reading == "body" or self._open_bytes > 0
        return self._reading == "head" or (answered and begun)

    def _mind(self, *, owed: bool) -> None:
        if self._late is not None and not owed:
            self._late.cancel()
            self._late = None
        elif self._late is None and owed:
            self._late = self.loop.call_later(HEAD_S, self._too_slow)

    def _too_slow(self) -> None:
        if self._reading == "head":
            self.send_400_response(TOO_SLOW)
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse once; nothing that comes later on this connection is read."""
        if not self._refusal:
            self._refusal = TOO_LONG if self._head_bytes > MAX_HEAD_BYTES else msg
            self._refuse()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        self._open_bytes = 0
        if self._head_bytes > MAX_HEAD_BYTES:
            raise _TooLongError

    def _refuse(self) -> None:
        """Now, or when the last of the requests before it has its answer."""
        latest = cast(RequestResponseCycle | None, self.cycle)
        if self.transport.is_closing():
            return
        if latest is None or self._reading != "body":
            if latest is None or latest.response_complete:
                super().send_400_response(self._refusal)
        elif latest.response_started:
            self.transport.close()  # it has its answer already
        elif all(latest is not waiting for waiting, _ in self.pipeline):
            super().send_400_response(self._refusal)
            latest.disconnected = True
