"""Traps in the records themselves: what stands in them must not stop, mix up or betray anything."""

from __future__ import annotations

import base64
import json

from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from runtime.hops import read_traceparent
from runtime.sampling import Sampler
from runtime.sealed import Sealer
from runtime.telemetry import Telemetry
from schemas.values import Sealed
from tests.support import bus, probe
from tests.support.probe_bench import Bench, ready

TRACES = ("0af7651916cd43dd8448eb211c80319c", "1bf7651916cd43dd8448eb211c80319c")
PHONE = "13800138000"


async def _dead(bench: Bench) -> list[str]:
    return sorted(row["reason"] for row in await bench.rows(probe.queries.dead))


async def test_undecodable_header_bytes(bench: Bench) -> None:
    """Headers that are no text cost nothing: the event is worked on, rubbish is given up.

    Without `polls.raw_batch` the framework's parser raises on them, and the poll is gone; without
    `hops.checked` a NUL in a header would be refused by the database, again and again.
    """
    ticket = f"{bench.schema}-T"
    await bench.open()
    strange = [("traceparent", b"\xff\x00\xfe"), ("\u00e9", b"\xff"), ("ce_type", b"\xc3\x28")]
    good = bus.message(ticket, "0")
    await bench.raw(good.to_json(), key=ticket.encode(), headers=strange)
    await bench.raw(b"{", headers=[("traceparent", b"00-\x00")], partition=0)
    await bench.raw(b"{", headers=[("ce_type", b"\x00")], partition=1)
    await bench.send(*[bus.message(ticket, str(n)) for n in range(1, 5)])
    await bus.until(bench.tallied(ticket, 5))
    assert await bench.seen(ticket) == [str(n) for n in range(5)]

    async def buried() -> bool:
        return await _dead(bench) == ["not_json", "not_json"]

    await bus.until(buried)


async def test_parser_errors_that_drop_a_message(bench: Bench) -> None:
    """What nobody can read becomes a dead letter with its bytes, announced like any other.

    Without `decode`, which answers each unreadable record by a `DeadRecord`, the framework logs
    what its parser raises and goes on behind it.
    """
    ticket = f"{bench.schema}-T"
    service = await bench.open()
    good = [bus.message(ticket, str(n)) for n in range(3)]
    broken = [b"", b"\xff\xfe{", b"[1]", b'{"type": 7}', b'{"type": "nobody.knows"}', b"{" * 9000]
    await bench.send(good[0])
    for value in broken:
        await bench.raw(value, partition=0)
    await bench.raw(good[1].to_json(), key=b"another ticket")
    await bench.send(good[2])
    await bus.until(bench.tallied(ticket, 2))
    assert await bench.seen(ticket) == ["0", "2"]

    async def all_buried() -> bool:
        return len(await _dead(bench)) == len(broken) + 1

    await bus.until(all_buried)
    assert await _dead(bench) == sorted(
        ["empty", "not_json", "not_object", "no_type", "unknown_type", "not_json", "wrong_key"]
    )
    sealer = Sealer(bench.database, probe.MASTER_KEY)
    letters = await bench.rows(probe.queries.dead)
    letter = next(r for r in letters if r["reason"] == "unknown_type")
    box = Sealed(key=letter["raw_key"], box=letter["raw_box"])
    opened = await sealer.open_many(
        "aftercare", [("dead_letter", f"dead_letter/{letter['id']}", box)]
    )
    assert base64.b64decode(opened[0] or "") == broken[4]
    await bus.until(bench.published)
    announced = await bus.read_all(bench.bootstrap, "dead-letters.probe")
    assert any(str(letter["id"]).encode() in record.value for record in announced)
    await bus.until(ready(service))


async def test_first_records_headers_taken_for_the_whole_batch(bench: Bench) -> None:
    """Records of one poll go on in the trace of each, not of the first.

    Without `decode._traceparent`, which reads each record's own headers, a batch is one message
    to the framework, and its headers are those of the first record.
    """
    tickets = [f"{bench.schema}-{n}" for n in range(2)]
    for ticket, trace in zip(tickets, TRACES, strict=True):
        parent = f"00-{trace}-b7ad6b7169203331-01".encode()
        event = bus.message(ticket, "1")
        await bench.raw(
            event.to_json(), key=ticket.encode(), partition=0, headers=[("traceparent", parent)]
        )
    await bench.open()
    for ticket in tickets:
        await bus.until(bench.tallied(ticket, 1))
    await bus.until(bench.published)
    assert len(await bench.rows("SELECT DISTINCT batch FROM outbox")) == 1, "it was one poll"
    carried: dict[str, str] = {}
    for record in await bus.read_all(bench.bootstrap, "tickets"):
        if record.key is not None and record.key.decode() in tickets:
            context = read_traceparent(dict(record.headers)["traceparent"].decode())
            assert context is not None
            carried[record.key.decode()] = format(context.trace_id, "032x")
    assert carried == dict(zip(tickets, TRACES, strict=True))


async def test_kafka_key_leaking_into_span_attributes(bench: Bench) -> None:
    """A record's key may be what a stranger chose, a telephone number: no span tells it.

    Without spans of our own (`Telemetry._of_place`) the framework's carry the key of each record.
    """
    ticket = f"{bench.schema}-T"
    spans = InMemorySpanExporter()
    await bench.open(Telemetry("probe", "", Sampler(1.0), SimpleSpanProcessor(spans)))
    await bench.raw(bus.message(ticket, "0").to_json(), key=PHONE.encode())
    await bench.raw(b"{rubbish", key=PHONE.encode())
    await bench.send(bus.message(ticket, "1"))
    await bus.until(bench.tallied(ticket, 1))

    async def buried() -> bool:
        return await _dead(bench) == ["not_json", "wrong_key"]

    await bus.until(buried)
    await bus.until(bench.published)
    finished = spans.get_finished_spans()
    assert len(finished) >= 3, "a batch that is tried again has more"
    told = json.dumps([[span.name, dict(span.attributes or {})] for span in finished])
    assert PHONE not in told
    assert not any("key" in name for span in finished for name in span.attributes or {})
    mine = {str(row["id"]).encode() for row in await bench.rows(probe.queries.dead)}
    for record in await bus.read_all(bench.bootstrap, "dead-letters.probe"):
        if any(name in record.value for name in mine):
            assert PHONE.encode() not in record.value + (record.key or b"")
