"""Tickets in, decisions out, on a real database: once each, whatever is repeated."""

from __future__ import annotations

import asyncio

from runtime.clock import new_id, wall_now
from schemas.envelope import Payload
from schemas.registry import read_event
from schemas.tickets import CustomerMessageReceived, TicketOpened
from services.triage.app import build
from tests.component.triage.conftest import World


def ticket(text: str) -> TicketOpened:
    """A new ticket with an id of its own."""
    now = wall_now()
    number = f"T-{new_id().hex}"
    return TicketOpened(
        ticket_id=number, external_id=number, origin="inbox", channel="douyin", opened_at=now,
        received_at=now, text=text, order_id="O-1", line_id="L1",
    )  # fmt: skip


async def test_each_ticket_is_triaged_once(world: World) -> None:
    tickets = [ticket("电热毯漏电"), ticket("还没发货"), ticket("怎么设置")]
    events = [world.event(payload) for payload in tickets]
    await world.take(*events, events[0])
    await world.take(*events)
    found = {event["data"]["ticket_id"]: event for event in await world.triaged()}
    told = [found.pop(each.ticket_id) for each in tickets]
    assert not found
    topics = await world.rows(
        "SELECT DISTINCT topic FROM outbox WHERE key = $1", tickets[0].ticket_id
    )
    assert [row["topic"] for row in topics] == ["triage.urgent"]
    assert [event["data"]["level"] for event in told] == ["L1", "L2", "L2"]
    assert all(event["autoorigin"] for event in told)
    assert told[0]["causationid"] == str(events[0].id)


async def test_a_ticket_told_again_under_another_id_stays_as_it_was(world: World) -> None:
    first = ticket("还没发货")
    await world.take(world.event(first))
    await world.take(world.event(first.model_copy(update={"text": "漏电"})))
    (told,) = await world.triaged()
    assert told["data"]["level"] == "L2"
    (row,) = await world.rows("SELECT * FROM ticket_triage WHERE ticket_id = $1", first.ticket_id)
    assert (row["shop_id"], row["level"], row["version"]) == (world.shop, "L2", 1)
    assert row["policy_version"] == told["data"]["policy_version"]


async def test_what_is_published_can_be_read_by_the_contract(world: World) -> None:
    await world.take(world.event(ticket("骗子！！！漏电，生日礼物，拆封不给退，2999元买的")))
    row = (await world.rows("SELECT value FROM outbox ORDER BY seq DESC LIMIT 1"))[0]
    event = read_event(row["value"])
    assert event.data.level == "L1"


async def test_other_events_of_a_ticket_are_noted_without_effect(world: World) -> None:
    message: Payload = CustomerMessageReceived(
        ticket_id="T-1", message_id="M-1", text="漏电", sent_at=wall_now()
    )
    event = world.event(message)
    await world.take(event)
    assert await world.triaged() == []
    assert len(await world.rows("SELECT FROM inbox WHERE id = $1", event.id)) == 1


async def test_a_large_batch_is_one_transaction(world: World) -> None:
    await world.take(*(world.event(ticket(f"第{n}单还没发货")) for n in range(300)))
    batches = await world.rows("SELECT DISTINCT batch FROM outbox WHERE topic = 'triage'")
    assert len(await world.triaged()) == 300
    events = await world.rows("SELECT events FROM outbox_batch ORDER BY created_at DESC LIMIT 1")
    assert events[0]["events"] == 300
    assert batches


async def test_it_listens_to_tickets(world: World) -> None:
    service = await build(world.settings)
    try:
        topics = {topic.name for s in service.broker.subscribers for topic in s.topics}  # type: ignore[attr-defined]
        assert topics == {"tickets", "tickets.urgent"}
        rows = await world.rows("SELECT name FROM policy_version")
        assert {row["name"] for row in rows} == {"triage"}
    finally:
        await asyncio.to_thread(service.telemetry.close)
        await service.database.close()
