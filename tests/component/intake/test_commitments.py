"""Promises, deadlines of the platform and merging, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.component.intake.world import World, iso


def promise(**changes: Any) -> dict[str, Any]:
    body = {
        "promise_id": "P-1",
        "agent_id": "agent-7",
        "what": "回电 13812345678",
        "due_at": iso(1),
    }
    return body | changes


def notice(**changes: Any) -> dict[str, Any]:
    body = {"notice_id": "n-1", "due_at": iso(2), "silence_costs_fen": 129_900}
    return body | changes


async def said(world: World) -> list[dict[str, Any]]:
    """What was told after the opening."""
    events = await world.published()
    return [
        {"name": e["type"].rsplit(".", 1)[-1], "about": e["subject"], **e["data"]}
        for e in events
        if not e["type"].endswith("TicketOpened")
    ]


async def test_a_promise_goes_out_once_and_without_what_is_personal(world: World) -> None:
    ticket = await world.opened()
    body, path = promise(), f"/v1/tickets/{ticket}/promises"
    for message_id in ("msg-1", "msg-1", "msg-2"):
        status, answer = await world.post(path, body, message_id=message_id)
        assert (status, answer["ticket_id"], answer["state"]) == (200, ticket, "open")
    (made,) = await said(world)
    assert (made["name"], made["promise_id"], made["agent_id"]) == ("PromiseMade", "P-1", "agent-7")
    assert "13812345678" not in made["what"]
    assert "回电" in made["what"]


async def test_a_platforms_deadline_may_move_and_may_have_passed(world: World) -> None:
    ticket = await world.opened()
    path = f"/v1/tickets/{ticket}/platform-deadline"
    for body in (notice(), notice(notice_id="n-2", due_at=iso(-1), silence_costs_fen=None)):
        assert (await world.post(path, body))[0] == 200
    first, second = await said(world)
    assert (first["silence_costs_fen"], second.get("silence_costs_fen")) == (129_900, None)
    assert second["due_at"] < second["told_at"] < first["due_at"]


async def test_bad_dates_are_refused_with_their_reason(world: World) -> None:
    ticket = await world.opened()
    promises, deadline = (f"/v1/tickets/{ticket}/{x}" for x in ("promises", "platform-deadline"))
    for path, body, status, code in (
        (promises, promise(due_at=iso(-1)), 422, "due_in_past"),
        (promises, promise(due_at="2026-12-01T09:00:00"), 422, "invalid"),
        (promises, promise(due_at=iso(400)), 422, "too_far"),
        (promises, promise(what=""), 422, "invalid"),
        (promises, promise(due_on="tomorrow"), 422, "invalid"),
        (deadline, notice(due_at="2026-12-01T09:00:00"), 422, "invalid"),
        (deadline, notice(due_at=iso(-400)), 422, "too_old"),
        (deadline, notice(silence_costs_fen=-1), 422, "invalid"),
        (deadline, notice(silence_costs_fen=12.5), 422, "invalid"),
        ("/v1/tickets/no-such/promises", promise(), 404, "unknown_ticket"),
    ):
        answer = await world.post(path, body)
        assert (answer[0], answer[1]["code"]) == (status, code), (path, body, answer)
    assert (await world.post(deadline, notice(), shop=world.other_shop))[0] == 404
    assert await said(world) == []


async def test_a_merged_ticket_goes_on_in_the_other(world: World) -> None:
    loser, winner = await world.opened("c-1"), await world.opened("c-2")
    body = {"into": winner, "agent_id": "agent-7"}
    for _ in range(2):
        status, answer = await world.post(f"/v1/tickets/{loser}/merge", body, message_id="msg-m")
        assert (status, answer["state"]) == (200, "closed")
    (merged,) = await said(world)
    assert (merged["name"], merged["about"], merged["into"]) == ("TicketMerged", loser, winner)
    status, answer = await world.post(f"/v1/tickets/{loser}/merge", body)
    assert (status, answer["code"]) == (409, "ticket_merged")
    message = {"message_id": "m1", "text": "news?"}
    status, answer = await world.post(f"/v1/tickets/{loser}/messages", message)
    assert (status, answer["code"]) == (409, "ticket_merged")
    assert winner in answer["detail"]
    shown = (await world.request("GET", f"/v1/tickets/{loser}")).json()
    assert (shown["state"], shown["merged_into"]) == ("closed", winner)


async def test_two_tickets_never_go_on_in_each_other(world: World) -> None:
    one, two = await world.opened("c-1"), await world.opened("c-2")
    pairs = ((one, two), (two, one))
    answers = await asyncio.gather(
        *(
            world.post(f"/v1/tickets/{a}/merge", {"into": b, "agent_id": "agent-7"})
            for a, b in pairs
        )
    )
    assert sorted(status for status, _ in answers) in ([200, 409], [409, 409])
