"""Traces go through Kafka, outbox, parking and timers; what is not recorded is carried on."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from runtime.hops import read_traceparent
from runtime.sampling import Sampler
from runtime.telemetry import Telemetry
from tests.integration.runtime.conftest import Bench
from tests.support import bus, probe

TRACE = "0af7651916cd43dd8448eb211c80319c"
UNSAMPLED = f"00-{TRACE}-b7ad6b7169203331-00"


async def test_one_trace_goes_through_kafka_and_the_outbox(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    spans = InMemorySpanExporter()
    telemetry = Telemetry("probe", "", Sampler(1.0), SimpleSpanProcessor(spans))
    await bench.open(telemetry)
    event = bus.message(ticket, "1")
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await bench.raw(
        event.to_json(), key=ticket.encode(), headers=[("traceparent", parent.encode())]
    )
    await bus.until(bench.tallied(ticket, 1))
    await bus.until(bench.published)
    out = [r for r in await bus.read_all(bench.bootstrap, "tickets") if r.key == ticket.encode()]
    carried = read_traceparent(dict(out[0].headers)["traceparent"].decode())
    *_, span = [s for s in spans.get_finished_spans() if s.name == f"process {bench.topic}"]
    assert carried is not None
    assert span.context is not None
    assert span.parent is not None
    assert format(carried.trace_id, "032x") == "0af7651916cd43dd8448eb211c80319c"
    assert carried.span_id == span.context.span_id
    assert format(span.parent.span_id, "016x") == "b7ad6b7169203331"
    attributes = dict(span.attributes or {})
    assert attributes["messaging.system"] == "kafka"
    assert attributes["messaging.consumer.group.name"] == "probe.tally"
    assert not any("key" in name for name in attributes)


async def test_an_unsampled_trace_is_carried_but_not_recorded(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    spans = InMemorySpanExporter()
    await bench.open(Telemetry("probe", "", Sampler(1.0), SimpleSpanProcessor(spans)))
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    event = bus.message(ticket, "1")
    await bench.raw(
        event.to_json(), key=ticket.encode(), headers=[("traceparent", parent.encode())]
    )
    await bus.until(bench.tallied(ticket, 1))
    await bus.until(bench.published)
    out = [r for r in await bus.read_all(bench.bootstrap, "tickets") if r.key == ticket.encode()]
    assert dict(out[0].headers)["traceparent"].decode() == parent
    assert spans.get_finished_spans() == ()


async def test_a_failing_message_is_recorded_until_it_is_through(bench: Bench) -> None:
    """From the failing hop on: its next try, and what follows from that, lie in the same trace."""
    ticket = f"{bench.schema}-T"
    spans = InMemorySpanExporter()
    bench.behaviour.failing = frozenset({"1"})
    telemetry = Telemetry("probe", "", Sampler(0.0), SimpleSpanProcessor(spans))
    await bench.open(telemetry, max_tries=100)
    await _send(bench, ticket, "1")
    await bus.until(lambda: _parked(bench))
    bench.behaviour.failing = frozenset()
    await bus.until(bench.tallied(ticket, 1))
    await bus.until(bench.published)
    first, *more, last = spans.get_finished_spans()
    assert _because(first) == "failed"
    assert {span.status.description for span in (first, *more)} == {"rule_failed"}
    assert (_because(last), last.status.description) == (None, None)
    assert {_trace(span) for span in (first, *more, last)} == {TRACE}
    out, *_ = [
        r for r in await bus.read_all(bench.bootstrap, "tickets") if r.key == ticket.encode()
    ]
    assert read_traceparent(dict(out.headers)["traceparent"].decode()) == last.context


async def test_a_timer_goes_on_in_the_trace_of_what_armed_it(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    spans = InMemorySpanExporter()
    await bench.open(Telemetry("probe", "", Sampler(1.0), SimpleSpanProcessor(spans)))
    await bench.send(bus.message(ticket, "1", "timer:0.1"))

    async def rung() -> bool:
        rows = await bench.rows(probe.queries.tallies, [ticket])
        return len(rows) == 1 and rows[0]["fired"] == 1

    await bus.until(rung)
    await bus.until(bench.published)
    armed, fired = [span for span in spans.get_finished_spans() if span.status.is_unset]
    assert (_because(armed), armed.parent) == ("ratio", None)
    assert (fired.name, fired.parent) == ("process timer", armed.context)


async def _send(bench: Bench, ticket: str, number: str) -> None:
    event = bus.message(ticket, number)
    headers = [("traceparent", UNSAMPLED.encode())]
    await bench.raw(event.to_json(), key=ticket.encode(), headers=headers)


async def _parked(bench: Bench) -> bool:
    return bool(await bench.rows("SELECT FROM parked"))


def _because(span: ReadableSpan) -> Any:
    return (span.attributes or {}).get("aftercare.sampled_because")


def _trace(span: ReadableSpan) -> str:
    assert span.context is not None
    return format(span.context.trace_id, "032x")
