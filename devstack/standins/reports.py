"""Delivery reports (SmsReport) pushed to one loopback address, in the provider's format.
The SMS stand-in schedules them; this task pushes what is due, batched, with a few repeats."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from devstack.standins.counter import Clock
from devstack.standins.mailbox import DELIVERED, UNREACHABLE, Message, local

BATCH = 100
TRIES = 6
FIRST_WAIT_S = 0.5


@dataclass(frozen=True, slots=True)
class Report:
    """What is to be said of one SMS; `phone` lives in memory only."""

    message: Message
    phone: str = field(repr=False)
    parts: int


class Reports:
    """The pushing side. Without a `callback_url` nothing is pushed. Counts what became of it."""

    def __init__(self, callback_url: str, now: Clock) -> None:
        if callback_url and not is_loopback(callback_url):
            raise ValueError("reports go to a loopback address only")
        self._url = callback_url
        self._now = now
        self._due: deque[Report] = deque()
        self._news = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self.pushed = 0
        self.dropped = 0

    @property
    def due(self) -> int:
        """Reports that wait to be pushed."""
        return len(self._due)

    async def start(self) -> None:
        """Open the connection pool."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))

    async def close(self) -> None:
        """Close it; reports still due are lost, as with the provider."""
        if self._session is not None:
            await self._session.close()

    def schedule(self, report: Report) -> None:
        """Push it at its due time, or with the next ones. All delays are alike, so that the
        order of scheduling is the order of due times."""
        if self._url:
            self._due.append(report)
            self._news.set()

    async def push_now(self, report: Report) -> None:
        """Push one at once and wait for the answer; if it is not taken, it is scheduled."""
        if not self._url:
            return
        if await self._is_taken(_body([report])):
            self.pushed += 1
        else:
            self.schedule(report)

    async def run(self) -> None:
        """Push what comes due, for ever."""
        while True:
            while not self._due:
                self._news.clear()
                await self._news.wait()
            wait_s = (self._due[0].message.reported_at - self._now()).total_seconds()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            batch: list[Report] = []
            while (
                self._due and len(batch) < BATCH and self._due[0].message.reported_at <= self._now()
            ):
                batch.append(self._due.popleft())
            if batch:
                await self._push(batch)

    async def _push(self, batch: list[Report]) -> None:
        body = _body(batch)
        wait_s = FIRST_WAIT_S
        for number in range(TRIES):
            if number:
                await asyncio.sleep(wait_s)
                wait_s *= 2
            if await self._is_taken(body):
                self.pushed += len(batch)
                return
        self.dropped += len(batch)

    async def _is_taken(self, body: bytes) -> bool:
        if self._session is None:
            return False
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as response:
                await response.read()
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


def _body(batch: list[Report]) -> bytes:
    return json.dumps([row(each) for each in batch]).encode()


def row(report: Report) -> dict[str, object]:
    """A report as the provider writes it."""
    message = report.message
    return {
        "phone_number": report.phone,
        "send_time": local(message.sent_at),
        "report_time": local(message.reported_at),
        "success": message.delivered,
        "err_code": DELIVERED if message.delivered else UNREACHABLE,
        "err_msg": "用户接收成功" if message.delivered else "停机",
        "sms_size": str(report.parts),
        "biz_id": message.biz_id,
        "out_id": message.out_id,
    }


def is_loopback(url: str) -> bool:
    """Whether an http address leads to this machine itself."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None or parts.username is not None:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False
