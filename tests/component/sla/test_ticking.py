"""Clocks that run out on a real database: on time, once, never early, never after the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

import pytest

from runtime.migrations import role_of
from tests.support.sla_story import Payloads, at, policy_with
from tests.support.sla_world import Instance, World, short, sla_world

make = Payloads()
TRIES = 5
ASLEEP_S = 600.0
MARKS = (
    "SELECT e.*, c.due_at, c.anchor_at, c.target_s FROM clock_event e "
    "JOIN clock c USING (ticket_id, clock, generation)"
)
HELD = """
INSERT INTO timer (desk, key, name, due_at, shop_id, correlation, cause, tries, held_until)
SELECT 'clocks', key, 'next', $3::timestamptz, 'shop-a', gen_random_uuid(),
       gen_random_uuid(), 3, clock_timestamp() + $2::double precision * interval '1 second'
FROM unnest($1::text[]) AS key
"""
WHOLE = [
    "ClockStarted first_contact/1",
    "ClockStarted solution/1",
    "SLAWarning first_contact/1 p50",
    "SLAWarning first_contact/1 p75",
    "SLAWarning first_contact/1 p90",
    "SLABreached first_contact/1",
]


async def none_early(world: World) -> None:
    """Every warning and breach was told at or after its moment."""
    for row in await world.rows(MARKS):
        if row["kind"] == "breached":
            assert row["told_at"] > row["due_at"]
        if row["kind"] == "warning":
            share = int(row["threshold"].removeprefix("p")) / 100
            used = (row["told_at"] - row["anchor_at"]).total_seconds()
            assert used >= row["target_s"] * share


async def breaches(world: World) -> int:
    return sum(e["type"] == "SLABreached" for e in await world.published())


async def test_an_urgent_ticket_from_complaint_to_end(database_url: str) -> None:
    """Where the machine stood still a warning is rightly passed over: the next ticket tells."""
    async with sla_world(database_url, scale=600) as world:
        (await world.open()).ticker.start()
        for number in range(TRIES):
            if await _told_whole(world, f"t-{number}"):
                break
        else:
            raise AssertionError("no ticket had all its warnings")
        await none_early(world)


async def _told_whole(world: World, ticket: str) -> bool:
    """One ticket's life; whether all its marks were told."""
    made, began = Payloads(ticket), int((await world.now() - at(0)).total_seconds())
    await world.apply(made.triaged(began, "L1", opened=began))

    async def breached() -> bool:
        return any(e["type"] == "SLABreached" for e in await world.published(ticket))

    await world.until(breached)
    told = short(await world.published(ticket))
    assert set(told) <= set(WHOLE)
    breach = next(e for e in await world.published(ticket) if e["type"] == "SLABreached")
    assert breach["breached_at"] == at(began + 900).isoformat().replace("+00:00", "Z")
    clocks = await world.clocks()
    assert clocks[f"{ticket}/first_contact/1"]["state"] == "breached"
    seconds = (await world.now() - at(0)).total_seconds()
    await world.apply(made.call(seconds), made.resolved(seconds + 0.001))
    assert await world.quiet()
    late, end = (await world.published(ticket))[-2:]
    assert (late["type"], late["in_time"]) == ("ClockMet", False)
    assert (end["type"], end["clock"], end["in_time"]) == ("ClockMet", "solution", True)
    return told == WHOLE


