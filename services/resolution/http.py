"""The HTTP interface: an agent's closing decision in, its money action out, after the commit.

`app.build` makes it; `openapi` describes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from runtime.clock import wall_now
from runtime.edge import Authentic, Edge, ProblemError
from runtime.gate import BusyError, Gate
from runtime.redaction import mask_text
from schemas.envelope import Envelope
from services.resolution.domain import ResolutionRequest, ResolveTicket
from services.resolution.openapi import PATH, TITLE, VERSION, document

MAX_REASON = 2_000
TRIES = 4
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}")


def build(edge: Edge, gate: Gate) -> FastAPI:
    """The ASGI app."""
    app = edge.app(TITLE, VERSION)
    app.openapi = document  # type: ignore[method-assign]

    @app.post(PATH)
    async def resolve(request: Request, ticket_id: str) -> Response:
        sender = await edge.authentic(request)
        asked = edge.parse(sender, ResolutionRequest)
        if not _REF.fullmatch(ticket_id):
            raise ProblemError(404, "unknown_ticket", "there is no such ticket")
        return JSONResponse(dict(await _submit(gate, sender, ticket_id, asked)))

    return app


async def _submit(
    gate: Gate, sender: Authentic, ticket_id: str, asked: ResolutionRequest
) -> Mapping[str, Any]:
    """Apply the decision durably; the first answer again when it was applied before.

    The rule always answers something: an empty answer means that the same request was in the
    same transaction just before this one, so the next try finds out how that ended.
    """
    masked = asked.model_copy(update={"reason": _masked(asked.reason)})
    command = ResolveTicket(ticket_id=ticket_id, decision=masked)
    event: Envelope[ResolveTicket] = Envelope.model_construct(
        id=sender.event_id,
        source="aftercare/resolution",
        type=command.type_name(),
        time=wall_now(),
        subject=ticket_id,
        shopid=sender.shop_id,
        correlationid=sender.event_id,
        causationid=None,
        schemaversion=command.VERSION,
        autoorigin=False,
        data=command,
    )
    # Ticket and decision together: the same id for another ticket is another content.
    content = command.model_dump_json().encode()
    for _ in range(TRIES):
        answer = await gate.submit(event, content, sender.traceparent)
        if answer:
            return answer
    raise BusyError("the same request is being worked on")


def _masked(reason: str) -> str:
    """Without personal data. Stars may be longer than what they hide: then the end is cut off."""
    try:
        json.dumps(reason, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        text = "half of a surrogate pair is no character"
        raise ProblemError(422, "lone_surrogate", text) from None
    return mask_text(reason)[:MAX_REASON]
