"""The only HTTP user of the channels. Says of every exchange whether the provider can have
seen it. Opened and closed by the composition root, called by each channel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace, TracebackType

import aiohttp
from yarl import URL

from services.notifier.channels.codes import ACCOUNT, BUSY, Meaning, refused, rejected
from services.notifier.channels.outcome import Rejected, Unknown
from services.notifier.channels.wire import Answer, HttpRequest, json_object

RETRY_AFTER_MAX_S = 86_400.0
_QUIET_HEADERS = ("Content-Type", "User-Agent", "Accept-Encoding")


@dataclass(slots=True)
class _Progress:
    """Whether a connection was in hand: from then on bytes may have left this machine."""

    connected: bool = False


class Transport:
    """A bounded pool of connections without redirects, cookies or proxies.

    Usable inside `async with` only. Times are real seconds: `connect_timeout_s` includes the
    wait for a free connection, `total_timeout_s` everything. Answers beyond `body_limit_bytes`
    (after decompression) are not read.
    """

    def __init__(
        self,
        *,
        connect_timeout_s: float = 3.0,
        total_timeout_s: float = 10.0,
        body_limit_bytes: int = 64 * 1024,
        connections: int = 64,
        keepalive_s: float = 10.0,
    ) -> None:
        self._timeout = aiohttp.ClientTimeout(total=total_timeout_s, connect=connect_timeout_s)
        self._body_limit_bytes = body_limit_bytes
        self._connections = connections
        self._keepalive_s = keepalive_s
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Transport:
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(_mark_connected)
        trace.on_connection_reuseconn.append(_mark_connected)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections,
                # Shorter than a server's usual keep-alive: a POST on a connection that the
                # other side just closed would end as Unknown.
                keepalive_timeout=self._keepalive_s,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            trace_configs=[trace],
            skip_auto_headers=_QUIET_HEADERS,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def exchange(self, request: HttpRequest) -> Answer | Rejected | Unknown:
        """Write the request once and read the answer.

        Rejected: no connection came about, a redirect, or a 4xx without readable JSON.
        Unknown: anything that broke after a connection was in hand, a 5xx, a 2xx without
        readable JSON. Never sends twice.
        """
        if self._session is None:
            raise RuntimeError("the transport is not open")
        progress = _Progress()
        try:
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),
                headers=request.headers,
                data=request.body or None,
                allow_redirects=False,
                trace_request_ctx=progress,
            ) as response:
                return await self._judge(response)
        except aiohttp.ClientConnectorCertificateError as error:
            return _not_connected(error, ACCOUNT)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if progress.connected:
                return Unknown(reason=f"{type(error).__name__} after the request was begun")
            return _not_connected(error, BUSY)

    async def _judge(self, response: aiohttp.ClientResponse) -> Answer | Rejected | Unknown:
        status = response.status
        if status >= 500:
            return Unknown(reason=f"http_{status}")
        if 300 <= status < 400:
            return rejected(f"http_{status}", "redirects are not followed", ACCOUNT)
        retry_after_s = _retry_after_s(response.headers.get("Retry-After"))
        try:
            fields = json_object(await self._body(response))
        except (ValueError, aiohttp.ClientError, TimeoutError, OSError) as error:
            if status >= 400:
                return refused(status, retry_after_s)
            return Unknown(reason=f"http_{status} with an unreadable body: {type(error).__name__}")
        return Answer(status=status, fields=fields, retry_after_s=retry_after_s)

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        parts = bytearray()
        async for part in response.content.iter_any():
            parts += part
            if len(parts) > self._body_limit_bytes:
                raise ValueError("body too large")
        return bytes(parts)


def _not_connected(error: Exception, meaning: Meaning) -> Rejected:
    # Only the kind of error: its text may quote the address with a robot's key.
    return rejected("local.not_connected", type(error).__name__, meaning)


def _retry_after_s(header: str | None) -> float | None:
    """Seconds of a Retry-After header; its date form is not used by these providers."""
    try:
        seconds = float(header) if header is not None else math.nan
    except ValueError:
        return None
    return min(seconds, RETRY_AFTER_MAX_S) if seconds >= 0 else None


async def _mark_connected(
    session: aiohttp.ClientSession, context: SimpleNamespace, params: object
) -> None:
    context.trace_request_ctx.connected = True
