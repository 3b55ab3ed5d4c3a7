"""A failing message costs its own key only, is tried a bounded number of times, and is kept."""

from __future__ import annotations

from tests.integration.runtime.conftest import Bench
from tests.support import bus, probe
from tests.support.probe_bench import ready


async def _dead(bench: Bench) -> list[str]:
    return [row["reason"] for row in await bench.rows(probe.queries.dead)]


async def test_order_within_a_key_survives_parking(bench: Bench) -> None:
    bench.behaviour.failing = frozenset({"3"})
    ticket = f"{bench.schema}-T"
    await bench.open(max_tries=100, retry_max_ms=400)
    await bench.send(*[bus.message(ticket, str(n)) for n in range(10)])

    async def parked() -> bool:
        return len(await bench.rows(probe.queries.parked)) == 7

    await bus.until(parked)
    await bench.send(*[bus.message(ticket, str(n)) for n in range(10, 15)])
    bench.behaviour.failing = frozenset()
    await bus.until(bench.tallied(ticket, 15))
    assert await bench.seen(ticket) == [str(n) for n in range(15)]
    assert await bench.replies(ticket) == [f"re-{n}" for n in range(15)]


async def test_what_the_database_refuses_costs_one_message(bench: Bench) -> None:
    sick, well = f"{bench.schema}-sick", f"{bench.schema}-well"
    await bench.open(max_tries=2, retry_max_ms=50)
    await bench.send(
        *[bus.message(well, str(n)) for n in range(5)],
        bus.message(sick, "x", "bad"),
        bus.message(sick, "y"),
        *[bus.message(well, str(n)) for n in range(5, 10)],
    )
    await bus.until(bench.tallied(well, 10))
    await bus.until(bench.tallied(sick, 1))
    assert await bench.seen(sick) == ["y"]
    assert await _dead(bench) == ["refused_by_database"]


async def test_the_line_stops_instead_of_draining_into_dead_letters(bench: Bench) -> None:
    bench.behaviour.all_fail = True
    tickets = [f"{bench.schema}-{n}" for n in range(60)]
    service = await bench.open(
        max_tries=2, retry_max_ms=30, dead_letter_floor=5, parked_keys_max=20, batch_records=10
    )
    await bench.send(*[bus.message(t, "1") for t in tickets])

    async def stopped() -> bool:
        report = service.health.report()
        return not report.ready and any(
            "LineStopped" in text for text in report.complaints.values()
        )

    await bus.until(stopped)
    assert len(await _dead(bench)) <= 5
    bench.behaviour.all_fail = False

    async def drained() -> bool:
        counts = [len(await bench.seen(t)) for t in tickets]
        return sum(counts) + len(await _dead(bench)) == len(tickets)

    await bus.until(drained)
    await bus.until(ready(service))
    assert len(await _dead(bench)) <= 5


async def test_a_final_refusal_is_not_tried_again(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    await bench.open()
    await bench.send(bus.message(ticket, "no", "refuse"), bus.message(ticket, "yes"))
    await bus.until(bench.tallied(ticket, 1))
    assert await bench.seen(ticket) == ["yes"]
    letters = await bench.rows(probe.queries.dead)
    assert [(r["reason"], r["tries"]) for r in letters] == [("refused", 1)]


async def test_a_tombstone_and_a_contradicting_header_are_given_up(bench: Bench) -> None:
    """A header that names what the desk has no rule for is believed: nothing is read there."""
    ticket = f"{bench.schema}-T"
    event = bus.message(ticket, "1")
    await bench.open()
    body = event.to_json().replace(b"CustomerMessageReceived", b"CallMade")
    for header in (b"aftercare.tickets.CustomerMessageReceived", b"aftercare.tickets.CallMade"):
        await bench.raw(body, key=ticket.encode(), headers=[("ce_type", header)])
    await bench.raw(None, key=ticket.encode())

    async def buried() -> bool:
        return sorted(await _dead(bench)) == ["empty", "wrong_type"]

    await bus.until(buried)
