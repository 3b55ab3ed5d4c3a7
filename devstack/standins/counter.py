"""The way of every request through a stand-in: fault, verdict, record, answer. Used by the SMS
and robot stand-ins, so that faults and records are the same for all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from devstack.standins.faults import Fault, Faults
from devstack.standins.records import RecordFile

Clock = Callable[[], datetime]
Payload = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the provider decides about one request, and the answer that says so."""

    accepted: bool
    code: str
    payload: Payload
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counter:
    """What all stand-ins of one process share. `now` is real time, aware."""

    now: Clock
    faults: Faults
    record: RecordFile


def refused_by(fault: Fault, of_code: Callable[[str], Verdict]) -> Verdict:
    """The refusal that a fault puts in place of the verdict."""
    if fault.kind == "error_code":
        return of_code(fault.code)
    if fault.kind == "too_many":
        wait = f"{fault.retry_after_s:g}"
        return Verdict(False, "http_429", {}, status=429, headers={"Retry-After": wait})
    return Verdict(False, "http_500", {}, status=500)


async def answer(request: web.Request, verdict: Verdict, fault: Fault | None) -> web.StreamResponse:
    """The answer of a verdict, spoilt as the fault says. The record is written by now."""
    if fault is not None and fault.kind == "accepted_500":
        return web.json_response({}, status=500)
    if fault is not None and fault.kind == "accepted_timeout":
        await asyncio.sleep(fault.hold_s)
        return _dropped(request)
    body = json.dumps(verdict.payload, separators=(",", ":")).encode()
    if fault is not None and fault.kind == "slow_drip":
        return await _drip(request, verdict, body, fault.drip_s)
    return web.Response(
        body=body,
        status=verdict.status,
        headers=verdict.headers,
        content_type="application/json",
        charset="utf-8",
    )


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=500)


async def _drip(
    request: web.Request, verdict: Verdict, body: bytes, drip_s: float
) -> web.StreamResponse:
    response = web.StreamResponse(status=verdict.status, headers=verdict.headers)
    response.content_type = "application/json"
    response.content_length = len(body)
    await response.prepare(request)
    for index in range(len(body)):
        await response.write(body[index : index + 1])
        await asyncio.sleep(drip_s / len(body))
    await response.write_eof()
    return response
