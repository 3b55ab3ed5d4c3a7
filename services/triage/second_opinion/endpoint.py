"""The endpoint behind its time limit and its circuit breaker, counted. Called by `asking`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TypeAlias

import aiohttp
from yarl import URL

from runtime.breaker import Breaker, BreakerPolicy
from runtime.clock import monotonic_s
from services.triage.domain.asking_policy import AskingRules
from services.triage.second_opinion.wire import (
    ANSWER_BYTES,
    Answered,
    SecondOpinion,
    Silent,
    Unusable,
    question,
    read_completion,
)

Clock: TypeAlias = Callable[[], float]
LONGEST_WAIT_S = 86_400.0
REFUSED_FOR_GOOD = frozenset({400, 413, 422})
"""Said about one question, not about us: it would be said again, and others may be asked."""
_START = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Account:
    """Where to ask, as whom, and whom. `label` is how reasons call it; `key` may be empty."""

    url: str
    key: str
    model: str
    label: str


class Endpoint:
    """One endpoint, without redirects, cookies or proxies. Usable inside `async with` only.

    Its breaker lives in this process: another instance learns for itself. `clock`: seconds that
    never go back.
    """

    def __init__(self, account: Account, rules: AskingRules, clock: Clock = monotonic_s) -> None:
        self.account = account
        self._clock = clock
        self._timeout_s = rules.timeout_ms / 1000
        self._breaker = Breaker(
            BreakerPolicy(rules.breaker_failures, rules.breaker_open_s, rules.breaker_open_max_s)
        )
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Endpoint:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=16, keepalive_timeout=10.0),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            skip_auto_headers=("User-Agent",),
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

    @property
    def closed_for_s(self) -> float:
        """Seconds for which no call would go through; 0 when one would."""
        return self._breaker.closed_for_s(self._now())

    @property
    def wary(self) -> bool:
        """Only single calls go through, to see whether the endpoint is back."""
        return self._breaker.state != "closed"

    @property
    def breaker(self) -> str:
        """Its state, for the log."""
        return self._breaker.state

    async def ask(self, text: str) -> Answered | None:
        """Ask about a masked text, once; None when the breaker lets no call through."""
        admitted_at = self._now()
        self._breaker, admitted = self._breaker.admit(admitted_at)
        if not admitted:
            return None
        answered = await self._exchange(text)
        silent = answered if isinstance(answered, Silent) else None
        self._breaker = self._breaker.record(
            failed=silent is not None,
            admitted_at=admitted_at,
            now=self._now(),
            named_s=silent.retry_after_s if silent else None,
        )
        return answered

    def _now(self) -> datetime:
        return _START + timedelta(seconds=self._clock())

    async def _exchange(self, text: str) -> Answered:
        if self._session is None:
            raise RuntimeError("the endpoint is not open")
        # Lone surrogates can't be written as UTF-8.
        body = json.dumps(question(self.account.model, text), ensure_ascii=False)
        headers = {"Content-Type": "application/json"}
        if self.account.key:
            headers["Authorization"] = f"Bearer {self.account.key}"
        try:
            async with self._session.post(
                URL(self.account.url),
                data=body.encode("utf-8", errors="replace"),
                headers=headers,
                allow_redirects=False,
            ) as response:
                return await _read(response)
        except TimeoutError:
            return Silent("timeout", "no answer in time")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Only the kind of error: its text may quote the address.
            return Silent("failed", type(error).__name__)


async def _read(response: aiohttp.ClientResponse) -> SecondOpinion | Unusable | Silent:
    status = response.status
    if status in REFUSED_FOR_GOOD:
        return Unusable(f"http_{status}", "refused")
    if status != 200:
        wait_s = _retry_after_s(response.headers.get("Retry-After"))
        refused = 400 <= status < 500
        return Silent("refused" if refused else "failed", f"http_{status}", wait_s)
    parts = bytearray()
    async for part in response.content.iter_any():
        parts += part
        if len(parts) > ANSWER_BYTES:
            return Silent("failed", "the answer is too long")
    return read_completion(bytes(parts))


def _retry_after_s(header: str | None) -> float | None:
    """Seconds of a Retry-After header; of its other form, a date, nothing is made, and of less
    than a second neither: the breaker's own time would be shortened to none by it."""
    try:
        seconds = float(header) if header is not None else math.nan
    except ValueError:
        return None
    return min(seconds, LONGEST_WAIT_S) if seconds >= 1 else None
