"""The HTTP edge of a service: signed requests in, problem documents out, nothing unread in between.

Intake and resolution build their FastAPI app on it. A route calls `authentic`, then `parse`,
then a gate; every refusal is a readable 4xx (RFC 9457).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from aiolimiter import AsyncLimiter
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.clock import derived_id, named_id, new_id, unix_s
from runtime.gate import BusyError
from runtime.hops import checked
from runtime.logs import logger, trail
from runtime.metrics import Metrics
from runtime.redaction import mask_text
from runtime.shop_secrets import ShopSecrets
from runtime.strict_json import NotJsonError, read_value
from runtime.webhooks import SHOP_HEADER, SignatureError, verify
from schemas.rules import RefusedError

log = logger(__name__)
MAX_BODY_BYTES = 1_000_000
READ_TIMEOUT_S = 10.0
RETRY_AFTER_S = 1
M = TypeVar("M", bound=BaseModel)


class ProblemError(Exception):
    """A request that can't be served, told to the caller as a problem document."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Authentic:
    """A request whose sender is known. `event_id` is the same for every repeat of it."""

    shop_id: str
    message_id: str
    event_id: UUID
    body: bytes
    media_type: str
    traceparent: str | None

    def item_id(self, place: int) -> UUID:
        """Id of one item of a burst, by its place in the body; the same for every repeat."""
        return derived_id(self.event_id, f"item/{place}")


class Edge:
    """What the routes of one service share."""

    def __init__(
        self, name: str, secrets: ShopSecrets, metrics: Metrics, requests_per_s: float
    ) -> None:
        self._name = name
        self._secrets = secrets
        self._metrics = metrics
        self._rate = requests_per_s
        self._limiters: dict[str, AsyncLimiter] = {}

    async def authentic(self, request: Request) -> Authentic:
        """Read the body within limits and check who sent it. Raises ProblemError."""
        body = await _read_body(request)
        shop = _shop_of(request)
        now = unix_s()
        secrets = self._secrets.active(shop, now)
        if secrets is None:
            raise ProblemError(401, "unknown_shop", "no such shop is set up here")
        headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in request.headers.raw]
        try:
            message_id = verify(secrets, headers, body, now)
        except SignatureError as error:
            raise ProblemError(401, error.code, error.text) from error
        await self._within_rate(shop)
        return Authentic(
            shop_id=shop,
            message_id=message_id,
            event_id=named_id("request", self._name, shop, message_id),
            body=body,
            media_type=request.headers.get("content-type", "").split(";")[0].strip().lower(),
            traceparent=checked(request.headers.get("traceparent")),
        )

    async def _within_rate(self, shop: str) -> None:
        limiter = self._limiters.get(shop)
        if limiter is None:
            limiter = self._limiters[shop] = AsyncLimiter(self._rate, 1.0)
        if not limiter.has_capacity():
            raise ProblemError(429, "too_many_requests", "slow down and try again")
        await limiter.acquire()

    def json(self, request: Authentic, media_types: tuple[str, ...] = ("application/json",)) -> Any:
        """The body as JSON. Raises ProblemError with 400 or 415."""
        if request.media_type not in media_types:
            raise ProblemError(
                415, "wrong_media_type", f"content-type must be {' or '.join(media_types)}"
            )
        try:
            return read_value(request.body)
        except NotJsonError as error:
            raise ProblemError(400, error.code, error.text) from error

    def parse(self, request: Authentic, model: type[M]) -> M:
        """The JSON body as a model. Raises ProblemError with 400, 415 or 422."""
        return validated(self.json(request), model)

    def app(self, title: str, version: str) -> FastAPI:
        """A FastAPI app that answers every failure with a problem document."""
        app = FastAPI(title=title, version=version, docs_url=None, redoc_url=None)
        app.router.route_class = _PlainRoute
        app.add_exception_handler(ProblemError, _on_problem)
        app.add_exception_handler(RefusedError, _on_refused)
        app.add_exception_handler(BusyError, _on_busy)
        app.add_exception_handler(HTTPException, _on_http)
        app.add_exception_handler(Exception, _on_defect)
        app.add_middleware(_Counted, metrics=self._metrics)
        return app


