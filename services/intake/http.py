"""The HTTP interface: signed requests in, small answers out, each after its commit.

`app.build` makes it; what a body may hold is in `requests`, what becomes of it in `complaints`,
`reception` and `domain`; `openapi` describes it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from runtime.database import ConflictError, DatabaseAwayError
from runtime.edge import Authentic, Edge, ProblemError, problem, problem_of, validated
from runtime.gate import BusyError, Gate
from schemas.envelope import Payload
from services.intake import requests
from services.intake.answers import state_of
from services.intake.bodies import burst_of, json_of
from services.intake.cloudevents import MEDIA_TYPES, Notice, read_notices
from services.intake.complaints import Asked, Complaints, Taken, wrapped
from services.intake.domain import commands
from services.intake.files import Files
from services.intake.openapi import TITLE, VERSION, document
from services.intake.policy import IntakePolicy
from services.intake.reception import Reception, plain, promised

TRIES = 4
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}")
Told = Callable[[str, str, Any], Awaitable[commands.Command]]
"""Shop, ticket id and request body to a command."""


PLAIN: Mapping[str, tuple[type[requests.Body], type[commands.Command]]] = {
    "calls": (requests.CallRequest, commands.RecordCall),
    "waiting": (requests.WaitRequest, commands.BeginWait),
    "resume": (requests.ResumeRequest, commands.EndWait),
    "triage": (requests.ClassifyRequest, commands.Classify),
    "platform-deadline": (requests.PlatformDeadlineRequest, commands.SetPlatformDeadline),
    "merge": (requests.MergeRequest, commands.MergeTicket),
}
"""What is told of a ticket without anything personal: request and command by path."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work with."""

    edge: Edge
    conversation: Gate
    upstream: Gate
    complaints: Complaints
    reception: Reception
    files: Files
    policy: IntakePolicy


def build(parts: Parts) -> FastAPI:
    """The ASGI app."""
    app = parts.edge.app(TITLE, VERSION)
    app.openapi = document  # type: ignore[method-assign]
    for away in (DatabaseAwayError, ConflictError):
        app.add_exception_handler(away, _on_database_away)
    _serve_tickets(app, parts)
    _serve_conversation(app, parts)
    _serve_events(app, parts)
    _serve_files(app, parts)
    return app


def _serve_tickets(app: FastAPI, parts: Parts) -> None:
    @app.post("/v1/tickets")
    async def open_ticket(request: Request) -> Response:
        sender = await parts.edge.authentic(request)
        asked = validated(json_of(parts.edge, sender), requests.TicketRequest)
        told = Asked(sender.shop_id, sender.event_id, asked, sender.traceparent)
        taken = await parts.complaints.take_one(told)
        return JSONResponse(_told(taken), status_code=201 if taken.created else 200)

    @app.post("/v1/tickets/batch")
    async def open_tickets(request: Request) -> Response:
        sender = await parts.edge.authentic(request)
        return JSONResponse({"answers": await _burst(parts, sender)})

    @app.get("/v1/tickets/{ticket_id}")
    async def show_ticket(request: Request, ticket_id: str) -> Response:
        sender = await parts.edge.authentic(request)
        ticket = await parts.reception.ticket(sender.shop_id, _known_form(ticket_id))
        if ticket is None:
            raise _unknown_ticket()
        return JSONResponse(state_of(ticket).model_dump(mode="json"))


def _told(taken: Taken) -> dict[str, str | bool]:
    return {"ticket_id": taken.ticket_id, "created": taken.created, "joined": taken.joined}


async def _burst(parts: Parts, sender: Authentic) -> list[dict[str, Any]]:
    """Take every complaint that can be taken; what became of each. Raises BusyError when one
    could not be settled now: the same again finds the others done."""
    items = burst_of(parts.edge, sender)
    asked = [
        Asked(sender.shop_id, sender.item_id(place), item, sender.traceparent)
        for place, item in enumerate(items)
        if not isinstance(item, ProblemError)
    ]
    taken = iter(await parts.complaints.take(asked))
    answers: list[dict[str, Any]] = []
    for item in items:
        end = item if isinstance(item, ProblemError) else next(taken)
        if isinstance(end, BusyError):
            raise end
        if isinstance(end, Taken):
            answers.append({"status": 201 if end.created else 200, **_told(end)})
        else:
            document = problem_of(end)
            answers.append({"status": document["status"], "problem": document})
    return answers


