"""A failing message costs its own key only, is tried a bounded number of times, and is kept."""

from __future__ import annotations

import base64

from runtime.sealed import Sealer
from schemas.values import Sealed
from tests.integration.runtime.conftest import Bench
from tests.support import bus, probe


async def _dead(bench: Bench) -> list[str]:
    return [row["reason"] for row in await bench.rows(probe.queries.dead)]


async def test_poison_parks_its_key_while_others_flow(bench: Bench) -> None:
    bench.behaviour.failing = frozenset({"poison"})
    sick, well = f"{bench.schema}-sick", f"{bench.schema}-well"
    # The next try is too far away to come by itself: the others flow while the key is parked.
    await bench.open(max_tries=4, retry_first_ms=600_000, retry_max_ms=600_000)
    await bench.send(
        bus.message(sick, "1"),
        bus.message(sick, "poison"),
        bus.message(sick, "2"),
        *[bus.message(well, str(n)) for n in range(20)],
    )
    await bus.until(bench.tallied(well, 20))

    async def parked() -> bool:
        rows = await bench.rows(probe.queries.parked)
        return [(row["key"], row["tries"]) for row in rows] == [(sick, 1), (sick, 0)]

    await bus.until(parked)
    assert await bench.seen(sick) == ["1"]

    async def buried() -> bool:
        await bench.rows(probe.queries.hurry)
        return await _dead(bench) == ["rule_failed"]

    await bus.until(buried)
    await bus.until(bench.tallied(sick, 2))
    assert await bench.seen(sick) == ["1", "2"]
    letter = (await bench.rows(probe.queries.dead))[0]
    assert letter["tries"] == 4
    assert letter["detail"].startswith("RuntimeError in on_message")
    assert await bench.rows(probe.queries.parked) == []


async def test_order_within_a_key_survives_parking(bench: Bench) -> None:
    bench.behaviour.failing = frozenset({"3"})
    ticket = f"{bench.schema}-T"
    await bench.open(max_tries=100, retry_max_ms=100)
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


async def test_unreadable_records_become_dead_letters_with_their_bytes(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    service = await bench.open()
    good = [bus.message(ticket, str(n)) for n in range(4)]
    broken = [b"", b"\xff\xfe{", b"[1]", b'{"type": 7}', b'{"type": "nobody.knows"}', b"{" * 9000]
    await bench.send(good[0])
    for value in broken:
        await bench.raw(value, partition=0)
    await bench.raw(
        good[1].to_json(),
        key=ticket.encode(),
        headers=[("traceparent", b"\xff\x00\xfe"), ("\u00e9", b"\xff")],
    )
    await bench.raw(good[2].to_json(), key=b"another ticket")
    await bench.send(good[3])
    await bus.until(bench.tallied(ticket, 3))
    assert await bench.seen(ticket) == ["0", "1", "3"]

    async def all_buried() -> bool:
        return len(await _dead(bench)) == len(broken) + 1

    await bus.until(all_buried)
    reasons = sorted(await _dead(bench))
    assert reasons == sorted(
        ["empty", "not_json", "not_object", "no_type", "unknown_type", "not_json", "wrong_key"]
    )
    sealer = Sealer(bench.database, probe.MASTER_KEY)
    letter = next(r for r in await bench.rows(probe.queries.dead) if r["reason"] == "unknown_type")
    box = Sealed(key=letter["raw_key"], box=letter["raw_box"])
    opened = await sealer.open_many(
        "aftercare", [("dead_letter", f"dead_letter/{letter['id']}", box)]
    )
    assert base64.b64decode(opened[0] or "") == broken[4]
    await bus.until(bench.published)
    announced = await bus.read_all(bench.bootstrap, "dead-letters.probe")
    assert any(str(letter["id"]).encode() in record.value for record in announced)
    assert service.health.report().ready


async def test_the_line_stops_instead_of_draining_into_dead_letters(bench: Bench) -> None:
    bench.behaviour.all_fail = True
    tickets = [f"{bench.schema}-{n}" for n in range(60)]
    service = await bench.open(
        max_tries=2, retry_max_ms=30, dead_letter_floor=5, parked_keys_max=20, batch_records=10
    )
    await bench.send(*[bus.message(t, "1") for t in tickets])

    async def stopped() -> bool:
        return not service.health.report().ready

    await bus.until(stopped)
    assert len(await _dead(bench)) <= 5
    complaints = service.health.report().complaints
    assert any("LineStopped" in text for text in complaints.values()), complaints
    bench.behaviour.all_fail = False

    async def drained() -> bool:
        counts = [len(await bench.seen(t)) for t in tickets]
        return sum(counts) + len(await _dead(bench)) == len(tickets)

    await bus.until(drained)

    async def well() -> bool:
        return service.health.report().ready

    await bus.until(well)
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
