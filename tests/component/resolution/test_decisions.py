"""Decisions over HTTP against a real database: stored, published, repeated, refused."""

from __future__ import annotations

import asyncio

import pytest

from tests.component.resolution.world import World, opened, order, refunded, reopened


async def test_a_decision_is_stored_published_and_carried_out(world: World) -> None:
    await world.take(order(), opened())
    status, answer = await world.resolve(refund_fen=4_000, reason="call 13912345678 for more")
    assert status == 200, answer
    assert answer["refund_lines"] == [{"line_id": "L1", "refund_fen": 4_000}]
    (told,) = await world.resolved()
    assert told["action_id"] == answer["action_id"]
    assert told["order_id"] == "O1"
    assert "13912345678" not in told["reason"]
    await world.take(refunded("R1", 4_000, action_id=answer["action_id"]))
    (action,) = await world.rows("SELECT * FROM money_action WHERE shop_id = $1", world.shop)
    assert action["state"] == "completed"
    assert action["completed_at"] is not None


async def test_the_same_request_gets_the_same_answer_once(world: World) -> None:
    await world.take(order(), opened())
    first = await world.resolve(message_id="msg-1", refund_fen=1_000)
    again = await world.resolve(message_id="msg-1", refund_fen=1_000)
    assert first == again
    assert len(await world.resolved()) == 1


async def test_the_same_request_twice_at_once_is_one_decision(world: World) -> None:
    await world.take(order(), opened())
    answers = await asyncio.gather(
        *(world.resolve(message_id="msg-1", refund_fen=1_000) for _ in range(5))
    )
    assert [status for status, _ in answers] == [200] * 5
    assert len({str(answer) for _, answer in answers}) == 1
    assert len(await world.resolved()) == 1


async def test_the_same_id_for_another_ticket_is_refused(world: World) -> None:
    await world.take(order(), opened("T1"), opened("T2", "L2"))
    assert (await world.resolve("T1", message_id="msg-1", outcome="explanation"))[0] == 200
    status, problem = await world.resolve("T2", message_id="msg-1", outcome="explanation")
    assert (status, problem["code"]) == (409, "id_reused")


async def test_only_one_of_many_decisions_about_an_order_moves_money(
    world: World, twin: World
) -> None:
    tickets = [f"T{number}" for number in range(8)]
    await world.take(order(), *(opened(ticket, None) for ticket in tickets))
    answers = await asyncio.gather(
        *((world, twin)[n % 2].resolve(t, refund_fen=100) for n, t in enumerate(tickets))
    )
    statuses = sorted(status for status, _ in answers)
    assert statuses == [200] + [409] * 7
    assert {answer["code"] for status, answer in answers if status == 409} == {"money_in_flight"}
    rows = await world.rows("SELECT FROM money_action WHERE shop_id = $1", world.shop)
    assert len(rows) == 1


async def test_a_ticket_is_resolved_once_until_it_is_reopened(world: World) -> None:
    await world.take(order(), opened())
    assert (await world.resolve(outcome="reship"))[0] == 200
    status, problem = await world.resolve(outcome="reship")
    assert (status, problem["code"]) == (409, "already_resolved")
    await world.take(reopened())
    assert (await world.resolve(outcome="exchange"))[0] == 200
    assert [told["outcome"] for told in await world.resolved()] == ["reship", "exchange"]


async def test_another_shop_does_not_see_the_ticket(world: World) -> None:
    await world.take(order(), opened())
    status, problem = await world.resolve(shop=world.other_shop, outcome="rejected")
    assert (status, problem["code"]) == (404, "unknown_ticket")
    assert await world.resolved() == []


async def test_two_shops_may_use_the_same_names(world: World) -> None:
    await world.take(order(), opened())
    await world.take(order(L1=100), opened(), shop=world.other_shop)
    assert (await world.resolve(refund_fen=10_000))[0] == 200
    status, problem = await world.resolve(shop=world.other_shop, refund_fen=10_000)
    assert (status, problem["code"]) == (422, "more_than_paid")


async def test_a_ticket_without_an_order_is_resolved_without_money(world: World) -> None:
    await world.take(opened("T7", None, order_id=None))
    status, problem = await world.resolve("T7", outcome="compensation", compensation_fen=100)
    assert (status, problem["code"]) == (422, "no_order")
    assert (await world.resolve("T7", outcome="rejected"))[0] == 200
    await world.take(reopened("T7"))
    assert (await world.resolve("T7", outcome="explanation"))[0] == 200


async def test_a_refused_decision_may_be_tried_again_with_the_same_id(world: World) -> None:
    status, problem = await world.resolve(message_id="msg-1", outcome="rejected")
    assert (status, problem["code"]) == (404, "unknown_ticket")
    await world.take(opened())
    assert (await world.resolve(message_id="msg-1", outcome="rejected"))[0] == 200


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "empty"),
        (b"{", 400, "not_json"),
        (b'{"outcome": "rejected", "agent_id": "a", "refund_fen": 1.5}', 422, "invalid"),
        (b'{"outcome": "rejected", "agent_id": "a", "refund_fen": 1e2}', 422, "invalid"),
        (b'{"outcome": "rejected", "agent_id": "a", "x": 1}', 422, "invalid"),
        (b'{"outcome": "rejected", "agent_id": "a", "agent_id": "b"}', 400, "duplicate_key"),
        (b'{"outcome": "rejected", "agent_id": "a", "reason": "\\ud800"}', 422, None),
        (b'{"outcome": "rejected", "agent_id": "a", "reason": "\\u0000"}', 422, "invalid"),
        (b"[1]", 422, "invalid"),
        (b" " * 1_000_001, 413, "too_large"),
    ],
)
async def test_bad_bodies_get_a_problem_document(
    world: World, raw: bytes, status: int, code: str | None
) -> None:
    await world.take(opened())
    got, problem = await world.resolve(raw=raw)
    assert got == status, problem
    assert code in (None, problem["code"])
    assert await world.resolved() == []


async def test_a_path_that_names_no_ticket_is_unknown(world: World) -> None:
    status, problem = await world.resolve("%20T1", outcome="rejected")
    assert (status, problem["code"]) == (404, "unknown_ticket")


async def test_a_request_without_a_signature_is_refused(world: World) -> None:
    response = await world.client.post("/v1/tickets/T1/resolution", content=b"{}")
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
