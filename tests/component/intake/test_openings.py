"""Complaints become tickets: one per external id, one open per order line."""

from __future__ import annotations

import asyncio

import pytest

from runtime.clock import wall_now
from schemas.orders import ParcelScanned
from schemas.resolution import Resolved
from tests.component.intake.world import World, complaint, iso, order


async def test_a_complaint_opens_a_ticket(world: World) -> None:
    status, answer = await world.open("c-1", opened_at=iso(minutes=-5))
    assert (status, answer["created"], answer["joined"]) == (201, True, False)
    (event,) = await world.published()
    assert event["type"] == "aftercare.tickets.TicketOpened"
    assert event["data"]["ticket_id"] == answer["ticket_id"] == event["subject"]
    assert event["data"]["text"] == "The lamp arrived broken"
    assert event["data"]["received_at"] > event["data"]["opened_at"]
    assert "order" not in event["data"]
    assert event["autoorigin"] is False


async def test_the_same_complaint_again_has_no_second_effect(world: World) -> None:
    first = await world.open("c-1", message_id="m-1")
    same_request = await world.open("c-1", message_id="m-1")
    own_request = await world.open("c-1", message_id="m-2")
    assert first[0] == 201
    assert same_request == own_request == (200, {**first[1], "created": False})
    assert await world.names() == ["TicketOpened"]


async def test_a_thousand_repeats_are_one_ticket(world: World) -> None:
    answers = await asyncio.gather(*(world.open("c-1", message_id="m-1") for _ in range(300)))
    answers += await asyncio.gather(*(world.open("c-1") for _ in range(700)))
    assert sorted({status for status, _ in answers}) == [200, 201]
    assert sum(status == 201 for status, _ in answers) == 1
    assert len({answer["ticket_id"] for _, answer in answers}) == 1
    assert await world.names() == ["TicketOpened"]


async def test_the_same_external_id_with_other_content_is_refused(world: World) -> None:
    ticket = await world.opened("c-1")
    status, answer = await world.open("c-1", text="Something else")
    assert (status, answer["code"]) == (409, "id_reused")
    assert ticket in answer["detail"]
    status, answer = await world.open("c-1", text="Something else", message_id="m-9")
    assert (status, answer["code"]) == (409, "id_reused")


async def test_the_same_time_in_another_zone_is_the_same_content(world: World) -> None:
    at = wall_now().replace(microsecond=0)
    ticket = await world.opened("c-1", opened_at=at.isoformat())
    east = at.isoformat().replace("+00:00", "Z")
    assert (await world.open("c-1", opened_at=east))[1]["ticket_id"] == ticket


async def test_a_webhook_id_with_another_body_is_refused(world: World) -> None:
    await world.open("c-1", message_id="m-1")
    status, answer = await world.open("c-2", message_id="m-1")
    assert (status, answer["code"]) == (409, "id_reused")


async def test_external_ids_are_told_apart_by_origin_and_shop(world: World) -> None:
    tickets = {
        await world.opened("c-1"),
        await world.opened("c-1", origin="platform"),
        await world.opened("c-1", shop=world.other_shop),
    }
    assert len(tickets) == 3


async def test_a_complaint_joins_the_open_ticket_of_its_line(world: World) -> None:
    ticket = await world.opened("c-1", order_id="O-1", line_id="L1")
    status, answer = await world.open("c-2", order_id="O-1", line_id="L1", text="Hello?")
    assert (status, answer["ticket_id"], answer["joined"]) == (200, ticket, True)
    again = await world.open("c-2", order_id="O-1", line_id="L1", text="Hello?")
    assert again == (status, answer)
    opened, message = await world.published()
    assert message["type"].endswith("CustomerMessageReceived")
    assert message["subject"] == opened["subject"] == ticket
    assert message["data"]["repeat_of"] == "c-2"
    assert message["data"]["text"] == "Hello?"


async def test_other_lines_and_other_orders_have_their_own_tickets(world: World) -> None:
    tickets = {
        await world.opened("c-1", order_id="O-1", line_id="L1"),
        await world.opened("c-2", order_id="O-1", line_id="L2"),
        await world.opened("c-3", order_id="O-1"),
        await world.opened("c-4", order_id="O-2", line_id="L1"),
        await world.opened("c-5"),
        await world.opened("c-6"),
        await world.opened("c-7", order_id="O-1", line_id="L1", shop=world.other_shop),
    }
    assert len(tickets) == 7
    assert (await world.open("c-8", order_id="O-1"))[1]["joined"] is True


