"""Customers complain and write again: plays complaints over HTTP. Called by `driver`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from simulator.agenda import Agenda
from simulator.caller import Answer, Caller, Request
from simulator.complaints import Complaint, Note
from simulator.pace import Pace

Opened = Callable[[str, Complaint], None]
"""Told (ticket id, complaint) when a ticket was opened."""


class ComplaintDesk:
    """Sends each complaint at its time, and what follows from it."""

    def __init__(
        self, intake_url: str, caller: Caller, agenda: Agenda, pace: Pace, opened: Opened
    ) -> None:
        self._url = intake_url
        self._caller = caller
        self._agenda = agenda
        self._pace = pace
        self._opened = opened
        self.tickets: set[str] = set()
        """Ids of all tickets that complaints opened or joined."""

    def schedule(self, complaint: Complaint) -> None:
        """Put it on the agenda."""
        self._agenda.at(complaint.at, lambda: self._complain(complaint))

    async def _complain(self, complaint: Complaint) -> None:
        answer = await self._send(complaint, "t1")
        if complaint.twice_after_s is not None:
            self._later(complaint, complaint.twice_after_s, "t1")
        if complaint.resent_after_s is not None:
            self._later(complaint, complaint.resent_after_s, "t2")
        ticket_id = answer.body.get("ticket_id")
        if answer.result != "acknowledged" or not isinstance(ticket_id, str):
            return
        known = ticket_id in self.tickets
        self.tickets.add(ticket_id)
        if not known:
            self._opened(ticket_id, complaint)
        for note in complaint.notes:
            self._write_later(ticket_id, complaint, note)

    def _later(self, complaint: Complaint, after_s: int, delivery: str) -> None:
        async def again() -> None:
            await self._send(complaint, delivery)

        self._agenda.at(complaint.at + timedelta(seconds=after_s), again)

    def _write_later(self, ticket_id: str, complaint: Complaint, note: Note) -> None:
        async def write() -> None:
            await self._write(ticket_id, complaint, note)

        self._agenda.at(complaint.at + timedelta(seconds=note.after_s), write)

    async def _send(self, complaint: Complaint, delivery: str) -> Answer:
        """The same complaint makes the same body each time."""
        body: dict[str, Any] = {
            "external_id": complaint.external_id,
            "origin": complaint.origin,
            "channel": complaint.channel,
            "opened_at": complaint.opened_at.isoformat(),
            "text": complaint.text,
            "language": complaint.language,
            "customer_id": complaint.person.customer_id,
        }
        if complaint.names_order:
            body["order_id"] = complaint.order.order_id
            body["line_id"] = complaint.line.line_id
        else:
            person = complaint.person
            body["contact"] = {
                "name": person.name,
                "phone": person.phone,
                "address": person.address,
                "region": person.region,
            }
        if complaint.opened_goods is not None:
            body["opened_goods"] = complaint.opened_goods
        return await self._caller.tell(
            Request(
                url=f"{self._url}/v1/tickets",
                what="tickets",
                shop=complaint.shop,
                webhook_id=f"{complaint.external_id}-{delivery}",
                about=f"{complaint.origin}/{complaint.external_id}",
                body=body,
                sent={"origin": complaint.origin, "external_id": complaint.external_id},
            )
        )

    async def _write(self, ticket_id: str, complaint: Complaint, note: Note) -> None:
        await self._caller.tell(
            Request(
                url=f"{self._url}/v1/tickets/{ticket_id}/messages",
                what="messages",
                shop=complaint.shop,
                webhook_id=note.message_id,
                about=ticket_id,
                body={"message_id": note.message_id, "text": note.text},
                sent={"message_id": note.message_id},
            )
        )