async def test_who_arms_a_timer_wakes_its_own_ticker(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sleeps by what was due when it looked; what is armed since then must not wait for that."""
    for place in ("runtime.ticker.LONGEST_SLEEP_S", "runtime.alarm.LONGEST_SLEEP_S"):
        monkeypatch.setattr(place, ASLEEP_S)
    async with sla_world(database_url, scale=600) as world:
        instance = await world.open()
        asleep = _asleep(instance, monkeypatch)
        instance.ticker.start()
        await asleep.wait()
        async with asyncio.timeout(ASLEEP_S / 2):
            began = int((await world.now() - at(0)).total_seconds())
            await world.apply(make.triaged(began, "L1", opened=began))
            await world.until(partial(_has, world, "SLABreached"))
        await none_early(world)


def _asleep(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set when its ticker has found nothing to do."""
    asleep, alarm = asyncio.Event(), instance.applier.alarm
    rest = alarm.rest

    async def watched(seconds: float) -> bool:
        asleep.set()
        return await rest(seconds)

    monkeypatch.setattr(alarm, "rest", watched)
    return asleep


async def test_timers_that_are_held_back_hide_no_other(database_url: str) -> None:
    async with sla_world(database_url, scale=600) as world:
        instance = await world.open()
        held = [f"h-{number:03}" for number in range(100)]
        await world.rows(HELD, held, ASLEEP_S, at(-3600))
        instance.ticker.start()
        began = int((await world.now() - at(0)).total_seconds())
        await world.apply(make.triaged(began, "L1", opened=began))
        assert not await _has(world, "SLABreached")
        await world.until(partial(_has, world, "SLABreached"))
        await none_early(world)


async def _has(world: World, kind: str) -> bool:
    return any(e["type"] == kind for e in await world.published())


async def test_two_tickers_fire_each_timer_once(database_url: str) -> None:
    tickets = [Payloads(f"t-{number}") for number in range(200)]
    async with sla_world(database_url, scale=300) as world:
        for _ in range(2):
            (await world.open()).ticker.start()
        await world.apply(*(ticket.triaged(0, "L1") for ticket in tickets))

        async def all_breached() -> bool:
            return await breaches(world) == len(tickets)

        await world.until(all_breached)
        for ticket in tickets:
            told = short(await world.published(ticket.ticket))
            assert max(Counter(told).values()) == 1
            assert WHOLE[1] in told
            contact = [each for each in told if "first_contact" in each]
            assert (contact[0], contact[-1]) == (WHOLE[0], WHOLE[-1])
        await none_early(world)


async def test_after_an_outage_the_present_truth_once(database_url: str) -> None:
    async with sla_world(database_url, start_s=1_000) as world:
        instance = await world.open()
        await world.apply(make.triaged(0, "L1"))
        assert short(await world.published())[-2:] == [
            "SLABreached first_contact/1",
            "ClockStarted solution/1",
        ]
        instance.ticker.start()
        await world.until(lambda: _armed(world, 7_200))
        assert await breaches(world) == 1


async def _armed(world: World, second: float) -> bool:
    rows = await world.rows("SELECT due_at FROM timer")
    return [row["due_at"] for row in rows] == [at(second)]


async def test_a_process_that_was_away_tells_what_is_left_to_tell(database_url: str) -> None:
    """Nobody ticks while p50 and p75 pass; the next process tells p75 alone."""
    async with sla_world(database_url) as world:
        await world.open()
        await world.apply(make.triaged(0, "L1"))
        rest = ["SLAWarning first_contact/1 p75", *WHOLE[4:]]
        for second, mark in zip((700, 820, 901), rest, strict=True):
            heir = await world.open(at_s=second)
            heir.ticker.start()
            await world.until(partial(_told, world, mark))
            await heir.ticker.stop()
        assert short(await world.published()) == [*WHOLE[:2], *rest]


async def _told(world: World, mark: str) -> bool:
    return mark in short(await world.published())


async def _later_than(world: World, second: float) -> bool:
    return await world.now() >= at(second)


async def test_an_ended_ticket_never_breaches(database_url: str) -> None:
    short_targets = [
        {"level": level, "clocks": [{"clock": "closure", "target_s": 60}]}
        for level in ("L1", "L2", "L3")
    ]
    policy = policy_with(targets=short_targets)
    ended, left = Payloads("t-ended"), Payloads("t-left")
    async with sla_world(database_url, start_s=2) as world:
        (await world.open(policy)).ticker.start()
        await world.apply(ended.triaged(0, "L2"), left.triaged(0, "L2"))
        await world.apply(ended.resolved(1))
        (await world.open(policy, at_s=61)).ticker.start()
        await world.until(lambda: _has(world, "SLABreached"))
        assert await breaches(world) == 1
        assert short(await world.published("t-ended"))[-1] == "ClockMet closure/1"
        assert await world.quiet()


async def test_timers_race_with_events_and_nothing_is_told_twice(database_url: str) -> None:
    """Replies arrive all the time around the deadlines, as the ticker fires."""
    tickets = [Payloads(f"t-{number}") for number in range(120)]
    async with sla_world(database_url, scale=600) as world:
        (await world.open()).ticker.start()
        await world.apply(*(ticket.triaged(0, "L1") for ticket in tickets))
        for second in range(100, 1_000, 100):
            await world.until(lambda second=second: _later_than(world, second))  # type: ignore[misc]
            await world.apply(*(ticket.wrote(second) for ticket in tickets))
        await world.apply(*(ticket.call(800) for ticket in tickets[::2]))
        await world.until(lambda: _later_than(world, 1_000))
        await world.until(lambda: _nothing_due(world))
        marks = Counter(tuple(r)[:5] for r in await world.rows("TABLE clock_event"))
        assert max(marks.values()) == 1
        clocks = await world.clocks()
        states = Counter(r["state"] for r in clocks.values() if r["clock"] == "first_contact")
        assert states == {"met": 60, "breached": 60}
        assert not await world.rows("SELECT FROM parked")
        await none_early(world)


async def _nothing_due(world: World) -> bool:
    return not await world.rows("SELECT FROM timer WHERE due_at < $1", await world.now())


async def test_a_stop_lets_the_transaction_in_hand_come_to_its_end(database_url: str) -> None:
    """Else an event could be committed with nobody left who publishes it."""
    async with sla_world(database_url) as world:
        first = await world.open()
        await world.apply(make.triaged(0, "L1"))
        instance = await world.open(at_s=451)
        async with world.owner.transaction() as tx:
            await tx.fetch("SELECT FROM sla_case FOR UPDATE")
            instance.ticker.start()
            await world.until(lambda: _held_up(world))
            stopping = asyncio.create_task(instance.ticker.stop())
            await asyncio.sleep(0)
        await stopping
        assert "SLAWarning first_contact/1 p50" in short(await world.published())
        waiting = await world.rows("SELECT id FROM outbox_batch WHERE published_at IS NULL")
        pending = first.service.publisher.pending | instance.service.publisher.pending
        assert {row["id"] for row in waiting} == pending


async def _held_up(world: World) -> bool:
    waits = "SELECT FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock'"
    return bool(await world.rows(waits, role_of("sla")))