async def test_after_the_end_of_a_ticket_its_line_gets_a_new_one(world: World) -> None:
    first = await world.opened("c-1", order_id="O-1", line_id="L1")
    await world.tell(
        world.closing,
        Resolved(ticket_id=first, outcome="reship", decided_by="agent", resolved_at=wall_now()),
    )
    second = await world.opened("c-2", order_id="O-1", line_id="L1")
    assert second != first
    assert (await world.open("c-1", order_id="O-1", line_id="L1"))[1]["ticket_id"] == first


async def test_a_ticket_carries_what_is_known_about_its_order(world: World) -> None:
    placed = await world.place(gift={"occasion": "birthday"}, language="en")
    scan = ParcelScanned(
        order_id="O-1",
        parcel_id="P-1",
        carrier="sf",
        state="in_transit",
        scanned_at=wall_now(),
    )
    await world.tell(world.orders, scan)
    await world.opened(order_id="O-1", line_id="L2")
    (event,) = await world.published()
    snapshot = event["data"]["order"]
    assert snapshot["order_id"] == "O-1"
    assert [line["line_id"] for line in snapshot["lines"]] == ["L1", "L2"]
    assert snapshot["paid_fen"] == placed.paid_fen
    assert snapshot["gift"]["occasion"] == "birthday"
    assert snapshot["parcel_state"] == "in_transit"
    assert event["data"]["customer_id"] == "C-1"
    assert event["data"]["language"] == "en"


async def test_a_line_that_the_order_does_not_have_is_refused(world: World) -> None:
    await world.place()
    status, answer = await world.open(order_id="O-1", line_id="L9")
    assert (status, answer["code"]) == (422, "unknown_line")
    assert await world.names() == []


async def test_the_order_of_another_shop_is_unknown(world: World) -> None:
    await world.place()
    await world.opened(order_id="O-1", line_id="L9", shop=world.other_shop)
    (event,) = await world.published()
    assert "order" not in event["data"]
    assert "customer_id" not in event["data"]


async def test_complaints_about_one_line_at_once_are_one_ticket(world: World, twin: World) -> None:
    """Also when two instances take them."""
    told = [
        instance.open(f"c-{number}", order_id="O-1", line_id="L1")
        for number in range(25)
        for instance in (world, twin)
    ]
    answers = await asyncio.gather(*told)
    assert sum(status == 201 for status, _ in answers) == 1
    assert {status for status, _ in answers} == {200, 201}
    assert len({answer["ticket_id"] for _, answer in answers}) == 1
    names = await world.names()
    assert names.count("TicketOpened") == 1
    assert names.count("CustomerMessageReceived") == 24


async def test_openings_and_order_events_at_once_do_not_stand_in_each_others_way(
    world: World, twin: World
) -> None:
    numbers = [f"O-{number}" for number in range(30)]
    told = [world.open(f"c-{number}", order_id=number) for number in numbers]
    placed = [twin.tell(twin.orders, order(number)) for number in reversed(numbers)]
    answers = await asyncio.gather(*told, *placed)
    assert [answer[0] for answer in answers[:30] if answer is not None] == [201] * 30
    known = await world.rows(
        "SELECT order_id FROM customer_order WHERE shop_id = $1 AND placed IS NOT NULL", world.shop
    )
    assert len(known) == 30


async def test_one_external_id_about_two_orders_at_once(world: World) -> None:
    """The second is refused; the rest of the batch is not held up by it."""
    asked = [world.open("c-1", order_id=f"O-{number}") for number in range(4)]
    asked += [
        world.open(f"d-{number}", order_id="O-9", line_id=f"L{number}") for number in range(4)
    ]
    answers = await asyncio.gather(*asked)
    assert sorted(status for status, _ in answers[:4]) == [201, 409, 409, 409]
    assert [status for status, _ in answers[4:]] == [201] * 4


@pytest.mark.parametrize(("origin", "watched"), [("platform_dispute", True), ("inbox", False)])
async def test_watched_origins_are_marked(world: World, origin: str, watched: bool) -> None:
    await world.opened(origin=origin)
    assert (await world.published())[0]["data"]["watched"] is watched


async def test_the_state_of_a_ticket_is_told_to_its_shop_alone(world: World) -> None:
    ticket = await world.opened("c-1", order_id="O-1")
    response = await world.request("GET", f"/v1/tickets/{ticket}")
    assert response.status_code == 200
    told = response.json()
    assert (told["state"], told["order_id"], told["external_id"]) == ("open", "O-1", "c-1")
    response = await world.request("GET", f"/v1/tickets/{ticket}", shop=world.other_shop)
    assert (response.status_code, response.json()["code"]) == (404, "unknown_ticket")


async def test_a_complaint_needs_words_or_files(world: World) -> None:
    status, answer = await world.post("/v1/tickets", complaint(text="  "))
    assert (status, answer["code"]) == (422, "invalid")