def _serve_conversation(app: FastAPI, parts: Parts) -> None:
    def serve(path: str, model: type[requests.Body], to_command: Told) -> None:
        @app.post(f"/v1/tickets/{{ticket_id}}/{path}", name=path)
        async def tell(request: Request, ticket_id: str) -> Response:
            sender = await parts.edge.authentic(request)
            body = validated(json_of(parts.edge, sender), model)
            command = await to_command(sender.shop_id, _known_form(ticket_id), body)
            answer = await _submit(parts.conversation, sender, sender.event_id, command)
            return JSONResponse(dict(answer))

    async def promise(_: str, ticket_id: str, told: requests.PromiseRequest) -> commands.Command:
        return promised(ticket_id, told)

    serve("messages", requests.MessageRequest, parts.reception.message)
    serve("replies", requests.ReplyRequest, parts.reception.reply)
    serve("promises", requests.PromiseRequest, promise)
    for path, (model, kind) in PLAIN.items():
        serve(path, model, _plainly(kind))


def _plainly(kind: type[commands.Command]) -> Told:
    """Requests that hold nothing personal: a command of the same fields."""

    async def to_command(_: str, ticket_id: str, told: requests.Body) -> commands.Command:
        return plain(kind, ticket_id, told)

    return to_command


def _serve_events(app: FastAPI, parts: Parts) -> None:
    @app.post("/v1/events/{source}")
    async def take_events(request: Request, source: str) -> Response:
        sender = await parts.edge.authentic(request)
        body = json_of(parts.edge, sender, MEDIA_TYPES)
        notices = read_notices(request, sender, body, source, parts.policy.sources)
        events = [await _event(parts, sender, notice) for notice in notices]
        told = [
            _submit(parts.upstream, sender, notice.event_id, event)
            for notice, event in zip(notices, events, strict=True)
        ]
        answers = await asyncio.gather(*told, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return JSONResponse({"accepted": len(answers)})


async def _event(parts: Parts, sender: Authentic, notice: Notice) -> Payload:
    event = await parts.reception.order_event(sender.shop_id, notice.kind, notice.data)
    if notice.subject is not None and notice.subject != event.subject:
        raise ProblemError(422, "wrong_subject", "subject is not what the data is about")
    return event


def _serve_files(app: FastAPI, parts: Parts) -> None:
    @app.post("/v1/files")
    async def keep_file(request: Request) -> Response:
        sender = await parts.edge.authentic(request)
        kept = await parts.files.keep(sender.shop_id, sender.body)
        return JSONResponse(kept.file.model_dump(), status_code=201 if kept.fresh else 200)


async def _submit(
    gate: Gate, sender: Authentic, event_id: UUID, payload: Payload
) -> Mapping[str, Any]:
    """Apply it durably; the answer of the first time when it was applied before.

    Every rule here answers something: an empty answer means that the same event was in the same
    transaction just before this one, so the next try finds out how that ended.
    """
    event = wrapped(sender.shop_id, event_id, payload)
    for _ in range(TRIES):
        answer = await gate.submit(event, commands.content_of(payload), sender.traceparent)
        if answer:
            return answer
    raise BusyError("the same request is being worked on")


def _known_form(ticket_id: str) -> str:
    """A ticket id out of a path. One that can't be ours is an unknown ticket."""
    if not _REF.fullmatch(ticket_id):
        raise _unknown_ticket()
    return ticket_id


def _unknown_ticket() -> ProblemError:
    return ProblemError(404, "unknown_ticket", "there is no such ticket")


async def _on_database_away(_: Request, __: Exception) -> Response:
    return problem(503, "busy", "the database does not answer")
