"""What once stopped a line for good: each of these must cost at most its own key."""

from __future__ import annotations

import asyncio

import pytest

from runtime.gate import BusyError, CommandFailedError
from tests.integration.runtime.conftest import Bench
from tests.support import bus, probe
from tests.support.probe_bench import ready


async def _dead(bench: Bench) -> int:
    return len(await bench.rows(probe.queries.dead))


async def test_many_bad_records_among_more_good_ones_at_the_start(bench: Bench) -> None:
    tickets = [f"{bench.schema}-{n}" for n in range(20)]
    async with bus.producer(bench.bootstrap) as made:
        for n in range(600):
            event = bus.message(tickets[n % 20], str(n))
            await made.send(bench.topic, event.to_json(), key=event.subject.encode(), partition=0)
            if n % 20 == 0:
                await made.send(bench.topic, b"no event", partition=0)
        await made.flush()
    service = await bench.open(dead_letter_floor=5)
    for ticket in tickets:
        await bus.until(bench.tallied(ticket, 30))

    async def all_bad_buried() -> bool:
        return await _dead(bench) == 30

    await bus.until(all_bad_buried)
    await bus.until(ready(service))


async def test_a_case_that_cannot_be_loaded_or_answered(bench: Bench) -> None:
    sick, odd, well = (f"{bench.schema}-{name}" for name in ("sick", "odd", "well"))
    bench.behaviour.unloadable = frozenset({sick})
    await bench.open(max_tries=3, retry_max_ms=50)
    await bench.send(
        bus.message(sick, "1"),
        bus.message(odd, "1", "unspeakable"),
        *[bus.message(well, str(n)) for n in range(10)],
    )
    await bus.until(bench.tallied(well, 10))

    async def buried() -> bool:
        return await _dead(bench) == 2

    await bus.until(buried)
    bench.behaviour.unloadable = frozenset()
    await bench.send(bus.message(sick, "2"), bus.message(odd, "2"))
    await bus.until(bench.tallied(sick, 1))
    await bus.until(bench.tallied(odd, 1))


async def test_exhausted_and_final_failures_together_leave_room_for_the_rest(
    bench: Bench,
) -> None:
    tickets = [f"{bench.schema}-{n}" for n in range(12)]
    bench.behaviour.all_fail = True
    await bench.open(max_tries=3, retry_max_ms=30, dead_letter_floor=3)
    events = [bus.message(t, "1", "refuse" if n == 6 else "hello") for n, t in enumerate(tickets)]
    await bench.send(*events)

    async def all_parked() -> bool:
        return len(await bench.rows(probe.queries.parked)) + await _dead(bench) == 12

    await bus.until(all_parked)
    bench.behaviour.failing = frozenset()
    bench.behaviour.all_fail = False

    async def settled() -> bool:
        seen = [len(await bench.seen(t)) for t in tickets]
        return sum(seen) + await _dead(bench) == 12

    await bus.until(settled)
    assert await _dead(bench) <= 3 + 1


async def test_the_gate_outlives_what_a_store_raises(bench: Bench) -> None:
    sick, well = f"{bench.schema}-sick", f"{bench.schema}-well"
    bench.behaviour.unloadable = frozenset({sick})
    service = await bench.open()
    gate = service.gate(service.applier(probe.desk(bench.behaviour)))
    gate.start()
    first, second, third = (bus.message(t, "1") for t in (sick, well, well))
    results = await asyncio.gather(
        *(gate.submit(e, e.to_json()) for e in (first, second)), return_exceptions=True
    )
    assert isinstance(results[0], CommandFailedError)
    assert results[1] == {"seen": 1}
    assert await gate.submit(third, third.to_json()) == {"seen": 2}
    await gate.stop()


async def test_a_full_outbox_answers_busy(bench: Bench) -> None:
    service = await bench.open()
    gate = service.gate(service.applier(probe.desk(bench.behaviour)))
    gate.start()
    service.publisher._lines["routine"].roomy.clear()
    event = bus.message(f"{bench.schema}-T", "1")
    with pytest.raises(BusyError):
        await gate.submit(event, event.to_json())
    service.publisher._lines["routine"].roomy.set()
    assert await gate.submit(event, event.to_json()) == {"seen": 1}
    await gate.stop()
