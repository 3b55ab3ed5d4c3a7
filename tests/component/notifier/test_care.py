"""The care chain and quiet hours on a running business clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from schemas.orders import ParcelDelivered, ReceiptConfirmed, RefundCompleted
from tests.support.notifier_story import (
    NOON,
    ORDER,
    TICKET,
    at,
    care_policy,
    content_of,
    opened,
    placed,
    resolved,
    shipped,
    triaged,
)
from tests.support.notifier_world import World, notifier_world

SCALE = 60_000
"""Most of a day in a second."""
EVENING = datetime(2026, 1, 4, 13, 30, tzinfo=UTC)
"""21:30 in China."""
NIGHT_SCALE = 10_000
"""It takes four seconds until the morning."""
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def fast(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with notifier_world(database_url, tmp_path, start_at=NOON, scale=SCALE) as made:
        steps = content_of("care", "steps")
        steps["week_after_receipt"]["delay_s"] = 2 * 86_400
        for step in steps.values():
            step["valid_s"] = 10 * 86_400  # a slow machine must not make a step late
        await (await made.open(care=care_policy(steps=steps))).start()
        yield made


@pytest.fixture
async def evening(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with notifier_world(database_url, tmp_path, start_at=EVENING, scale=NIGHT_SCALE) as made:
        await (await made.open()).start()
        yield made


async def care(world: World) -> list[str]:
    return [e["care_step"] for e in await world.published(ORDER) if e["type"] == "CareDue"]


async def no_timers(world: World) -> bool:
    return not await world.rows("SELECT FROM timer")


async def test_the_chain_runs_once_each(fast: World) -> None:
    contact = await fast.contact()
    await fast.apply(placed(contact=contact), shipped())
    await fast.until(lambda: _count(fast, 2))
    await fast.apply(ReceiptConfirmed(order_id=ORDER, received_at=at(2 * 86_400)))
    await fast.settled("accepted", "accepted", "accepted")
    assert await care(fast) == ["after_shipping", "expected_delivery_day", "week_after_receipt"]
    assert sorted(each.template for each in fast.sends()) == [
        "SMS_100021",
        "SMS_100022",
        "SMS_100023",
    ]
    for row in await fast.ledger():
        assert 9 <= row["planned_at"].astimezone(CHINA).hour < 21


async def test_silent_while_a_dispute_is_open(fast: World) -> None:
    contact = await fast.contact()
    await fast.apply(opened(contact=contact), placed(contact=contact), shipped())
    await fast.until(lambda: no_timers(fast))
    assert await care(fast) == []
    assert await fast.rows("SELECT FROM notification") == []
    (row,) = await fast.rows("SELECT facts FROM order_case")
    assert row["facts"]["steps"] == {
        "after_shipping": "dispute",
        "expected_delivery_day": "dispute",
    }


async def test_speaks_again_when_the_dispute_is_over(fast: World) -> None:
    contact = await fast.contact()
    await fast.apply(opened(contact=contact), resolved(seconds=60, outcome="exchange"))
    await fast.apply(placed(contact=contact), shipped())
    await fast.until(lambda: no_timers(fast))
    assert await care(fast) == ["after_shipping", "expected_delivery_day"]


async def test_a_refund_or_an_early_parcel_ends_it(fast: World) -> None:
    refund = RefundCompleted(
        order_id=ORDER,
        refund_id="r-1",
        refunded_fen=100,
        refunded_at=at(),
        initiator="merchant",
    )
    signed = ParcelDelivered(order_id="O-2", parcel_id="P-2", delivered_at=at(60))
    contact = await fast.contact()
    for order_id, end in ((ORDER, refund), ("O-2", signed)):
        await fast.apply_many([placed(order_id, contact=contact), shipped(order_id), end])
    assert await no_timers(fast)


async def test_a_high_value_customer_is_called(fast: World) -> None:
    contact = await fast.contact()
    await fast.apply(placed(contact=contact, high_value=True), shipped())
    await fast.until(lambda: _count(fast, 2))
    await fast.until(lambda: _called(fast))
    (first, *_) = [e for e in await fast.published(ORDER) if e["type"] == "CareDue"]
    assert first["means"] == "call_task"
    assert fast.sends("aliyun_sms") == []
    assert ORDER in fast.sends("feishu")[0].text


async def test_quiet_hours_put_a_customer_off_to_the_morning(evening: World) -> None:
    contact = await evening.contact()
    await evening.apply(triaged(level="L1", contact=contact))
    await evening.settled("accepted", "accepted")
    call, sms = await evening.ledger()
    assert (call["rule"], sms["rule"]) == ("call_task", "acknowledged")
    assert sms["planned_at"].astimezone(CHINA).hour >= 9
    assert call["planned_at"] <= sms["planned_at"], "staff is told at any time"


async def test_what_was_put_off_is_looked_at_again(evening: World) -> None:
    contact = await evening.contact()
    await evening.apply(triaged(contact=contact), resolved(seconds=36_000))
    await evening.settled("accepted")
    assert await evening.states() == ["resolved:1/1 accepted"]
    assert {e["about"] for e in await evening.published()} == {TICKET}


async def _count(world: World, count: int) -> bool:
    return len(await world.ledger()) >= count


async def _called(world: World) -> bool:
    return bool(world.sends("feishu"))
