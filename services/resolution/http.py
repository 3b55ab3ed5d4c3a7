"""The HTTP interface: closing decisions of agents, signed, answered after the commit."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from runtime.clock import wall_now
from runtime.database import Database, DatabaseAwayError
from runtime.edge import Authentic, Edge, problem
from runtime.gate import Gate
from runtime.redaction import mask_text
from schemas.envelope import Envelope
from schemas.resolution import Outcome
from schemas.rules import RefusedError
from schemas.values import Fen, FreeText, Ref
from services.resolution import store
from services.resolution.domain.decide import DecideResolution, LineRefund

TITLE = "aftercare resolution"
VERSION = "1.0.0"
PATH = "/v1/tickets/{ticket_id}/resolution"


class ResolutionRequest(BaseModel):
    """A closing decision. Closed on purpose: a misspelt field is refused, not lost."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    outcome: Outcome = Field(description="What was decided.", examples=["refund"])
    agent_id: Ref = Field(description="Who decided.", examples=["agent-7"])
    refund_fen: Fen = Field(default=0, description="Refund, fen.", examples=[15900])
    refund_lines: tuple[LineRefund, ...] = Field(
        default=(), max_length=200, description="The refund split by line instead."
    )
    compensation_fen: Fen = Field(default=0, description="Paid on top, fen.", examples=[500])
    reason: FreeText = Field(default="", max_length=2_000, description="Why, for the customer.")


def build(edge: Edge, gate: Gate, database: Database) -> FastAPI:
    """The ASGI app."""
    app = edge.app(TITLE, VERSION)
    app.add_exception_handler(DatabaseAwayError, _on_database_away)
    app.openapi = document  # type: ignore[method-assign]

    @app.post(PATH)
    async def resolve(request: Request, ticket_id: str) -> Response:
        sender = await edge.authentic(request)
        told = edge.parse(sender, ResolutionRequest)
        async with database.transaction() as tx:
            key = await store.case_of_ticket(tx, sender.shop_id, ticket_id[:128])
        if key is None:
            raise RefusedError("unknown_ticket", "no such ticket has arrived here (yet)", 404)
        answer = await gate.submit(
            _command(sender, ticket_id, key, told), sender.body, sender.traceparent
        )
        return JSONResponse(dict(answer))

    return app


def _command(
    sender: Authentic, ticket_id: str, key: str, told: ResolutionRequest
) -> Envelope[DecideResolution]:
    data = DecideResolution(
        case_key=key,
        ticket_id=ticket_id,
        outcome=told.outcome,
        agent_id=told.agent_id,
        refund_fen=told.refund_fen,
        refund_lines=told.refund_lines,
        compensation_fen=told.compensation_fen,
        reason=mask_text(told.reason),
    )
    return Envelope[DecideResolution].model_construct(
        specversion="1.0",
        id=sender.event_id,
        source="aftercare/resolution",
        type=DecideResolution.type_name(),
        time=wall_now(),
        subject=key,
        datacontenttype="application/json",
        shopid=sender.shop_id,
        correlationid=sender.event_id,
        causationid=None,
        schemaversion=1,
        autoorigin=False,
        data=data,
    )


async def _on_database_away(_: Request, __: Exception) -> Response:
    return problem(503, "busy", "the database does not answer")


def document() -> dict[str, Any]:
    """The OpenAPI document, without a running service."""
    body = ResolutionRequest.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = body.pop("$defs", {})
    refusals = {
        "400": "Not JSON.",
        "401": "Signature, time or shop is not accepted.",
        "404": "No such ticket has arrived here (yet).",
        "409": "Resolved before, money in flight, or an id used with other content.",
        "413": "More than a megabyte.",
        "415": "Not application/json.",
        "422": "A field or an amount is not acceptable.",
        "429": "Too many requests.",
        "503": "Busy: repeat with the same webhook-id.",
    }
    told = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answer = {
        "type": "object",
        "required": ["ticket_id", "outcome", "action_id"],
        "properties": {
            "ticket_id": {"type": "string"},
            "outcome": {"type": "string"},
            "action_id": {"type": ["string", "null"], "description": "Money action, if any."},
        },
    }
    names = ("aftercare-shop", "webhook-id", "webhook-timestamp", "webhook-signature")
    signed: list[dict[str, Any]] = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in names
    ]
    path = {"name": "ticket_id", "in": "path", "required": True, "schema": {"type": "string"}}
    operation = {
        "operationId": "resolve",
        "summary": "Close a ticket with a decision.",
        "parameters": [path, *signed],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/ResolutionRequest"}}
            },
        },
        "responses": {
            "200": {
                "description": "Decided and stored; a repeat gets the same answer.",
                "content": {"application/json": {"schema": answer}},
            },
            **{code: {"description": text, "content": told} for code, text in refusals.items()},
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION},
        "paths": {PATH: {"post": operation}},
        "components": {"schemas": {"ResolutionRequest": body, "Problem": _PROBLEM, **parts}},
    }


_PROBLEM = {
    "type": "object",
    "description": "Problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
}
