"""Messages, replies, calls, waits and the end of a ticket, through HTTP and the bus."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from runtime.clock import wall_now
from schemas.resolution import Resolved
from tests.component.intake.world import World, iso

REPLY = {"message_id": "r1", "agent_id": "a1", "human": True, "text": "We are sorry"}
CALL = {"call_id": "k1", "agent_id": "a1", "duration_s": 60, "answered": True}
WAIT = {"cause": "customer", "agent_id": "a1"}


async def say(world: World, ticket: str, number: str = "m1", **fields: Any) -> Any:
    body = {"message_id": number, "text": "Any news?", **fields}
    return await world.post(f"/v1/tickets/{ticket}/messages", body)


async def resolve(world: World, ticket: str, at: datetime | None = None) -> None:
    at = at or wall_now()
    told = Resolved(ticket_id=ticket, outcome="reship", decided_by="agent", resolved_at=at)
    await world.tell(world.closing, told)


async def state(world: World, ticket: str) -> Any:
    response = await world.request("GET", f"/v1/tickets/{ticket}")
    return response.json()["state"]


async def test_the_life_of_a_ticket(world: World) -> None:
    ticket = await world.opened()
    path = f"/v1/tickets/{ticket}"
    assert (await say(world, ticket))[0] == 200
    assert (await world.post(f"{path}/replies", {**REPLY, "milestones": ["reviewed"]}))[0] == 200
    assert (await world.post(f"{path}/calls", {**CALL, "started_at": iso(minutes=-2)}))[0] == 200
    status, answer = await world.post(f"{path}/waiting", {**WAIT, "cause": "carrier"})
    assert (status, answer["state"], answer["waiting_for"]) == (200, "waiting", "carrier")
    status, answer = await world.post(f"{path}/resume", {"agent_id": "a1"})
    assert (status, answer["state"], answer["waiting_for"]) == (200, "open", None)
    await resolve(world, ticket)
    assert await state(world, ticket) == "closed"
    assert await world.names() == [
        "TicketOpened", "CustomerMessageReceived", "AgentReplied", "CallMade", "TicketWaiting",
        "TicketResumed",
    ]  # fmt: skip
    assert {event["subject"] for event in await world.published()} == {ticket}


async def test_an_entry_counts_once_by_its_own_id(world: World) -> None:
    ticket = await world.opened()
    path = f"/v1/tickets/{ticket}"
    call = {**CALL, "started_at": iso(minutes=-2)}
    for body, where in (
        ({"message_id": "m1", "text": "Any news?"}, "messages"),
        (REPLY, "replies"),
        (call, "calls"),
    ):
        answers = [await world.post(f"{path}/{where}", body) for _ in range(3)]
        assert answers == [answers[0]] * 3
    status, answer = await say(world, ticket, text="Other words")
    assert (status, answer["code"]) == (409, "id_reused")
    assert len(await world.names()) == 4


async def test_the_same_message_at_once(world: World, twin: World) -> None:
    ticket = await world.opened()
    told = [say(instance, ticket) for _ in range(10) for instance in (world, twin)]
    assert {status for status, _ in await asyncio.gather(*told)} == {200}
    assert (await world.names()).count("CustomerMessageReceived") == 1


async def test_a_message_of_the_customer_ends_the_wait_for_them(world: World) -> None:
    ticket = await world.opened()
    await world.post(f"/v1/tickets/{ticket}/waiting", WAIT)
    status, answer = await say(world, ticket, sent_at=iso(minutes=-1))
    assert (status, answer["state"]) == (200, "open")
    _, waiting, message, resumed = await world.published()
    assert message["data"]["sent_at"] < waiting["data"]["since"]
    assert resumed["data"] == {"ticket_id": ticket, "resumed_at": waiting["data"]["since"]}


async def test_a_repeated_complaint_ends_the_wait_too(world: World) -> None:
    ticket = await world.opened("c-1", order_id="O-1")
    await world.post(f"/v1/tickets/{ticket}/waiting", WAIT)
    await world.open("c-2", order_id="O-1")
    assert (await world.names())[-2:] == ["CustomerMessageReceived", "TicketResumed"]
    assert await state(world, ticket) == "open"


async def test_a_wait_for_others_goes_on(world: World) -> None:
    ticket = await world.opened()
    await world.post(f"/v1/tickets/{ticket}/waiting", {**WAIT, "cause": "inspection"})
    assert (await say(world, ticket))[1]["waiting_for"] == "inspection"


async def test_waiting_twice(world: World) -> None:
    ticket = await world.opened()
    for cause in ("customer", "customer", "carrier"):
        await world.post(f"/v1/tickets/{ticket}/waiting", {**WAIT, "cause": cause})
    names = ["TicketOpened", "TicketWaiting", "TicketResumed", "TicketWaiting"]
    assert await world.names() == names


async def test_a_wait_can_not_be_backdated_over_what_came_before(world: World) -> None:
    ticket = await world.opened(opened_at=iso(minutes=-60))
    path = f"/v1/tickets/{ticket}"
    assert (await world.post(f"{path}/waiting", {**WAIT, "since": iso(minutes=-30)}))[0] == 200
    for where, body in (
        ("resume", {"agent_id": "a1", "resumed_at": iso(minutes=-40)}),
        ("waiting", {**WAIT, "cause": "carrier", "since": iso(minutes=-40)}),
    ):
        status, answer = await world.post(f"{path}/{where}", body)
        assert (status, answer["code"]) == (422, "too_early")


async def test_a_message_reopens_what_was_closed_lately(world: World) -> None:
    ticket = await world.opened("c-1", order_id="O-1")
    await resolve(world, ticket, wall_now() - timedelta(days=2))
    assert await state(world, ticket) == "closed"
    status, answer = await say(world, ticket)
    assert (status, answer["state"]) == (200, "open")
    assert (await world.names())[1:] == ["TicketReopened", "CustomerMessageReceived"]
    assert (await world.open("c-2", order_id="O-1"))[1]["ticket_id"] == ticket


async def test_a_message_comes_too_late_for_what_was_closed_long_ago(world: World) -> None:
    ticket = await world.opened(opened_at=iso(days=-40))
    await resolve(world, ticket, wall_now() - timedelta(days=30))
    status, answer = await say(world, ticket)
    assert (status, answer["code"]) == (409, "ticket_closed")
    assert "open a new one" in answer["detail"]


async def test_records_are_kept_and_waits_refused_after_the_end(world: World) -> None:
    ticket = await world.opened()
    await resolve(world, ticket)
    path = f"/v1/tickets/{ticket}"
    assert (await world.post(f"{path}/replies", REPLY))[0] == 200
    assert (await world.post(f"{path}/calls", {**CALL, "started_at": iso()}))[0] == 200
    for where, body in (("waiting", WAIT), ("resume", {"agent_id": "a1"})):
        status, answer = await world.post(f"{path}/{where}", body)
        assert (status, answer["code"]) == (409, "ticket_closed")
    assert await state(world, ticket) == "closed"


async def test_of_two_closed_tickets_of_a_line_one_comes_back(world: World) -> None:
    tickets = []
    for number in range(3):
        tickets.append(await world.opened(f"c-{number}", order_id="O-1"))
        await resolve(world, tickets[-1])
    answers = await asyncio.gather(*(say(world, ticket) for ticket in tickets))
    assert sorted(status for status, _ in answers) == [200, 409, 409]
    (alive,) = [t for t in tickets if await state(world, t) == "open"]
    assert all(alive in answer["detail"] for status, answer in answers if status == 409)


async def test_a_decision_that_missed_the_last_message_does_not_end_the_ticket(
    world: World,
) -> None:
    ticket = await world.opened(opened_at=iso(minutes=-30))
    await say(world, ticket)
    await resolve(world, ticket, wall_now() - timedelta(minutes=5))
    assert await state(world, ticket) == "open"
    assert (await world.names())[-1] == "TicketReopened"


async def test_a_stale_or_repeated_decision_changes_nothing(world: World) -> None:
    ticket = await world.opened(opened_at=iso(days=-3))
    decided_at = wall_now() - timedelta(days=1)
    await resolve(world, ticket, decided_at)
    await resolve(world, ticket, decided_at - timedelta(hours=1))
    await say(world, ticket)
    await resolve(world, ticket, decided_at + timedelta(hours=1))
    assert await state(world, ticket) == "open"
    assert (await world.names()).count("TicketReopened") == 1


async def test_a_decision_on_a_ticket_that_intake_never_opened(world: World) -> None:
    await resolve(world, "nobody-knows")
    assert await world.names() == []


@pytest.mark.parametrize("where", ["messages", "replies", "calls", "waiting", "resume"])
async def test_tickets_of_others_are_unknown(world: World, where: str) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "messages": {"message_id": "m1", "text": "Call me: 138 1234 5678"},
        "replies": REPLY,
        "calls": {**CALL, "started_at": iso()},
        "waiting": WAIT,
        "resume": {"agent_id": "a1"},
    }
    ticket = await world.opened()
    for path, shop in (
        (f"/v1/tickets/{ticket}/{where}", world.other_shop),
        (f"/v1/tickets/no-such-ticket/{where}", world.shop),
        (f"/v1/tickets/%00/{where}", world.shop),
        (f"/v1/tickets/{'x' * 200}/{where}", world.shop),
    ):
        status, answer = await world.post(path, bodies[where], shop=shop)
        assert (status, answer["code"]) == (404, "unknown_ticket")


async def test_one_request_can_not_be_sent_on_to_another_ticket(world: World) -> None:
    """Paths are not signed, ids of requests are."""
    first, second = await world.opened("c-1"), await world.opened("c-2")
    body = {"message_id": "m1", "text": "Any news?"}
    await world.post(f"/v1/tickets/{first}/messages", body, message_id="w-1")
    status, answer = await world.post(f"/v1/tickets/{second}/messages", body, message_id="w-1")
    assert (status, answer["code"]) == (409, "id_reused")


async def test_a_refused_request_sent_many_times_at_once_never_succeeds(world: World) -> None:
    body = {"message_id": "m1", "text": "Any news?"}
    path = "/v1/tickets/no-such-ticket/messages"
    told = [world.post(path, body, message_id="w-1") for _ in range(8)]
    statuses = {status for status, _ in await asyncio.gather(*told)}
    assert 404 in statuses
    assert statuses <= {404, 503}
