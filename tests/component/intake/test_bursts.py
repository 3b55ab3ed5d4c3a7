"""Many complaints in one request: each has its own answer, none costs another."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from services.intake.complaints import FEW
from tests.component.intake.test_privacy import CLEAR, CONTACT, SAID, everything_stored, opened_box
from tests.component.intake.world import World, complaint, iso

PATH = "/v1/tickets/batch"
LINES = "application/x-ndjson"


async def burst(world: World, items: list[Any], **how: Any) -> list[dict[str, Any]]:
    status, answer = await world.post(PATH, items, **how)
    assert status == 200, answer
    answers: list[dict[str, Any]] = answer["answers"]
    assert len(answers) == len(items)
    return answers


def codes(answers: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(each["status"], each.get("problem", {}).get("code", "")) for each in answers]


async def test_each_complaint_has_its_ticket_in_the_order_sent(world: World) -> None:
    answers = await burst(world, [complaint(f"c-{number}") for number in range(20)])
    assert {(each["status"], each["created"]) for each in answers} == {(201, True)}
    events = await world.published()
    assert [event["data"]["external_id"] for event in events] == [f"c-{n}" for n in range(20)]
    assert [event["subject"] for event in events] == [each["ticket_id"] for each in answers]
    alone = await world.open("c-7")
    assert alone == (200, {"ticket_id": answers[7]["ticket_id"], "created": False, "joined": False})


async def test_the_largest_burst(world: World) -> None:
    answers = await burst(world, [complaint(f"c-{number}") for number in range(500)])
    assert len({each["ticket_id"] for each in answers}) == 500
    assert (await world.names()).count("TicketOpened") == 500


@pytest.mark.parametrize(("count", "transactions"), [(FEW, 1), (FEW + 2, 2)])
async def test_a_few_are_stored_together_and_told_each_in_its_lane(
    world: World, count: int, transactions: int
) -> None:
    items = [
        complaint(f"c-{number}", text="The battery is on fire" if number % 2 else "It is blue")
        for number in range(count)
    ]
    answers = await burst(world, items)
    assert {each["status"] for each in answers} == {201}
    rows = await world.rows(
        "SELECT key, topic FROM outbox WHERE topic LIKE 'tickets%' AND key = ANY ($1::text[])",
        [each["ticket_id"] for each in answers],
    )
    lanes = {row["key"]: row["topic"] for row in rows}
    told = [lanes[each["ticket_id"]] for each in answers]
    assert told == [("tickets", "tickets.urgent")[number % 2] for number in range(count)]
    stored = await world.rows(
        "SELECT DISTINCT xmin::text FROM ticket WHERE ticket_id = ANY ($1::text[])",
        [each["ticket_id"] for each in answers],
    )
    assert len(stored) == transactions


async def test_bad_neighbours_cost_nothing(world: World) -> None:
    await world.opened("known")
    items = [
        complaint("c-1"),
        complaint("c-2", channel="ebay"),
        7,
        None,
        [],
        {},
        complaint("known", text="Other words"),
        complaint("c-3", contact={"phone": "12345"}),
        complaint("c-4", attachments=["a" * 64]),
        complaint("c-5", opened_at=iso(days=-400)),
        complaint("c-6", text="a\x00b"),
        complaint("c-7"),
    ]
    answers = await burst(world, items)
    assert codes(answers) == [
        (201, ""), (422, "invalid"), (422, "invalid"), (422, "invalid"), (422, "invalid"),
        (422, "invalid"), (409, "id_reused"), (422, "invalid_phone"), (422, "unknown_file"),
        (422, "too_old"), (422, "invalid"), (201, ""),
    ]  # fmt: skip
    for each in answers:
        assert ("problem" in each) is (each["status"] >= 400)
        assert each["status"] == each.get("problem", each)["status"]
    assert await world.names() == ["TicketOpened"] * 3


async def test_half_a_character_costs_its_own_place(world: World) -> None:
    body = json.dumps([complaint("c-1"), {**complaint("c-2"), "te\ud800": "x"}]).encode()
    answers = (await world.post(PATH, body))[1]["answers"]
    assert codes(answers) == [(201, ""), (422, "lone_surrogate")]


async def test_the_same_request_again_has_no_second_effect(world: World) -> None:
    items = [complaint("c-1"), complaint("c-2", text=SAID), complaint("c-3", origin=None)]
    first = await burst(world, items, message_id="m-1")
    again = await burst(world, items, message_id="m-1")
    other = await burst(world, items[::-1], message_id="m-2")
    assert codes(first) == [(201, ""), (201, ""), (422, "invalid")]
    assert again == [*({**e, "status": 200, "created": False} for e in first[:2]), first[2]]
    assert other == again[::-1]
    assert await world.names() == ["TicketOpened"] * 2


async def test_a_webhook_id_with_another_body_is_refused_item_by_item(world: World) -> None:
    await burst(world, [complaint("c-1"), complaint("c-2")], message_id="m-1")
    answers = await burst(world, [complaint("c-1"), complaint("c-3")], message_id="m-1")
    assert codes(answers) == [(200, ""), (409, "id_reused")]


async def test_one_complaint_twice_in_a_burst(world: World) -> None:
    items = [complaint("c-1"), complaint("c-1"), complaint("c-1", text="Other words")]
    answers = await burst(world, items)
    assert codes(answers) == [(201, ""), (200, ""), (409, "id_reused")]
    assert answers[0]["ticket_id"] == answers[1]["ticket_id"]


async def test_complaints_about_one_line_share_a_ticket(world: World) -> None:
    line = {"order_id": "O-1", "line_id": "L1"}
    items = [complaint(f"c-{n}", text=f"{SAID} {n}", **line) for n in range(5)]
    answers = await burst(world, items)
    assert [each["joined"] for each in answers] == [False, True, True, True, True]
    opened, *messages = await world.published()
    assert {event["subject"] for event in messages} == {opened["subject"]}
    assert [event["data"]["repeat_of"] for event in messages] == [f"c-{n}" for n in range(1, 5)]


async def test_bursts_and_single_ones_at_once(world: World, twin: World) -> None:
    """Repeats from everywhere: one ticket for each line, one effect for each complaint."""
    items = [complaint(f"c-{n}", order_id=f"O-{n % 10}", text=SAID) for n in range(40)]
    told = [place.post(PATH, items) for place in (world, twin) for _ in range(3)]
    singles = [world.post("/v1/tickets", item) for item in items]
    for status, answer in await asyncio.gather(*told, *singles):
        assert status in (200, 201), answer
    names = await world.names()
    assert (names.count("TicketOpened"), names.count("CustomerMessageReceived")) == (10, 30)


async def test_personal_data_is_sealed_for_each_customer(world: World) -> None:
    await world.place("O-1")
    items = [
        complaint("c-1", customer_id="C-7", contact=CONTACT, text=SAID),
        complaint("c-2", order_id="O-1", contact=CONTACT),
        complaint("c-3", contact=CONTACT),
        complaint("c-4"),
    ]
    answers = await burst(world, items)
    persons = ["C-7", "C-1", f"ticket:{answers[2]['ticket_id']}"]
    events = await world.published()
    for event, person in zip(events[:3], persons, strict=True):
        box = event["data"]["contact"]["phone"]
        assert await opened_box(world, box, person, "phone") == "+8613812345678"
    assert events[3]["data"]["contact"] == {}
    stored = await everything_stored(world)
    assert not [text for text in CLEAR if text in stored]


async def test_one_json_object_a_line(world: World) -> None:
    lines = [json.dumps(complaint("c-1")), "{", "", json.dumps(complaint("c-2")), '{"a":1,"a":2}']
    body = "\n".join(lines).encode()
    for end in (b"", b"\n"):
        status, answer = await world.post(PATH, body + end, media_type=LINES)
        assert status == 200
        found = [code for _, code in codes(answer["answers"])]
        assert found == ["", "not_json", "empty", "", "duplicate_key"]
    assert await world.names() == ["TicketOpened"] * 2


ENVELOPES: dict[str, tuple[bytes, str, int, str]] = {
    "nothing": (b"", "application/json", 400, "empty"),
    "no line": (b"", LINES, 422, "wrong_batch"),
    "an empty array": (b"[]", "application/json", 422, "wrong_batch"),
    "an object": (b"{}", "application/json", 422, "wrong_batch"),
    "too many": (b"[" + b"1," * 500 + b"1]", "application/json", 422, "wrong_batch"),
    "too many lines": (b"1\n" * 501, LINES, 422, "wrong_batch"),
    "not closed": (b"[{}", "application/json", 400, "not_json"),
    "a key twice": (b'[{"a": 1, "a": 2}]', "application/json", 400, "duplicate_key"),
    "deep": (b"[" * 70 + b"]" * 70, "application/json", 400, "too_deep"),
    "too large": (b"[" + b" " * 1_000_000 + b"]", "application/json", 413, "too_large"),
    "no JSON": (b"[]", "text/csv", 415, "wrong_media_type"),
}


@pytest.mark.parametrize("name", ENVELOPES)
async def test_bad_envelopes(world: World, name: str) -> None:
    body, media_type, status, code = ENVELOPES[name]
    response = await world.request("POST", PATH, body, media_type=media_type)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert await world.published() == []


async def test_a_burst_needs_a_signature(world: World) -> None:
    response = await world.request("POST", PATH, b"[]", secret=b"x" * 32)
    assert (response.status_code, response.json()["code"]) == (401, "wrong_signature")
