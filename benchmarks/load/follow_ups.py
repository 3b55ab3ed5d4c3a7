"""Follows complaints up once they are acknowledged: further messages, replies, decisions. Called by
`__main__`. What is said about one ticket goes one after the other, as people talk; tickets don't
wait for each other."""

from __future__ import annotations

import asyncio
import json
from asyncio import TaskGroup
from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmarks.load.caller import Answer, Caller, Ends, Request, result_of
from benchmarks.load.complaints import Case
from benchmarks.load.plan import Followed, Plan
from benchmarks.load.script import ORDER_SYSTEM, Step, What, payment, steps
from benchmarks.load.sender import answers_of
from benchmarks.load.wire import Lines
from schemas.envelope import CONTENT_TYPE
from simulator.journal import Journal

SOURCE = ORDER_SYSTEM.removeprefix("upstream/").replace("-", "_")
"""As it stands in the path of its events."""


class FollowUps:
    """All of one run; `group` holds what is under way."""

    def __init__(self, plan: Plan, followed: Followed, journal: Journal, group: TaskGroup) -> None:
        place = plan.place
        self._followed = followed
        self._seed = plan.seed
        self._shop = place.shop
        self._journal = journal
        self._group = group
        self.caller = Caller(place, plan.give_up_s)
        intake = Lines(place.intake_url, followed.connections)
        resolution = Lines(place.resolution_url, followed.connections)
        self._lines: dict[What, Lines] = {
            "messages": intake, "replies": intake, "events": intake, "resolution": resolution,
        }  # fmt: skip
        self.ended: Counter[str] = Counter()
        """Requests by their end, each counted once however often it was sent."""
        self.ends = Ends()

    def begin(self, case: Case, ticket_id: str) -> None:
        """A complaint is acknowledged: its follow-ups begin, if it has any."""
        if case.complaint is None:
            return
        paid_fen = case.complaint.line.paid_fen if case.order is not None else 0
        found = steps(case.complaint, paid_fen, self._followed, self._seed)
        if found:
            order_id = case.complaint.order.order_id
            self._group.create_task(self._play(ticket_id, order_id, found))

    def close(self) -> None:
        """Give the connections back."""
        for lines in self._lines.values():
            lines.close()

    async def _play(self, ticket_id: str, order_id: str, found: list[Step]) -> None:
        """One step after the other; behind a refusal nothing more is said."""
        for step in found:
            answer = await self._take(f"/v1/tickets/{ticket_id}/{step.what}", ticket_id, step)
            if answer is None:
                return
            paid = payment(order_id, step, answer) if step.what == "resolution" else None
            if paid is not None:
                await self._take(f"/v1/events/{SOURCE}", order_id, paid)

    async def _take(self, path: str, about: str, step: Step) -> Mapping[str, Any] | None:
        """The answer, if it is acknowledged."""
        await asyncio.sleep(step.after_s)
        if step.twice == "at once":
            self._group.create_task(self._tell(path, about, step))
        answer = await self._tell(path, about, step)
        self.ended[result_of(answer.status)] += 1
        if step.twice == "later":
            self._group.create_task(self._repeat(path, about, step))
        acknowledged = result_of(answer.status) == "acknowledged"
        return _said(answer.status, answer.raw) if acknowledged else None

    async def _repeat(self, path: str, about: str, step: Step) -> None:
        await asyncio.sleep(step.after_s)
        await self._tell(path, about, step)

    async def _tell(self, path: str, about: str, step: Step) -> Answer:
        """Send it until it is taken or refused; written down."""
        raw = json.dumps(step.body, ensure_ascii=False, separators=(",", ":")).encode()
        media_type = CONTENT_TYPE if step.what == "events" else "application/json"
        answer = await self.caller.until_answered(
            self._lines[step.what].post,
            Request(path, step.number, raw, media_type),
            lambda status, raw: status >= 400 and _said(status, raw).get("code") in step.awaits,
        )
        result, said = result_of(answer.status), _said(answer.status, answer.raw)
        self.ends.note(step.number, result)
        self._journal.note(
            "http",
            step.what,
            result,
            self._shop,
            step.number,
            about,
            sent=_named(step),
            status=answer.status,
            answer=said if result == "acknowledged" else {"code": said.get("code", "")},
            tries=answer.tries,
        )
        return answer


def _said(status: int, raw: bytes) -> dict[str, Any]:
    ((_, told),) = answers_of(status, raw, 1)
    return told


def _named(step: Step) -> dict[str, str]:
    """By which ids it is found again."""
    match step.what:
        case "resolution":
            return {}
        case "events":
            return {"source": SOURCE, "event": "RefundCompleted", "event_id": step.number}
    return {"message_id": step.number}
