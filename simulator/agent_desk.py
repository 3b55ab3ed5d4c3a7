"""Agents work on tickets as soon as they are classified. Called by `driver`.

They see what a helpdesk sees: the ticket's id from intake's answer, its level from `triage`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from schemas.triage import Triaged
from schemas.values import Level
from simulator.agenda import Agenda
from simulator.caller import Caller, Request
from simulator.complaints import Complaint
from simulator.handling import Handling
from simulator.pace import Pace
from simulator.steps import Step
from simulator.system import System

TRIAGED = Triaged.type_name().encode()


class AgentDesk:
    """Everybody in the shift. Steps that would come after the shift's end are not taken."""

    def __init__(
        self, system: System, caller: Caller, agenda: Agenda, handling: Handling, end_at: datetime
    ) -> None:
        self._system = system
        self._pace: Pace = system.pace
        self._caller = caller
        self._agenda = agenda
        self._handling = handling
        self._end_at = end_at
        self._complaints: dict[str, Complaint] = {}
        self._levels: dict[str, tuple[Level, str]] = {}
        self._begun: set[str] = set()

    def opened(self, ticket_id: str, complaint: Complaint) -> None:
        """A ticket of ours; work begins when its level is known too."""
        self._complaints[ticket_id] = complaint
        self._begin(ticket_id)

    def heard(self, record: Any) -> None:
        """A record of the topic `triage`; a ticket is planned by its first classification."""
        if TRIAGED not in record.value:
            return
        event = json.loads(record.value)
        data = event["data"]
        self._levels.setdefault(data["ticket_id"], (data["level"], data["route"]))
        self._begin(data["ticket_id"])

    def _begin(self, ticket_id: str) -> None:
        complaint, known = self._complaints.get(ticket_id), self._levels.get(ticket_id)
        if complaint is None or known is None or ticket_id in self._begun:
            return
        self._begun.add(ticket_id)
        steps = self._handling.steps(complaint, *known)
        self._next(ticket_id, complaint, steps, self._pace.now())

    def _next(
        self, ticket_id: str, complaint: Complaint, steps: Sequence[Step], begun_at: datetime
    ) -> None:
        """One step after the other: the next is put on the agenda when this one is done."""
        if not steps:
            return
        due_at = begun_at + timedelta(seconds=steps[0].after_s)
        if due_at >= self._end_at:
            return

        async def work() -> None:
            await self._take(ticket_id, complaint, steps[0])
            self._next(ticket_id, complaint, steps[1:], begun_at)

        self._agenda.at(due_at, work)

    async def _take(self, ticket_id: str, complaint: Complaint, step: Step) -> None:
        body = dict(step.body)
        if step.path == "calls":
            body["started_at"] = self._pace.now().isoformat()
        if step.due_in_s is not None:
            due_at = self._pace.now() + timedelta(seconds=step.due_in_s)
            body["due_at"] = due_at.isoformat()
        resolves = step.path == "resolution"
        url = self._system.resolution_url if resolves else self._system.intake_url
        ids = ("message_id", "call_id")
        names: dict[str, Any] = {name: body[name] for name in ids if name in body}
        await self._caller.tell(
            Request(
                url=f"{url}/v1/tickets/{ticket_id}/{step.path}",
                what=step.path,
                shop=complaint.shop,
                webhook_id=f"{complaint.external_id}-{step.path}-{step.after_s}",
                about=ticket_id,
                body=body,
                sent=names,
            )
        )
