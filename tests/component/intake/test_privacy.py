"""Personal data is sealed before anything is stored, and opens for whoever the ticket names."""

from __future__ import annotations

import asyncio
from typing import Any

from runtime.clock import named_id
from schemas.persons import NAME, PHONE, person_of, text_field
from schemas.values import Contact, Sealed
from tests.component.intake.world import World

SAID = "Call me: 138 1234 5678, Alice"
CONTACT = {"name": "王小明", "phone": "138 1234 5678", "address": "浙江省杭州市一号 2 单元 301 室"}
CLEAR = ("13812345678", "138 1234 5678", "王小明", "301 室")


async def opened_box(world: World, box: dict[str, Any], person: str, field: str) -> str | None:
    (text,) = await world.sealer.open_many(world.shop, [(person, field, Sealed(**box))])
    return text


async def everything_stored(world: World) -> str:
    """All rows of all tables that intake writes, as text."""
    found = []
    for table in ("ticket", "complaint", "entry", "inbox", "customer_order"):
        found += await world.rows(f"SELECT t::text AS row FROM {table} AS t")
    texts = [row["row"] for row in found]
    events = await world.rows("SELECT convert_from(value, 'UTF8') AS row FROM outbox")
    return "\n".join([*texts, *(row["row"] for row in events)])


async def test_contact_and_text_of_a_known_customer(world: World) -> None:
    ticket = await world.opened(text=SAID, customer_id="C-7", contact=CONTACT)
    (event,) = await world.published()
    told = event["data"]
    assert told["text"] == "Call me: 138******78, Alice"
    assert await opened_box(world, told["contact"]["phone"], "C-7", PHONE) == "+8613812345678"
    assert await opened_box(world, told["contact"]["name"], "C-7", NAME) == "王小明"
    assert await opened_box(world, told["original"], "C-7", text_field(ticket)) == SAID
    stored = await everything_stored(world)
    assert not [text for text in CLEAR if text in stored]


async def test_without_a_customer_the_ticket_is_the_person(world: World) -> None:
    ticket = await world.opened(text=SAID, contact=CONTACT)
    (event,) = await world.published()
    person = person_of(None, ticket)
    assert "customer_id" not in event["data"]
    assert await opened_box(world, event["data"]["contact"]["phone"], person, PHONE)
    assert await opened_box(world, event["data"]["original"], person, text_field(ticket)) == SAID


async def test_a_known_order_tells_the_customer(world: World) -> None:
    await world.place()
    ticket = await world.opened(text=SAID, contact=CONTACT, order_id="O-1")
    (event,) = await world.published()
    assert event["data"]["customer_id"] == "C-1"
    assert await opened_box(world, event["data"]["original"], "C-1", text_field(ticket)) == SAID


async def test_the_orders_contact_serves_the_same_customer_only(world: World) -> None:
    (box,) = await world.sealer.seal_many(world.shop, [("C-1", PHONE, "+8613812345678")])
    await world.place(contact=Contact(phone=box))
    await world.opened("c-1", order_id="O-1", line_id="L1")
    await world.opened("c-2", order_id="O-1", line_id="L2", customer_id="C-2")
    first, second = await world.published()
    assert first["data"]["contact"]["phone"] == box.model_dump()
    assert second["data"]["contact"] == {}


async def test_a_joining_complaint_is_sealed_for_the_ticket_that_it_joins(world: World) -> None:
    ticket = await world.opened("c-1", order_id="O-1", customer_id="C-7")
    await world.open("c-2", order_id="O-1", customer_id="C-8", text=SAID)
    message = (await world.published())[1]["data"]
    own = str(named_id("ticket", world.shop, "inbox", "c-2"))
    assert message["message_id"] == own
    assert await opened_box(world, message["original"], person_of("C-7", ticket), text_field(own))


async def test_messages_and_replies_are_masked_too(world: World) -> None:
    ticket = await world.opened(customer_id="C-7")
    await world.post(f"/v1/tickets/{ticket}/messages", {"message_id": "m1", "text": SAID})
    reply = {"message_id": "m2", "agent_id": "a1", "human": True, "text": SAID}
    await world.post(f"/v1/tickets/{ticket}/replies", reply)
    for event, number in zip((await world.published())[1:], ("m1", "m2"), strict=True):
        assert "1234 5678" not in event["data"]["text"]
        original = event["data"]["original"]
        assert await opened_box(world, original, "C-7", text_field(number)) == SAID


async def test_what_needs_no_mask_has_no_sealed_twin(world: World) -> None:
    await world.opened(text="No number here")
    assert "original" not in (await world.published())[0]["data"]


async def test_a_masked_text_that_would_grow_too_long_is_cut(world: World) -> None:
    """The stars are longer than this address; the sealed text is whole."""
    text = "a@b.cn " * 2857
    assert len(text) < 20_000
    ticket = await world.opened(text=text)
    told = (await world.published())[0]["data"]
    assert len(told["text"]) == 20_000
    person = person_of(None, ticket)
    assert await opened_box(world, told["original"], person, text_field(ticket)) == text


async def test_an_invalid_phone_is_refused_without_quoting_it(world: World) -> None:
    for phone in ("12345", "not a phone", "+86138123456789999"):
        status, answer = await world.open(contact={"phone": phone})
        assert (status, answer["code"]) == (422, "invalid_phone")
        assert phone not in str(answer)


async def test_boxes_open_whether_the_order_or_the_complaint_was_first(world: World) -> None:
    numbers = [f"O-{number}" for number in range(20)]
    told = [world.open(f"c-{number}", order_id=number, text=SAID) for number in numbers]
    orders = [world.place(number) for number in numbers]
    answers = await asyncio.gather(*told, *orders)
    assert [answer[0] for answer in answers[:20]] == [201] * 20  # type: ignore[index]
    opened = [e for e in await world.published() if e["type"].endswith("TicketOpened")]
    assert len(opened) == len(numbers)
    for event in opened:
        ticket = event["subject"]
        person = person_of(event["data"].get("customer_id"), ticket)
        assert await opened_box(world, event["data"]["original"], person, text_field(ticket))
