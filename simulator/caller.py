"""Signed HTTP requests to the system, tried again until there is an answer, and written down.

Called by `feeds`, `complaint_desk` and `agent_desk`. A repeat keeps its webhook id and its body.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from runtime.backoff import Backoff
from runtime.clock import monotonic_s, unix_s
from runtime.webhooks import SHOP_HEADER, read_secret, sign
from simulator.journal import Journal, Result

AT_ONCE = 160
ANSWER_S = 15.0
GIVE_UP_S = 90.0
AGAIN = frozenset({408, 429})


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to tell the system. `what`, `about` and `sent` go to the journal as they are."""

    url: str
    what: str
    shop: str
    webhook_id: str
    about: str
    body: Mapping[str, Any]
    sent: Mapping[str, Any] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """The last word on a request."""

    result: Result
    status: int
    body: dict[str, Any]


class Caller:
    """Sends requests, at most a few at once: a slow system slows the caller down."""

    def __init__(self, shops: Mapping[str, str], journal: Journal) -> None:
        self._secrets = {shop: read_secret(secret) for shop, secret in shops.items()}
        self._journal = journal
        self._room = asyncio.Semaphore(AT_ONCE)
        self._backoff = Backoff(0.1, 2.0)
        self._session: aiohttp.ClientSession | None = None
        self.tries = 0
        """Requests made, repeats included."""

    async def __aenter__(self) -> Caller:
        connector = aiohttp.TCPConnector(limit=AT_ONCE, keepalive_timeout=60)
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def tell(self, request: Request) -> Answer:
        """Send it until it is taken or refused; after a while give up. Always written down."""
        raw = json.dumps(request.body, ensure_ascii=False).encode()
        async with self._room:
            answer, tries = await self._until_answered(request, raw)
        shown = answer.body if answer.result == "acknowledged" else _code(answer.body)
        self._journal.note(
            "http",
            request.what,
            answer.result,
            request.shop,
            request.webhook_id,
            request.about,
            sent=request.sent,
            status=answer.status,
            answer=shown,
            tries=tries,
        )
        return answer

    async def _until_answered(self, request: Request, raw: bytes) -> tuple[Answer, int]:
        began_s, tries = monotonic_s(), 0
        while True:
            tries += 1
            status, body = await self._try(request, raw)
            if 200 <= status < 300:
                return Answer("acknowledged", status, body), tries
            if 400 <= status < 500 and status not in AGAIN:
                return Answer("refused", status, body), tries
            if monotonic_s() - began_s > GIVE_UP_S:
                return Answer("given_up", status, body), tries
            await asyncio.sleep(self._backoff.wait_s(tries))

    async def _try(self, request: Request, raw: bytes) -> tuple[int, dict[str, Any]]:
        """Status and body; status 0 when there was no answer."""
        assert self._session is not None
        self.tries += 1
        stamp = unix_s()
        headers = {
            "content-type": request.media_type,
            SHOP_HEADER: request.shop,
            "webhook-id": request.webhook_id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": sign(self._secrets[request.shop], request.webhook_id, stamp, raw),
        }
        try:
            async with self._session.post(request.url, data=raw, headers=headers) as response:
                return response.status, _object(await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0, {}


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _code(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a refusal says, without words that could quote anything."""
    return {"code": body["code"]} if "code" in body else {}
