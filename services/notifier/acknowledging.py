"""`POST /v1/escalations/{escalation_id}/ack`: somebody takes care of it, stored before it is
answered. Mounted by `http`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from runtime.clock import wall_now
from runtime.database import Database, DatabaseAwayError
from runtime.edge import Authentic, Edge, ProblemError, problem_document
from runtime.gate import BusyError, Gate
from schemas.envelope import Envelope
from services.notifier import ladder_store
from services.notifier.domain.commands import AcknowledgeEscalation
from services.notifier.ladder_store import Named
from services.notifier.openapi import Acknowledgement

TRIES = 4
REASONS: Mapping[str, str] = {
    "met": "what the clock asks for was done",
    "cancelled": "the clock no longer counts",
    "answered": "a person answered the customer",
    "resolved": "the ticket was resolved",
}


class Acknowledging:
    """The way of an acknowledgement to the desk of its ticket."""

    def __init__(self, edge: Edge, database: Database, gate: Gate) -> None:
        self._edge = edge
        self._database = database
        self._gate = gate

    async def take(self, request: Request, name: str) -> JSONResponse:
        """Acknowledge; 200 also when somebody did before, and then who. Raises ProblemError,
        RefusedError and BusyError."""
        sender = await self._edge.authentic(request)
        asked = self._edge.parse(sender, Acknowledgement)
        try:
            found = await ladder_store.find(self._database, sender.shop_id, name)
        except DatabaseAwayError as error:
            raise BusyError("the database does not answer") from error
        if found is None:
            raise ProblemError(404, "unknown_escalation", "there is no such escalation")
        answer = await self._submit(sender, found, asked.by)
        if answer["state"] == "acknowledged":
            return JSONResponse(dict(answer))
        return _ended(answer)

    async def _submit(self, sender: Authentic, found: Named, by: str) -> Mapping[str, Any]:
        """The rule always answers something: an empty answer means that the same request was in
        the same transaction just before this one."""
        command = AcknowledgeEscalation(
            ticket_id=found.ticket_id, escalation_id=str(found.escalation), by=by
        )
        event: Envelope[AcknowledgeEscalation] = Envelope.model_construct(
            id=sender.event_id,
            source="aftercare/notifier",
            type=command.type_name(),
            time=wall_now(),
            subject=found.ticket_id,
            shopid=sender.shop_id,
            correlationid=sender.event_id,
            causationid=None,
            schemaversion=command.VERSION,
            autoorigin=False,
            data=command,
        )
        content = command.model_dump_json().encode()
        for _ in range(TRIES):
            answer = await self._gate.submit(event, content, sender.traceparent)
            if answer:
                return answer
        raise BusyError("the same request is being worked on")


def _ended(answer: Mapping[str, Any]) -> JSONResponse:
    reason = REASONS[answer["state"]]
    text = f"it ended without an acknowledgement: {reason}"
    document = {**problem_document(409, "escalation_ended", text), "reason": reason, **answer}
    return JSONResponse(document, status_code=409, media_type="application/problem+json")
