"""Several instances share the work; whoever dies leaves nothing undone and nothing doubled."""

from __future__ import annotations

import json

from tests.integration.runtime.conftest import Bench
from tests.support import bus, probe


async def test_two_instances_share_and_lose_nothing(bench: Bench) -> None:
    tickets = [f"{bench.schema}-{n}" for n in range(20)]
    first = await bench.open()
    events = [bus.message(t, str(n)) for n in range(30) for t in tickets]
    await bench.send(*events[:200])
    second = await bench.open()
    await bench.send(*events[200:400])

    async def both_work() -> bool:
        return bool(first._pumps[0]._epochs) and bool(second._pumps[0]._epochs)

    await bus.until(both_work)
    await bench.close(first)
    await bench.send(*events[400:])
    for ticket in tickets:
        await bus.until(bench.tallied(ticket, 30))
        assert await bench.seen(ticket) == [str(n) for n in range(30)]
    assert await bench.replies(tickets[0]) == [f"re-{n}" for n in range(30)]


async def test_timers_fire_once_with_two_tickers(bench: Bench) -> None:
    tickets = [f"{bench.schema}-{n}" for n in range(30)]
    await bench.open()
    await bench.open()
    await bench.send(*[bus.message(t, "1", "timer:0.5") for t in tickets])

    async def rung() -> bool:
        rows = await bench.rows(probe.queries.tallies, tickets)
        return len(rows) == 30 and all(r["fired"] == 1 for r in rows)

    await bus.until(rung)
    await bus.until(bench.published)
    told = [
        json.loads(r.value)
        for r in await bus.read_all(bench.bootstrap, "tickets")
        if r.key is not None and r.key.decode() in tickets
    ]
    rings = {(e["subject"], e["id"]) for e in told if e["data"]["message_id"] == "ring-1"}
    assert len(rings) == 30, "each is on Kafka at least once, under one id"
