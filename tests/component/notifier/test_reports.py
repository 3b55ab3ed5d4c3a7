"""Delivery reports: pushed by the provider, repeated, early, forged or missing."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from devstack.standins.channel_accounts import callback_url
from devstack.standins.faults import Fault
from tests.support.notifier_process import quick_policy
from tests.support.notifier_story import TICKET, triaged
from tests.support.notifier_world import World, notifier_world


@pytest.fixture
async def reporting(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with notifier_world(database_url, tmp_path, reports=True) as made:
        await (await made.open()).start()
        yield made


async def push(world: World, body: object, *, path: str = "") -> int:
    """What the notifier answers to a push of the provider."""
    url = f"http://127.0.0.1:{world.instances[0].server.port}"
    address = f"{url}{path}" if path else callback_url(world.standins, url)
    data = io.BytesIO(json.dumps(body).encode())
    async with aiohttp.ClientSession() as session, session.post(address, data=data) as answer:
        return answer.status


async def types(world: World) -> list[str]:
    return [e["type"] for e in await world.published(TICKET)]


async def test_a_report_ends_it(reporting: World) -> None:
    await reporting.apply(triaged(contact=await reporting.contact()))
    await reporting.settled("delivered")
    assert await types(reporting) == ["NotificationAccepted", "NotificationDelivered"]
    assert reporting.asks() == 0


async def test_a_report_that_comes_twice_or_early_counts_once(reporting: World) -> None:
    for kind in ("duplicate_callback", "early_callback"):
        ticket = f"t-{kind}"
        await reporting.faults(Fault.model_validate({"provider": "aliyun_sms", "kind": kind}))
        await reporting.apply(triaged(ticket, contact=await reporting.contact()))
        await reporting.until(partial(_delivered, reporting, ticket))
        told = [e["type"] for e in await reporting.published(ticket)]
        assert told == ["NotificationAccepted", "NotificationDelivered"]
    assert len(reporting.tries("aliyun_sms")) == 2


async def test_a_message_that_did_not_arrive_has_failed(reporting: World) -> None:
    await reporting.faults(Fault(provider="aliyun_sms", kind="undelivered"))
    await reporting.apply(triaged(contact=await reporting.contact()))
    await reporting.settled("failed")
    assert await types(reporting) == ["NotificationAccepted", "NotificationFailed"]
    assert (await reporting.published(TICKET))[1]["code"] == "MOBILE_IN_ARREARS"


async def test_without_a_report_the_provider_is_asked(idle: World) -> None:
    await (await idle.open(quick_policy(receipt_after_s=1))).start()
    await idle.apply(triaged(contact=await idle.contact()))
    await idle.settled("delivered")
    assert idle.asks() == 1


async def test_questions_for_a_report_end(database_url: str, tmp_path: Path) -> None:
    policy = quick_policy(receipt_after_s=1, receipts_asked_max=2)
    async with notifier_world(database_url, tmp_path, report_delay_s=600) as world:
        await (await world.open(policy)).start()
        await world.apply(triaged(contact=await world.contact()))
        await world.until(lambda: _unasked(world))
        assert world.asks() == 2
        assert await world.states() == ["acknowledged/1 accepted"]


async def test_a_report_is_believed_only_with_both_ids(world: World) -> None:
    await world.apply(triaged(contact=await world.contact()))
    await world.settled("accepted")
    (row,) = await world.ledger()
    true = {"out_id": str(row["notification_id"]), "biz_id": row["provider_message_id"]}
    for forged in (
        {**true, "biz_id": "other"},
        {**true, "out_id": "no-id"},
        {**true, "out_id": "00000000-0000-0000-0000-000000000001"},
    ):
        assert await push(world, [{**forged, "success": False, "err_code": "X"}]) == 200
    assert await world.states() == ["acknowledged/1 accepted"]
    assert await push(world, [{**true, "success": True}, "odd"]) == 200
    assert await world.states() == ["acknowledged/1 delivered"]
    assert await push(world, [{**true, "success": False, "err_code": "X"}]) == 200
    assert await world.states() == ["acknowledged/1 delivered"]


async def test_what_is_no_push_is_refused(world: World) -> None:
    assert await push(world, {"out_id": "x"}) == 400
    assert await push(world, [], path="/v1/reports/aliyun/guessed") == 404
    assert await push(world, ["x" * 1_100_000]) == 413


async def _delivered(world: World, about: str) -> bool:
    rows = {row["about"]: row["state"] for row in await world.ledger()}
    return rows.get(about) == "delivered"


async def _unasked(world: World) -> bool:
    rows = await world.ledger()
    return bool(rows) and rows[0]["state"] == "accepted" and rows[0]["next_try_at"] is None
