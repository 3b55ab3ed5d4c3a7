"""Promises, deadlines of the platform, merging, and the queue, on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cli.sla.places import Order, read_queue
from schemas.envelope import Payload
from tests.support.sla_story import Payloads, at
from tests.support.sla_world import World, short, sla_world

NOW = 1_000
HOUR = 3_600


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """Everything in these stories has happened already."""
    async with sla_world(database_url, start_s=NOW) as made:
        await made.open(at_s=NOW)
        yield made


async def test_a_deadline_that_moved_is_one_row_and_its_breaches_are_told_once(
    world: World,
) -> None:
    make = Payloads()
    await world.apply(make.triaged(10, "L2"), make.platform(20, 30), make.promise(40, 5_000))
    await world.apply(make.platform(50, 60), make.platform(55, 30))
    await world.apply(make.platform(70, 5 * HOUR, costs_fen=900))
    rows = await world.clocks()
    row = rows["t-1/platform/1"]
    assert (row["state"], row["anchor_at"], row["due_at"]) == ("pending", at(20), at(5 * HOUR))
    assert row["target_s"] == 5 * HOUR - 20
    assert rows["t-1/promise/1"]["state"] == "pending"
    told = short(await world.published())
    assert [line for line in told if "platform" in line] == [
        "ClockStarted platform/1", "SLABreached platform/1", "ClockMoved platform/1",
        "SLABreached platform/1", "ClockMoved platform/1", "ClockMoved platform/1",
    ]  # fmt: skip
    noted = await world.rows("SELECT threshold FROM clock_event WHERE kind = 'breached'")
    assert sorted(row["threshold"] for row in noted) == sorted(
        f"@{at(second).isoformat()}" for second in (30, 60)
    )


async def test_a_merge_cancels_everything_where_it_is_heard(world: World) -> None:
    make = Payloads()
    story = (make.triaged(10, "L1"), make.platform(20, 5 * HOUR), make.promise(40, 5 * HOUR))
    await world.apply(*story)
    await world.apply(make.merged(500))
    rows = (await world.clocks()).values()
    ended = {row["clock"]: (row["state"], row["cause"], row["cancelled_at"]) for row in rows}
    for clock in ("first_contact", "solution", "platform", "promise"):
        assert ended[clock] == ("cancelled", "merged", at(500))
    assert await world.quiet()
    found = await read_queue(world.owner, None, Order.DUE, 10, at(NOW))
    assert (found.places, found.open) == ((), 0)


def told_of(ticket: str, level: str, route: str, *more: Payload) -> list[Payload]:
    return [Payloads(ticket).triaged(10, level, route=route), *more]


async def test_the_queue_is_in_working_order(world: World) -> None:
    late, dear, cheap, ended = (Payloads(name) for name in ("late", "dear", "cheap", "ended"))
    await world.apply(
        *told_of("late", "L1", "urgent_group"),
        late.platform(30, 2 * HOUR, 1_000),
        *told_of("dear", "L2", "regular_group"),
        dear.platform(20, 9 * HOUR, 900_000),
        dear.reply(60),
        *told_of("cheap", "L2", "regular_group"),
        cheap.platform(20, 2 * HOUR, 100),
        *told_of("ended", "L1", "urgent_group"),
        ended.platform(30, 500, 1_000_000),
        ended.resolved(400),
        *told_of("plain", "L3", "supervisor_legal"),
    )
    by_due = await read_queue(world.owner, None, Order.DUE, 10, at(NOW))
    assert [place.ticket_id for place in by_due.places] == ["late", "plain", "cheap", "dear"]
    assert by_due.places[0].clock == "first_contact"
    assert (by_due.open, by_due.overdue) == (4, 2)
    by_risk = await read_queue(world.owner, None, Order.RISK, 10, at(NOW))
    assert [place.ticket_id for place in by_risk.places] == ["dear", "late", "cheap", "plain"]
    regular = await read_queue(world.owner, "regular_group", Order.RISK, 1, at(NOW))
    (first,) = regular.places
    assert first.at_risk_fen_per_h == 900_000 * HOUR // (9 * HOUR - NOW)
    assert first.due_in_s == 9 * HOUR - NOW
    assert (first.group, regular.open) == ("regular_group", 2)
    await world.apply(late.platform(31, 800))
    passed = await read_queue(world.owner, None, Order.RISK, 1, at(NOW))
    assert [place.ticket_id for place in passed.places] == ["late"]
    assert passed.places[0].as_json()["at_risk_fen_per_h"] is None
