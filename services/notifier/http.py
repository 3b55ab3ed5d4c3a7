"""The HTTP interface: acknowledgements of people, signed, and the delivery reports that providers
push, unsigned, so matched against the ledger and believed in nothing else. Built by `app.py`.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from runtime.database import Database, DatabaseAwayError
from runtime.edge import MAX_BODY_BYTES, READ_TIMEOUT_S, Edge, ProblemError
from runtime.gate import BusyError, Gate
from runtime.logs import logger
from runtime.sealed import Sealer
from services.notifier.acknowledging import Acknowledging
from services.notifier.channels.aliyun_reports import (
    REPORT_TAKEN,
    DeliveryReport,
    UnreadableReportError,
    read_reports,
)
from services.notifier.matching import match
from services.notifier.openapi import ACK_PATH, TITLE, VERSION, document
from services.notifier.results import Results

log = logger(__name__)
PROVIDER_ID_MAX = 100
REPORTS_PATH = "/v1/reports/aliyun/{secret}"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the interface works with."""

    edge: Edge
    secret: str
    database: Database
    sealer: Sealer
    results: Results
    tickets: Gate
    """To the desk of the tickets."""


def build(parts: Parts) -> FastAPI:
    """The app."""
    app = parts.edge.app(TITLE, VERSION)
    app.openapi = document  # type: ignore[method-assign]
    acknowledging = Acknowledging(parts.edge, parts.database, parts.tickets)

    @app.post(ACK_PATH)
    async def acknowledge(request: Request, escalation_id: str) -> JSONResponse:
        return await acknowledging.take(request, escalation_id)

    @app.post(REPORTS_PATH, include_in_schema=False)
    async def take_reports(secret: str, request: Request) -> JSONResponse:
        if not hmac.compare_digest(secret.encode(), parts.secret.encode()):
            raise ProblemError(404, "not_found", "there is nothing here")
        try:
            batch = read_reports(await _body(request))
        except UnreadableReportError as error:
            raise ProblemError(400, "unreadable", str(error)) from error
        if batch.unreadable:
            log.warning("reports left out", count=len(batch.unreadable), first=batch.unreadable[0])
        await _store(parts, batch.reports)
        return JSONResponse(dict(REPORT_TAKEN))

    return app


async def _store(parts: Parts, reports: tuple[DeliveryReport, ...]) -> None:
    """All of them or, with 503, none for sure: the provider pushes again and repeats are known."""
    try:
        matched = await match(parts.database, parts.sealer, reports)
    except DatabaseAwayError as error:
        raise BusyError("the database does not answer") from error
    if len(matched) < len(reports):
        log.warning("reports about nothing of ours", count=len(reports) - len(matched))
    news = []
    for report, origin in matched:
        theirs = report.provider_message_id
        named = theirs if len(theirs) <= PROVIDER_ID_MAX else ""
        news.append((origin, report.receipt, named))
    await parts.results.reported(news)


async def _body(request: Request) -> bytes:
    """At most MAX_BODY_BYTES. Raises ProblemError."""
    body = bytearray()
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY_BYTES:
                    raise ProblemError(413, "too_large", f"at most {MAX_BODY_BYTES} bytes")
    except TimeoutError as error:
        raise ProblemError(408, "too_slow", "the body did not arrive in time") from error
    except ClientDisconnect as error:
        raise ProblemError(400, "incomplete", "the connection ended early") from error
    return bytes(body)
