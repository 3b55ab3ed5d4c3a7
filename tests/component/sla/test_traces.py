"""At a ratio of 0 the real sink of spans still gets what is urgent, breached or failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from devstack.ports import HOST, free_port
from devstack.span_sink import Span, build, open_for_append, read_spans
from schemas.envelope import Payload
from tests.support.sla_story import Payloads, at
from tests.support.sla_world import World, sla_world

make = Payloads()
URGENT, BREACHED, FAILED, ROUTINE = "t-urgent", "t-breached", "t-failed", "t-routine"
SHARES = (
    "SELECT count(*) FILTER (WHERE o.traceparent LIKE '%-01') AS recorded, count(*) AS told "
    "FROM outbox o WHERE o.key = $1"
)


@asynccontextmanager
async def sink(path: Path) -> AsyncIterator[str]:
    """The address of a sink that writes to this file."""
    with open_for_append(path) as out:
        runner = web.AppRunner(build(out))
        await runner.setup()
        port = free_port()
        try:
            await web.TCPSite(runner, HOST, port).start()
            yield f"http://{HOST}:{port}"
        finally:
            await runner.cleanup()


def of(ticket: str, payload: Payload) -> Payload:
    """The same about another ticket."""
    return payload.model_copy(update={"ticket_id": ticket})


async def spans_of(world: World, path: Path) -> dict[str, list[Span]]:
    """By ticket, once all are sent."""
    for instance in world.instances:
        await instance.ticker.stop()
        await asyncio.to_thread(instance.service.telemetry.close)
    found: dict[str, list[Span]] = {}
    for span in read_spans(path):
        found.setdefault(span.attributes["aftercare.subject"], []).append(span)
    return found


async def shares(world: World, ticket: str) -> tuple[int, int]:
    """How many of a ticket's events go on in a recorded trace, and how many there are."""
    (row,) = await world.rows(SHARES, ticket)
    return row["recorded"], row["told"]


async def test_what_matters_is_recorded(database_url: str, tmp_path: Path) -> None:
    async with (
        sink(tmp_path / "spans.jsonl") as endpoint,
        sla_world(database_url, scale=900) as world,
    ):
        tracing = {
            "otlp_endpoint": endpoint, "trace_ratio": 0.0, "trace_slow_s": 600.0,
            "trace_slow_batch_s": 600.0,
        }  # fmt: skip
        world.settings = world.settings.model_copy(update=tracing)
        instance = await world.open()
        now_s = (await world.now() - at(0)).total_seconds()
        told = world.record(of(FAILED, make.triaged(now_s, "L3", opened=now_s)))
        forged = replace(told, value=told.value.replace(b"shop-a", b"shop-b"))
        await instance.pump.handle((told,))
        await instance.pump.handle((replace(forged, offset=next(world.offsets)),))
        ended = make.triaged(now_s, "L3", opened=now_s), make.resolved(now_s + 0.5)
        await world.apply(*(of(ROUTINE, each) for each in ended))
        now_s = (await world.now() - at(0)).total_seconds()
        await world.apply(of(URGENT, make.triaged(now_s, "L1")))
        await world.apply(of(BREACHED, make.triaged(now_s, "L2")))
        assert (await shares(world, BREACHED))[0] == 0
        instance.ticker.start()

        async def warned_and_breached() -> bool:
            told = {each["type"] for each in await world.published(BREACHED)}
            return told >= {"SLAWarning", "SLABreached"}

        await world.until(warned_and_breached)
        spans = await spans_of(world, tmp_path / "spans.jsonl")
        recorded, whole = await shares(world, URGENT)
        assert recorded == whole > 0
        assert (await shares(world, ROUTINE))[0] == 0
        assert (await shares(world, ROUTINE))[1] > 0
    assert ROUTINE not in spans
    why = "aftercare.sampled_because"
    first, *later = spans[URGENT]
    assert (first.name, first.attributes[why], first.status) == (
        "process triage",
        "urgent",
        "unset",
    )
    assert {span.trace_id for span in later} <= {first.trace_id}, "its timers go on in the trace"
    assert {span.name for span in later} <= {"process timer"}
    assert {span.name for span in spans[BREACHED]} == {"process timer"}
    assert {span.attributes[why] for span in spans[BREACHED] if why in span.attributes} == {
        "breach"
    }
    (failed,) = [span for span in spans[FAILED] if span.name == "process triage"]
    assert (failed.attributes[why], failed.status) == ("failed", "error")
    assert failed.status_message == failed.attributes["error.type"] == "id_reused"
