"""What triage is told besides messages: a person's decision, and an order that came late."""

from __future__ import annotations

from tests.component.intake.world import World

SORT = {"agent_id": "agent-7", "problem_class": "usage", "level": "L2", "route": "second_line"}


async def test_a_person_sorts_a_ticket_once_per_request(world: World) -> None:
    ticket = await world.opened()
    path = f"/v1/tickets/{ticket}/triage"
    for _ in range(2):
        status, answer = await world.post(path, SORT, message_id="msg-sort")
        assert (status, answer["ticket_id"], answer["state"]) == (200, ticket, "open")
    (told,) = [e for e in await world.published() if e["type"].endswith("TicketClassified")]
    said = told["data"]
    assert (said["problem_class"], said["level"], said["route"]) == ("usage", "L2", "second_line")
    assert said["agent_id"] == "agent-7"


async def test_what_nobody_may_say_of_a_ticket_is_refused(world: World) -> None:
    ticket = await world.opened()
    path = f"/v1/tickets/{ticket}/triage"
    assert (await world.post(path, {}))[0] == 422
    assert (await world.post(path, {**SORT, "route": "bot"}))[0] == 422
    assert (await world.post(path, {**SORT, "level": "L9"}))[0] == 422
    assert (await world.post(path, {**SORT, "note": "x"}))[0] == 422
    assert (await world.post("/v1/tickets/no-such/triage", SORT))[0] == 404
    assert (await world.post(path, SORT, shop=world.other_shop))[0] == 404
    assert await world.names() == ["TicketOpened"]


async def test_an_order_told_after_its_ticket_reaches_the_ticket(world: World) -> None:
    ticket = await world.opened(order_id="O-late", line_id="L1")
    await world.place("O-late")
    assert await world.names() == ["TicketOpened", "OrderAttached"]
    told = (await world.published())[-1]
    assert (told["subject"], told["data"]["order"]["order_id"]) == (ticket, "O-late")
    assert told["data"]["order"]["paid_fen"] > 0


async def test_an_order_that_no_open_ticket_waits_for_is_told_to_nobody(world: World) -> None:
    await world.place("O-first")
    await world.opened(order_id="O-first")
    await world.place("O-first", language="en")
    await world.place("O-other")
    assert await world.names() == ["TicketOpened"]
