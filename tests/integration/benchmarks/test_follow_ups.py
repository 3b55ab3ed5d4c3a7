"""Follow-ups over real connections: repeats keep their id, what is refused for now is tried again,
and the journal holds each end."""

from __future__ import annotations

import asyncio
import json
from asyncio import TaskGroup
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from benchmarks.load.complaints import Case, cases
from benchmarks.load.follow_ups import FollowUps
from benchmarks.load.plan import Followed, Place, Plan, Stream
from devstack.ports import HOST, free_port
from simulator.journal import Journal, Sent, read

NOW_AT = datetime(2026, 3, 6, 6, tzinfo=UTC)
FOLLOWED = Followed(share=1.0, decided=1.0, twice=0.5, apart_s=0.001, connections=3)


@dataclass
class Shop:
    """A server that breaks off the first try of every third request, does not know a ticket when
    it is first asked for a decision, and refuses what is said about ticket `closed`."""

    port: int
    got: defaultdict[str, list[tuple[str, bytes]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    async def answer(self, request: web.Request) -> web.StreamResponse:
        number, body = request.headers["webhook-id"], await request.read()
        self.got[number].append((request.path, body))
        first = len(self.got[number]) == 1
        await asyncio.sleep(0)
        if first and len(self.got) % 3 == 0:
            assert request.transport is not None
            request.transport.abort()
        if "/closed/" in request.path:
            return web.json_response({"code": "ticket_closed"}, status=409)
        if first and request.path.endswith("/resolution"):
            return web.json_response({"code": "unknown_ticket"}, status=404)
        return web.json_response(self.says(request))

    def says(self, request: web.Request) -> dict[str, Any]:
        if not request.path.endswith("/resolution"):
            return {"accepted": 1}
        return {
            "action_id": f"action-of-{request.match_info['ticket']}",
            "refund_fen": 5,
            "refund_lines": [{"line_id": "L1", "refund_fen": 5}],
            "resolved_at": NOW_AT.isoformat(),
        }


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop(free_port())
    app = web.Application()
    app.router.add_post("/v1/tickets/{ticket}/{path}", shop.answer)
    app.router.add_post("/v1/events/order_system", shop.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, HOST, shop.port).start()
    yield shop
    await runner.cleanup()


async def _followed(shop: Shop, folder: Path, told: list[tuple[Case, str]]) -> FollowUps:
    url = f"http://{HOST}:{shop.port}"
    place = Place(
        kafka_bootstrap="", intake_url=url, resolution_url=url, database_url="", master_key="",
        shop="shop-a", secret="whsec_a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=", now_at=NOW_AT,
        journal=str(folder / "journal.jsonl"),
    )  # fmt: skip
    plan = Plan(place=place, streams=(Stream(count=1, followed=FOLLOWED),), seed=1)
    journal = Journal(Path(place.journal))
    async with TaskGroup() as group:
        found = FollowUps(plan, FOLLOWED, journal, group)
        for case, ticket in told:
            found.begin(case, ticket)
    found.close()
    journal.close()
    return found


async def test_everything_is_acknowledged_in_the_end_and_repeats_are_the_same(
    shop: Shop, tmp_path: Path
) -> None:
    told = [(c, f"t-{n}") for n, c in enumerate(cases(3, "shop-a", NOW_AT, 12, "all", orders=True))]
    found = await _followed(shop, tmp_path, told)
    entries = list(read(tmp_path / "journal.jsonl"))
    assert found.ended.keys() == {"acknowledged"}
    assert found.ended["acknowledged"] == len(shop.got) == len({entry.id for entry in entries})
    assert all(len(set(requests)) == 1 for requests in shop.got.values())
    by_number = Counter(entry.id for entry in entries)
    assert set(by_number.values()) == {1, 2}
    assert max(entry.tries for entry in entries) > 1
    decided = {entry.id for entry in entries if entry.what == "resolution"}
    assert {entry.id for entry in entries if entry.what == "events"} == {
        f"{number}-paid" for number in decided
    }
    for ticket in (ticket for _, ticket in told):
        _said_in_order([entry for entry in entries if entry.about == ticket])


def _said_in_order(entries: list[Sent]) -> None:
    """First ends of each request stand in the order in which they were said."""
    numbers = list(dict.fromkeys(entry.id for entry in entries))
    assert numbers == sorted(numbers, key=lambda number: int(number[-1]))
    for entry in entries:
        says = entry.what in ("messages", "replies")
        assert entry.sent == ({"message_id": entry.id} if says else {})


async def test_nothing_is_said_behind_a_refusal(shop: Shop, tmp_path: Path) -> None:
    (case,) = cases(3, "shop-a", NOW_AT, 1, "all", orders=True)
    found = await _followed(shop, tmp_path, [(case, "closed")])
    entries = list(read(tmp_path / "journal.jsonl"))
    assert found.ended == Counter({"refused": 1})
    assert {entry.result for entry in entries} == {"refused"}
    assert json.loads(json.dumps(entries[0].answer)) == {"code": "ticket_closed"}