class _PlainRoute(APIRoute):
    """A route whose endpoint takes the request and the path's parameters and gives a response:
    nothing of it has to be resolved, validated or serialised for each request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint = self.endpoint

        async def handle(request: Request) -> Response:
            response: Response = await endpoint(request=request, **request.path_params)
            return response

        return handle


class _Counted:
    """Counts requests by route and status."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                path = getattr(scope.get("route"), "path", "unknown")
                self._metrics.requests.labels(path, str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, counted)


def validated(value: Any, model: type[M]) -> M:
    """A parsed value as a model. Raises ProblemError 422 naming fields, never values."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        places = [f"{_place(item)}: {item['msg']}" for item in found[:8]]
        raise ProblemError(422, "invalid", mask_text("; ".join(places))) from error


_FIELD_NAME = re.compile(r"(?!.*\d{5})[a-z][a-z0-9_]{0,40}", re.ASCII)


def _place(item: Mapping[str, Any]) -> str:
    """Where an error is. A field that is not ours shows its name only if it looks like one: it
    may be somebody's name or phone."""
    parts = [str(part) for part in item["loc"]]
    if item["type"] == "extra_forbidden" and not _FIELD_NAME.fullmatch(parts[-1]):
        parts[-1] = "(unknown)"
    return ".".join(parts) or "body"


def _shop_of(request: Request) -> str:
    named = request.headers.getlist(SHOP_HEADER)
    if len(named) > 1:
        raise ProblemError(401, "doubled_header", f"header {SHOP_HEADER} occurs twice")
    if not named or not named[0]:
        raise ProblemError(401, "missing_header", f"header {SHOP_HEADER} is missing")
    return named[0]


async def _read_body(request: Request) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and int(announced[:19]) > MAX_BODY_BYTES:
        raise ProblemError(413, "too_large", f"at most {MAX_BODY_BYTES} bytes are taken")
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            async for part in request.stream():
                size += len(part)
                if size > MAX_BODY_BYTES:
                    raise ProblemError(
                        413, "too_large", f"at most {MAX_BODY_BYTES} bytes are taken"
                    )
                parts.append(part)
    except TimeoutError as error:
        raise ProblemError(408, "too_slow", "the body did not arrive in time") from error
    except ClientDisconnect as error:
        raise ProblemError(400, "incomplete", "the connection ended early") from error
    return b"".join(parts)


def problem_document(status: int, code: str, text: str) -> dict[str, str | int]:
    """A problem document (RFC 9457) without stack, SQL or path."""
    return {
        "type": f"aftercare:problem:{code}",
        "title": code.replace("_", " "),
        "status": status,
        "detail": text,
        "code": code,
    }


def problem_of(error: Exception) -> dict[str, str | int]:
    """What an item of a burst is told that was not taken. A defect is logged."""
    if isinstance(error, ProblemError | RefusedError):
        return problem_document(error.status, error.code, error.text)
    if isinstance(error, BusyError):
        return problem_document(503, "busy", str(error))
    return _defect(error)


def _defect(error: Exception) -> dict[str, str | int]:
    incident = new_id()
    log.error("request failed", incident=str(incident), trail=trail(error))
    return problem_document(500, "defect", f"this is our fault; it is logged as {incident}")


def problem(status: int, code: str, text: str) -> JSONResponse:
    """A problem document as the answer."""
    return _answer(problem_document(status, code, text))


def _answer(document: dict[str, str | int]) -> JSONResponse:
    status = int(document["status"])
    headers = {"retry-after": str(RETRY_AFTER_S)} if status in (429, 503) else {}
    return JSONResponse(
        document,
        status_code=status,
        headers=headers,
        media_type="application/problem+json",
    )


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return problem(error.status, error.code, error.text)


async def _on_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return problem(error.status, error.code, error.text)


async def _on_busy(_: Request, error: Exception) -> Response:
    return problem(503, "busy", str(error))


async def _on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = str(error.detail).lower().replace(" ", "_")
    return problem(error.status_code, code, str(error.detail))


async def _on_defect(_: Request, error: Exception) -> Response:
    return _answer(_defect(error))
