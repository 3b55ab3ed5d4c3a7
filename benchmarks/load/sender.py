"""Sends complaints when they are planned, never later because an answer is late. Called by
`__main__`. A request without an answer is repeated with its id and its body."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.load.arrivals import planned
from benchmarks.load.complaints import Case
from benchmarks.load.plan import Arrival, Place, Stream
from benchmarks.load.wire import Connection
from runtime.backoff import Backoff
from runtime.clock import unix_s
from runtime.edge import SHOP_HEADER
from runtime.webhooks import read_secret, sign
from simulator.journal import Journal, Result

PATHS = {"single": "/v1/tickets", "batch": "/v1/tickets/batch"}
AGAIN = frozenset({0, 408, 429})


@dataclass(frozen=True, slots=True)
class Parcel:
    """Complaints that arrive as one, `at_s` behind the start."""

    at_s: float
    cases: tuple[Case, ...]


def parcels(stream: Stream, cases: Sequence[Case], dice: Random) -> list[Parcel]:
    """A stream's complaints by their planned arrival; singly, those that arrive as one come as
    requests of the same moment."""
    found, done = [], 0
    for at_s, size in planned(stream, dice):
        step = size if stream.way == "batch" else 1
        ends = range(done, done + size, step)
        found += [Parcel(at_s, tuple(cases[first : first + step])) for first in ends]
        done += size
    return found


class Sender:
    """One stream on its way."""

    def __init__(self, stream: Stream, place: Place, journal: Journal, give_up_s: float) -> None:
        self._stream = stream
        self._place = place
        self._journal = journal
        self._give_up_s = give_up_s
        self._secret = read_secret(place.secret)
        self._backoff = Backoff(0.05, 1.0)
        self._waiting: asyncio.Queue[Parcel | None] = asyncio.Queue()
        self.arrivals: list[Arrival] = []
        self.tries = 0
        self.statuses: Counter[int] = Counter()

    async def send(self, parcels: Sequence[Parcel], started_s: float) -> None:
        """All of them, from `started_s` (since 1970) on; returns with the last answer."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._stream.connections):
                group.create_task(self._work(started_s))
            for parcel in parcels:
                wait_s = started_s + parcel.at_s - time.time()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                self._waiting.put_nowait(parcel)
            for _ in range(self._stream.connections):
                self._waiting.put_nowait(None)

    async def _work(self, started_s: float) -> None:
        connection = Connection(self._place.intake_url)
        try:
            while (parcel := await self._waiting.get()) is not None:
                status, raw = await self._until_answered(connection, parcel)
                self._note(parcel, status, raw, started_s)
        finally:
            connection.close()

    async def _until_answered(self, connection: Connection, parcel: Parcel) -> tuple[int, bytes]:
        body, number = self._body(parcel), _number(parcel)
        began_s, tries = time.monotonic(), 0
        while True:
            tries += 1
            status, raw = await self._try(connection, number, body)
            self.statuses[status] += 1
            if status not in AGAIN and status < 500:
                return status, raw
            if time.monotonic() - began_s > self._give_up_s:
                return status, raw
            await asyncio.sleep(self._backoff.wait_s(tries))

    async def _try(self, connection: Connection, number: str, body: bytes) -> tuple[int, bytes]:
        self.tries += 1
        stamp = unix_s()
        headers = (
            f"content-type: application/json\r\n{SHOP_HEADER}: {self._place.shop}\r\n"
            f"webhook-id: {number}\r\nwebhook-timestamp: {stamp}\r\n"
            f"webhook-signature: {sign(self._secret, number, stamp, body)}\r\n"
        )
        try:
            return await connection.post(PATHS[self._stream.way], headers, body)
        except OSError:
            return 0, b""

    def _body(self, parcel: Parcel) -> bytes:
        if self._stream.way == "single":
            return parcel.cases[0].body
        return b"[" + b",".join(case.body for case in parcel.cases) + b"]"

    def _note(self, parcel: Parcel, status: int, raw: bytes, started_s: float) -> None:
        now_s, number = time.time(), _number(parcel)
        answers = answers_of(status, raw, len(parcel.cases))
        burst = self._stream.way == "batch"
        for place, (case, (code, answer)) in enumerate(zip(parcel.cases, answers, strict=True)):
            result: Result = "acknowledged" if 200 <= code < 300 else "refused"
            if code in AGAIN or code >= 500:
                result = "given_up"
            self._journal.note(
                "http",
                "tickets",
                result,
                self._place.shop,
                number,
                f"{case.origin}/{case.external_id}",
                sent={"origin": case.origin, "external_id": case.external_id}
                | ({"place": place} if burst else {}),
                status=code,
                answer=answer if result == "acknowledged" else {"code": answer.get("code", "")},
            )
            taken = result == "acknowledged"
            self.arrivals.append(
                Arrival.model_construct(
                    stream=self._stream.name,
                    ticket_id=str(answer["ticket_id"]) if taken else "",
                    planned_s=started_s + parcel.at_s,
                    acknowledged_s=now_s if taken else 0.0,
                )
            )


def _number(parcel: Parcel) -> str:
    """The request's webhook id."""
    return f"{parcel.cases[0].external_id}-t1"


def answers_of(status: int, raw: bytes, count: int) -> list[tuple[int, dict[str, Any]]]:
    """Status and body of the answer to each of `count` complaints."""
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    if "answers" not in body:
        return [(status, body)] * count
    return [(each["status"], each.get("problem") or each) for each in body["answers"]]
