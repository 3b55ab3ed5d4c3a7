"""Sends complaints when they are planned, never later because an answer is late. Called by
`__main__`. A request without an answer is repeated with its id and its body."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from benchmarks.load.arrivals import planned
from benchmarks.load.caller import Answer, Caller, Ends, Request, result_of
from benchmarks.load.complaints import Case
from benchmarks.load.plan import Arrival, Place, Stream
from benchmarks.load.wire import Connection
from simulator.journal import Journal

PATHS = {"single": "/v1/tickets", "batch": "/v1/tickets/batch"}
REPEATED_WITHIN_S = 5.0
Taken = Callable[[Case, str], None]
"""Told (complaint, ticket id) when one was acknowledged."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Complaints that arrive as one, `at_s` behind the start. `again`: they did so before."""

    at_s: float
    cases: tuple[Case, ...]
    again: bool = False


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


def repeated(parcels: Sequence[Parcel], share: float, dice: Random) -> list[Parcel]:
    """The parcels and, for a share of them, the same once more: at the same moment or later."""
    found = []
    for parcel in parcels:
        found.append(parcel)
        if dice.random() < share:
            behind_s = dice.choice((0.0, dice.uniform(0.0, REPEATED_WITHIN_S)))
            found.append(replace(parcel, at_s=parcel.at_s + behind_s, again=True))
    return sorted(found, key=lambda parcel: parcel.at_s)


class Sender:
    """One stream on its way."""

    def __init__(
        self,
        stream: Stream,
        place: Place,
        journal: Journal,
        give_up_s: float,
        taken: Taken | None = None,
    ) -> None:
        self._stream = stream
        self._place = place
        self._journal = journal
        self._taken = taken
        self._waiting: asyncio.Queue[Parcel | None] = asyncio.Queue()
        self.caller = Caller(place, give_up_s)
        self.arrivals: list[Arrival] = []
        self.ends = Ends()

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
                request = Request(PATHS[self._stream.way], _number(parcel), self._body(parcel))
                answer = await self.caller.until_answered(connection.post, request)
                self._note(parcel, answer, started_s)
        finally:
            connection.close()

    def _body(self, parcel: Parcel) -> bytes:
        if self._stream.way == "single":
            return parcel.cases[0].body
        return b"[" + b",".join(case.body for case in parcel.cases) + b"]"

    def _note(self, parcel: Parcel, answered: Answer, started_s: float) -> None:
        now_s, number = time.time(), _number(parcel)
        answers = answers_of(answered.status, answered.raw, len(parcel.cases))
        burst = self._stream.way == "batch"
        for place, (case, (code, answer)) in enumerate(zip(parcel.cases, answers, strict=True)):
            result = result_of(code)
            self.ends.note(f"{number}/{place}", result)
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
                tries=answered.tries,
            )
            if not parcel.again:
                ticket_id = str(answer["ticket_id"]) if result == "acknowledged" else ""
                self._arrived(case, ticket_id, started_s + parcel.at_s, now_s)

    def _arrived(self, case: Case, ticket_id: str, planned_s: float, now_s: float) -> None:
        self.arrivals.append(
            Arrival.model_construct(
                stream=self._stream.name,
                ticket_id=ticket_id,
                planned_s=planned_s,
                acknowledged_s=now_s if ticket_id else 0.0,
            )
        )
        if ticket_id and self._taken is not None:
            self._taken(case, ticket_id)


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
