"""The urgent lane on a real broker: it passes a backlog, and a ticket that rises loses nothing."""

from __future__ import annotations

import json
from typing import Any

from runtime.service import Service
from schemas.topics import LANES
from tests.integration.runtime.conftest import Bench
from tests.support import bus, probe
from tests.support.probe_bench import Held

BACKLOG = 600
BUSY_S = 0.004
LONG_BACKLOG, SHORT_S = 6_000, 0.002
"""Twelve seconds: far longer than a machine stands still. Nobody waits for the end of it."""


async def opened(bench: Bench, **changes: Any) -> tuple[Service, str]:
    """A probe with a pump for each lane: the second topic is the urgent one."""
    urgent = f"{bench.topic}.urgent"
    await bus.make_topic(bench.bootstrap, urgent)
    config = probe.settings(bench.bootstrap, bench.url, **changes)
    database = await probe.connected(bench.url, bench.schema)
    service = Service("probe", config, database, automatic=True)
    applier = service.applier(probe.desk(bench.behaviour))
    for lane, topic in zip(LANES, (urgent, bench.topic), strict=True):
        pump = service.pump(applier, lane)
        probe.subscribe(service, pump, topic)
    service.ticker(applier)
    return service, urgent


async def backlog(bench: Bench) -> int:
    """How many routine messages were applied."""
    rows = await bench.rows("SELECT count(*) AS n FROM inbox WHERE topic = $1", bench.topic)
    return int(rows[0]["n"])


async def test_urgent_passes_a_backlog_of_the_same_desk(bench: Bench) -> None:
    await bus.make_topic(bench.bootstrap, "tickets.urgent")
    service, urgent = await opened(bench)
    await service.start()
    try:
        # Both pumps have their partitions before anything is measured.
        await bench.send(bus.message(f"{bench.schema}-first", "r"))
        await bus.send(bench.bootstrap, urgent, [bus.message(f"{bench.schema}-one", "u")])
        for ticket in ("first", "one"):
            await bus.until(bench.tallied(f"{bench.schema}-{ticket}", 1))
        bench.behaviour.busy_s, bench.behaviour.meddle = SHORT_S, (held := Held())
        routine = [bus.message(f"{bench.schema}-{n % 50}", f"r{n}") for n in range(LONG_BACKLOG)]
        await bench.send(*routine, bus.message(f"{bench.schema}-late", "r"))
        await held.reached.wait()
        held.free.set()
        await bus.until(bench.tallied(f"{bench.schema}-0", 1))
        left = []
        async with bus.producer(bench.bootstrap) as producer:
            for n in range(3):
                event = bus.message(ticket := f"{bench.schema}-u{n}", "u", "urgent")
                await producer.send_and_wait(urgent, event.to_json(), key=ticket.encode())
                await bus.until(bench.tallied(ticket, 1))
                left.append(LONG_BACKLOG - await backlog(bench))
        bench.behaviour.busy_s = 0
        await bus.until(bench.tallied(f"{bench.schema}-late", 1))
    finally:
        bench.behaviour.busy_s = 0
        await service.stop()
    assert min(left) > 0, left
    rows = await bench.rows("SELECT topic FROM outbox WHERE key LIKE '%-u_'")
    assert {row["topic"] for row in rows} == {"tickets.urgent"}


async def test_a_ticket_that_rises_is_applied_once_and_in_order_within_each_lane(
    bench: Bench,
) -> None:
    await bus.make_topic(bench.bootstrap, "tickets.urgent")
    bench.behaviour.busy_s = BUSY_S
    ticket = f"{bench.schema}-T"
    crowd = [bus.message(f"{bench.schema}-{n % 50}", f"r{n}") for n in range(BACKLOG // 2)]
    past = [bus.message(ticket, f"past-{n}") for n in range(3)]
    await bench.send(*crowd, *past, *crowd[:10])
    service, urgent = await opened(bench)
    await service.start()
    try:
        rise = [bus.message(ticket, f"rise-{n}", "urgent") for n in range(3)]
        await bus.send(bench.bootstrap, urgent, rise)
        await bus.until(bench.tallied(ticket, 6))
        await bus.until(bench.published)
    finally:
        bench.behaviour.busy_s = 0
        await service.stop()
    seen = await bench.seen(ticket)
    assert sorted(seen) == sorted({e.data.message_id for e in (*past, *rise)})
    for lane in (past, rise):
        ids = [event.data.message_id for event in lane]
        assert [one for one in seen if one in ids] == ids
    for topic, lane in (("tickets", past), ("tickets.urgent", rise)):
        told = [
            json.loads(record.value)["data"]["message_id"]
            for record in await bus.read_all(bench.bootstrap, topic)
            if record.key == ticket.encode()
        ]
        assert list(dict.fromkeys(told)) == [f"re-{event.data.message_id}" for event in lane]


async def test_a_parked_key_holds_back_both_lanes(bench: Bench) -> None:
    await bus.make_topic(bench.bootstrap, "tickets.urgent")
    ticket = f"{bench.schema}-T"
    bench.behaviour.failing = frozenset({"1"})
    # Its next try does not come by itself: it must not be given up before the second is there.
    service, urgent = await opened(bench, retry_first_ms=600_000, retry_max_ms=600_000)
    await service.start()
    try:
        await bench.send(bus.message(ticket, "1"))

        async def waiting(count: int) -> bool:
            rows = await bench.rows("SELECT id FROM parked WHERE key = $1", ticket)
            return len(rows) == count

        await bus.until(lambda: waiting(1))
        await bus.send(bench.bootstrap, urgent, [bus.message(ticket, "2", "urgent")])
        await bus.until(lambda: waiting(2))
        bench.behaviour.failing = frozenset()
        await bench.rows(probe.queries.hurry)
        await bus.until(bench.tallied(ticket, 2))
        assert await bench.seen(ticket) == ["1", "2"]
    finally:
        await service.stop()
