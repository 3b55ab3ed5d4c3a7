"""What is written down: ledger, clocks and what was told, and what the database refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.database import BadDataError, DatabaseAwayError
from schemas.envelope import Payload
from services.sla import store
from services.sla.domain.plan import plan
from tests.support.sla_story import Payloads, at, default_policy
from tests.support.sla_world import World, short, sla_world

make = Payloads()
STORY = (
    make.triaged(60, "L2"),
    make.reply(100),
    make.waiting(200, "carrier"),
    make.wrote(300),
    make.triaged(400, "L1"),
    make.resumed(500),
    make.call(600),
    make.resolved(700),
    make.reopened(800),
)


def story_of(ticket: str) -> list[Payload]:
    """The same story of another ticket."""
    return [payload.model_copy(update={"ticket_id": ticket}) for payload in STORY]


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """Everything in these stories has happened already."""
    async with sla_world(database_url, start_s=1_000) as made:
        await made.open()
        yield made


async def test_the_rows_are_what_the_ledger_comes_to(world: World) -> None:
    await world.apply(*STORY)
    async with world.instances[-1].service.database.transaction() as tx:
        [case] = (await store.load(tx, ["t-1", "unknown"], [])).values()
    assert [entry.what for entry in case.ledger] == [
        "triaged", "agent_replied", "waiting", "customer_message", "triaged", "resumed",
        "call_made", "resolved", "reopened",
    ]  # fmt: skip
    planned = {
        f"t-1/{c.term.clock}/{c.generation}": (c.state, c.due_at, c.met_at, c.used_s)
        for c in plan(case.ledger, default_policy(), at(1_000))
    }
    rows = await world.clocks()
    assert {k: (r["state"], r["due_at"], r["met_at"], r["used_s"]) for k, r in rows.items()} == (
        planned
    )
    assert {(m.clock, m.generation, m.kind) for m in case.told} == {
        (r["clock"], r["generation"], r["kind"])
        for r in await world.rows("SELECT clock, generation, kind FROM clock_event")
    }
    assert case.armed_at == at(800 + 7_200)
    assert case.version == 1


async def test_one_poll_or_nine_come_to_the_same(world: World) -> None:
    await world.apply(*STORY)
    at_once, told = await world.clocks(), short(await world.published())
    for payload in story_of("t-2"):
        await world.apply(payload)
    singly = await world.clocks()
    for name, row in at_once.items():
        assert singly[name.replace("t-1", "t-2")] | {"ticket_id": "t-1"} == row
    assert short(await world.published("t-2")) == told


async def test_the_same_poll_again_changes_nothing(world: World) -> None:
    await world.apply(*STORY)
    before = await world.clocks(), await world.published(), await world.rows("TABLE sla_case")
    await world.apply(*STORY)
    after = await world.clocks(), await world.published(), await world.rows("TABLE sla_case")
    assert after == before


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(order=st.permutations(range(len(STORY))), cut=st.integers(1, len(STORY) - 1))
async def test_any_order_of_arrival(world: World, order: list[int], cut: int) -> None:
    ticket = "t-" + "".join(map(str, order)) + f"-{cut}"
    payloads = story_of(ticket)
    await world.apply(*(payloads[number] for number in order[:cut]))
    await world.apply(*(payloads[number] for number in order[cut:]))
    await world.apply(*STORY)
    rows = await world.clocks()
    expected = {k: v for k, v in rows.items() if k.startswith("t-1/")}
    found = {
        k.replace(ticket, "t-1"): v | {"ticket_id": "t-1"}
        for k, v in rows.items()
        if k.startswith(f"{ticket}/")
    }
    assert found == expected


async def test_a_generation_that_should_never_have_been_leaves_no_row(world: World) -> None:
    await world.apply(make.triaged(60, "L2"), make.triaged(500, "L1"))
    assert "t-1/solution/2" in await world.clocks()
    await world.apply(make.resolved(400))
    assert set(await world.clocks()) == {"t-1/first_reply/1", "t-1/review/1", "t-1/closure/1"}
    assert await world.quiet()


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_ticket_that_a_person_sorts(world: World, backwards: bool) -> None:
    unsure = make.triaged(60, "L2", route="human_triage")
    urgent = make.retriaged(400, "L1", cause="person", route="urgent_group")
    for payload in (urgent, unsure) if backwards else (unsure, urgent):
        await world.apply(payload)
    rows = await world.clocks()
    sorted_out = rows["t-1/human_triage/1"]
    assert (sorted_out["state"], sorted_out["met_at"], sorted_out["due_at"]) == (
        "met", at(400), at(900),
    )  # fmt: skip
    assert rows["t-1/first_reply/1"]["state"] == "cancelled"
    assert rows["t-1/first_contact/2"]["anchor_at"] == at(400)
    assert "t-1/human_triage/2" not in rows


async def test_a_reading_that_was_sure_after_all_ends_the_clock(world: World) -> None:
    await world.apply(make.triaged(60, "L2", route="human_triage"), make.retriaged(400, "L2"))
    ended = (await world.clocks())["t-1/human_triage/1"]
    assert (ended["state"], ended["cause"]) == ("cancelled", "retriaged")


async def test_somebody_else_was_faster(world: World) -> None:
    await world.apply(*STORY)
    database = world.instances[-1].service.database
    async with database.transaction() as tx:
        [case] = (await store.load(tx, ["t-1"], [])).values()
        assert await store.save(tx, [replace(case, version=0)]) == 0
        assert await store.save(tx, [case]) == 1


async def test_an_event_told_twice_is_refused_and_costs_its_ticket_only(world: World) -> None:
    """As a defect of the rules would make it: the ticket's mark is there, its memory is not."""
    await world.rows(
        "INSERT INTO clock_event VALUES ('t-1', 'closure', 1, 'started', '', now()) RETURNING 1"
    )
    other = Payloads("t-2")
    await world.apply(make.triaged(60, "L2"), other.triaged(60, "L2"), make.reply(70))
    parked = await world.rows("SELECT key, reason FROM parked ORDER BY seq")
    assert [(r["key"], r["reason"]) for r in parked] == [
        ("t-1", "refused_by_database"),
        ("t-1", "behind"),
    ]
    assert {row["ticket_id"] for row in (await world.clocks()).values()} == {"t-2"}


@pytest.mark.parametrize(
    "change",
    [
        "state = 'gone'",
        "due_at = NULL",
        "met_at = anchor_at",
        "breached_at = due_at",
        "state = 'breached'",
        "state = 'breached', breached_at = anchor_at",
        "state = 'met', met_at = due_at + interval '1 second'",
        "state = 'breached', breached_at = due_at, met_at = due_at",
    ],
)
async def test_the_database_refuses_a_clock_that_contradicts_itself(
    world: World, change: str
) -> None:
    await world.apply(make.triaged(60, "L1"))
    with pytest.raises(BadDataError, match="clock"):
        await world.rows(f"UPDATE clock SET {change} RETURNING 1")


@pytest.mark.parametrize("deed", ["UPDATE clock_event SET kind = 'x'", "DELETE FROM clock_event"])
async def test_what_was_told_stays_told(world: World, deed: str) -> None:
    await world.apply(make.triaged(60, "L1"))
    with pytest.raises(Exception, match="permission denied") as refused:
        async with world.instances[-1].service.database.transaction() as tx:
            await tx.execute(deed)
    assert not isinstance(refused.value, DatabaseAwayError)
