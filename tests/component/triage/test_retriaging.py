"""Tickets judged anew on a real database: what is kept, what is told, and nothing twice."""

from __future__ import annotations

import json
from typing import Any

from runtime.clock import wall_now
from schemas.tickets import CustomerMessageReceived, OrderAttached, TicketClassified
from schemas.values import OrderLine, OrderSnapshot
from tests.component.triage.conftest import World
from tests.component.triage.test_triaging import ticket


def message(about: str, text: str) -> CustomerMessageReceived:
    return CustomerMessageReceived(ticket_id=about, message_id="M-1", text=text, sent_at=wall_now())


def late_order(about: str, paid_fen: int) -> OrderAttached:
    line = OrderLine(
        line_id="L1", sku="s", title="Lamp", quantity=1, list_fen=paid_fen, paid_fen=paid_fen
    )
    order = OrderSnapshot(
        order_id="O-1", customer_id="C-1", channel="douyin", placed_at=wall_now(),
        paid_fen=paid_fen, lines=(line,),
    )  # fmt: skip
    return OrderAttached(ticket_id=about, order=order, known_at=wall_now())


async def kept(world: World, ticket_id: str) -> Any:
    (row,) = await world.rows("SELECT * FROM ticket_triage WHERE ticket_id = $1", ticket_id)
    return row


async def test_a_message_changes_what_was_told(world: World) -> None:
    first = ticket("电热毯不太热")
    await world.take(world.event(first))
    rises = world.event(message(first.ticket_id, "插上电漏电，手麻了"))
    await world.take(rises)
    await world.take(rises)
    told = await world.triaged()
    kinds = [(event["type"].rpartition(".")[2], event["data"]["level"]) for event in told]
    assert kinds == [("Triaged", "L2"), ("Retriaged", "L1")]
    assert (told[1]["data"]["cause"], told[1]["data"]["was_level"]) == ("message", "L2")
    row = await kept(world, first.ticket_id)
    assert (row["level"], row["safety"], row["version"]) == ("L1", True, 2)
    topics = await world.rows(
        "SELECT DISTINCT topic FROM outbox WHERE key = $1 ORDER BY topic", first.ticket_id
    )
    assert [row["topic"] for row in topics] == ["triage", "triage.urgent"]


async def test_opening_message_and_order_in_one_batch(world: World) -> None:
    first = ticket("台灯还没收到，什么时候到")
    number = first.ticket_id
    events = (first, message(number, "怎么还没到"), late_order(number, 250_000))
    await world.take(*(world.event(payload) for payload in events))
    told = await world.triaged()
    assert [event["data"]["level"] for event in told] == ["L2", "L1"]
    assert told[1]["data"]["cause"] == "order"
    assert (await kept(world, number))["version"] == 1


async def test_what_is_kept_to_judge_from_holds_no_text(world: World) -> None:
    first = ticket("底座裂开了一道缝，气死我了")
    await world.take(world.event(first), world.event(message(first.ticket_id, "马上给我退款")))
    picture = json.dumps((await kept(world, first.ticket_id))["picture"], ensure_ascii=False)
    assert "refund" in picture
    assert not [word for word in ("底座", "裂", "马上") if word in picture]


async def test_a_person_decides_and_a_later_message_does_not(world: World) -> None:
    first = ticket("在吗")
    decided = TicketClassified(
        ticket_id=first.ticket_id, agent_id="agent-7", problem_class="usage",
        classified_at=wall_now(),
    )  # fmt: skip
    await world.take(world.event(first))
    await world.take(world.event(decided))
    await world.take(world.event(message(first.ticket_id, "快递三天没动了，物流一直不更新")))
    told = await world.triaged()
    assert [event["data"].get("cause") for event in told] == [None, "person"]
    row = await kept(world, first.ticket_id)
    assert (row["problem_class"], row["picture"]["by_person"]) == ("usage", True)


async def test_a_ticket_from_before_there_were_pictures_stays_as_it_is(world: World) -> None:
    first = ticket("电热毯不太热")
    await world.take(world.event(first))
    await world.rows(
        "UPDATE ticket_triage SET picture = NULL WHERE ticket_id = $1", first.ticket_id
    )
    await world.take(world.event(message(first.ticket_id, "漏电")))
    assert len(await world.triaged()) == 1
