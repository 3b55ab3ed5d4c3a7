"""Signed requests, tried again until they are answered. Called by `sender` and `follow_ups`. A
repeat keeps its webhook id and its body."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks.load.plan import Place
from runtime.backoff import Backoff
from runtime.clock import unix_s
from runtime.webhooks import SHOP_HEADER, read_secret, sign
from simulator.journal import Result

AGAIN = frozenset({0, 408, 429})
PASSES_S = 90.0
"""A refusal that should pass by itself is borne for so long."""
Post = Callable[[str, str, bytes], Awaitable[tuple[int, bytes]]]
"""Path, headers and body to status and answer; OSError: there was none."""
Passing = Callable[[int, bytes], bool]
"""Whether a refusal passes by itself."""


@dataclass(frozen=True, slots=True)
class Request:
    """One POST. `number` is its webhook id."""

    path: str
    number: str
    body: bytes
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """The last word on a request; status 0: none came."""

    status: int
    raw: bytes
    tries: int


class Caller:
    """Signs for one shop."""

    def __init__(self, place: Place, give_up_s: float) -> None:
        self._shop = place.shop
        self._secret = read_secret(place.secret)
        self._give_up_s = give_up_s
        self._backoff = Backoff(0.05, 1.0)
        self.tries = 0
        self.statuses: Counter[int] = Counter()

    async def until_answered(
        self, post: Post, request: Request, passing: Passing | None = None
    ) -> Answer:
        """Until it is taken or refused for good; the last answer when that takes too long."""
        began_s, tries = time.monotonic(), 0
        while True:
            tries += 1
            status, raw = await self._try(post, request)
            self.statuses[status] += 1
            patience_s = self._give_up_s
            if not must_repeat(status):
                if passing is None or not passing(status, raw):
                    return Answer(status, raw, tries)
                patience_s = PASSES_S
            if time.monotonic() - began_s > patience_s:
                return Answer(status, raw, tries)
            await asyncio.sleep(self._backoff.wait_s(tries))

    async def _try(self, post: Post, request: Request) -> tuple[int, bytes]:
        self.tries += 1
        stamp, number = unix_s(), request.number
        headers = (
            f"content-type: {request.media_type}\r\n{SHOP_HEADER}: {self._shop}\r\n"
            f"webhook-id: {number}\r\nwebhook-timestamp: {stamp}\r\n"
            f"webhook-signature: {sign(self._secret, number, stamp, request.body)}\r\n"
        )
        try:
            return await post(request.path, headers, request.body)
        except OSError:
            return 0, b""


class Ends:
    """How requests ended, by what each is known by: whoever sends one again learns the same."""

    def __init__(self) -> None:
        self._first: dict[str, Result] = {}
        self.differed = 0
        """Ends that were not those of the same before."""

    def note(self, known_by: str, result: Result) -> None:
        """One more has ended."""
        self.differed += self._first.setdefault(known_by, result) != result


def must_repeat(status: int) -> bool:
    """Whether nothing is decided by this answer."""
    return status in AGAIN or status >= 500


def result_of(status: int) -> Result:
    """What the journal calls the end of a request."""
    if 200 <= status < 300:
        return "acknowledged"
    return "given_up" if must_repeat(status) else "refused"
