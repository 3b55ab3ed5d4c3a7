"""Events by hand against a real database: any order, repeats, batches, wiring."""

from __future__ import annotations

import asyncio
from itertools import permutations

import pytest
from fastapi.routing import APIRoute

from schemas.orders import ReceiptConfirmed
from schemas.tickets import TicketResumed
from services.resolution.app import build, interface
from services.resolution.openapi import document
from tests.component.resolution.world import World, opened, order, refunded, reopened


@pytest.mark.parametrize("places", list(permutations(range(3))))
async def test_a_platforms_refund_ends_the_ticket_whatever_comes_first(
    world: World, places: tuple[int, ...]
) -> None:
    story = [order(), opened(), refunded("R1", 10_000, initiator="platform")]
    for place in places:
        (event,) = await world.take(story[place])
        await world.again(event)
    (told,) = await world.resolved()
    assert (told["decided_by"], told["refund_fen"]) == ("order_system", 10_000)
    (row,) = await world.rows("SELECT * FROM refund WHERE key = $1", f"{world.shop}|O1")
    assert (row["ticket_id"], row["action_id"]) == ("T1", None)
    assert (await world.resolve(outcome="reship"))[1]["code"] == "already_resolved"


async def test_a_whole_life_in_one_batch(world: World) -> None:
    await world.take(
        order(), opened(), refunded("R1", 10_000, initiator="platform"), reopened(order_id="O1")
    )
    assert len(await world.resolved()) == 1
    assert (await world.resolve(outcome="rejected"))[0] == 200


async def test_what_is_loaded_is_what_was_saved(world: World) -> None:
    await world.take(order(), opened(), opened("T2", None))
    await world.resolve(refund_fen=1_000, compensation_fen=50)
    await world.take(refunded("R1", 500, initiator="platform"))
    for number in range(2, 5):
        await world.take(refunded(f"R{number}", 100, "L2", initiator="platform"))
    (settlement,) = await world.rows("SELECT * FROM settlement WHERE shop_id = $1", world.shop)
    assert settlement["version"] == 6
    assert settlement["lines"] == {"L1": 10_000, "L2": 5_000}
    status, answer = await world.resolve("T2", outcome="explanation")
    assert status == 200
    assert answer["left_fen"] == 15_000 - 1_000 - 500 - 300


async def test_a_refund_id_counts_once(world: World) -> None:
    await world.take(order(), refunded("R1", 4_000), refunded("R1", 4_000))
    await world.take(refunded("R1", 4_000))
    await world.take(opened())
    assert (await world.resolve(refund_fen=6_001))[1]["code"] == "more_than_paid"
    assert (await world.resolve(refund_fen=6_000))[0] == 200


async def test_a_ticket_told_again_with_another_order_stays_where_it_was(world: World) -> None:
    await world.take(order(), opened())
    await world.take(opened(order_id="O2"))
    rows = await world.rows("SELECT key FROM ticket WHERE shop_id = $1", world.shop)
    assert [row["key"] for row in rows] == [f"{world.shop}|O1"]


async def test_other_events_are_noted_without_effect(world: World) -> None:
    now = opened().opened_at
    await world.take(
        ReceiptConfirmed(order_id="O1", received_at=now),
        TicketResumed(ticket_id="T1", resumed_at=now),
        reopened("T9"),
        reopened("T9", order_id="O9"),
    )
    assert await world.rows("SELECT FROM settlement WHERE shop_id = $1", world.shop) == []


async def test_two_instances_share_the_work_on_one_order(world: World, twin: World) -> None:
    await asyncio.gather(
        world.take(order(), *(refunded(f"R{n}", 1) for n in range(20))),
        twin.gate.submit(event := twin.event(opened("T1", None)), event.to_json()),
    )
    await asyncio.gather(
        *(
            (world, twin)[n % 2].gate.submit(
                told := world.event(refunded(f"S{n}", 1, "L2")), told.to_json()
            )
            for n in range(20)
        )
    )
    status, answer = await world.resolve(outcome="explanation")
    assert (status, answer["left_fen"]) == (200, 15_000 - 40)


async def test_it_listens_to_orders_and_tickets(world: World) -> None:
    service = await build(world.settings)
    try:
        topics = {topic.name for s in service.broker.subscribers for topic in s.topics}  # type: ignore[attr-defined]
        assert topics == {"orders", "tickets", "tickets.urgent"}
    finally:
        await asyncio.to_thread(service.telemetry.close)
        await service.database.close()


async def test_the_document_describes_every_route(world: World) -> None:
    app = interface(world.service, world.settings, world.gate)
    routes = {
        (route.path, method.lower())
        for route in app.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    told = {(path, method) for path, found in document()["paths"].items() for method in found}
    assert routes == told
    assert (await world.client.get("/openapi.json")).json() == document()
