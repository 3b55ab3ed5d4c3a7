"""A notice about holidays moves the deadlines of open tickets as soon as the service is up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.sla import shelf
from services.sla.policy import Loaded
from services.sla.shelf import RulesShelf
from tests.support.sla_story import Payloads
from tests.support.sla_world import World, sla_world
from tests.unit.sla.test_hours_of_clocks import NOTICE, in_office, opened

OPEN, ENDED = Payloads("t-1"), Payloads("t-2")
START = opened("2026-12-31T17:00")


async def test_open_tickets_are_counted_anew_and_ended_ones_stay(
    database_url: str, tmp_path: Path
) -> None:
    before = in_office(tmp_path / "before")
    after = in_office(tmp_path / "after", {2027: NOTICE})
    async with sla_world(database_url, start_s=START + 600) as world:
        await world.open(loaded=before)
        await world.apply(
            *(make.triaged(START, "L2", opened=START) for make in (OPEN, ENDED)),
            *(make.reply(START + 60) for make in (OPEN, ENDED)),
            ENDED.resolved(START + 120),
        )
        assert await due(world) == datetime(2027, 1, 5, 9, tzinfo=UTC)
        assert await recounted(world, before) == 0  # by the same holidays: nothing to do
        assert await recounted(world, after) == 1
        instance = await world.open(loaded=after)
        instance.ticker.start()
        await world.until(counted_by(world, "t-1", after))
        assert await due(world) == datetime(2027, 1, 7, 9, tzinfo=UTC)
        assert await counted_by(world, "t-2", before)()
        [timer] = await world.rows("SELECT key, due_at FROM timer")
        assert (timer["key"], timer["due_at"]) == ("t-1", datetime(2027, 1, 6, 9, tzinfo=UTC))
        assert await recounted(world, after) == 0


async def test_they_are_found_however_many_others_are_open(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "TICKETS_AT_ONCE", 2)
    before = in_office(tmp_path / "before")
    after = in_office(tmp_path / "after", {2027: NOTICE})
    async with sla_world(database_url, start_s=START + 600) as world:
        for loaded, numbers in ((after, range(5)), (before, range(5, 8))):
            await world.open(loaded=loaded)
            tickets = [Payloads(f"t-{number}") for number in numbers]
            await world.apply(*(make.triaged(START, "L2", opened=START) for make in tickets))
        assert await recounted(world, after) == 3


async def recounted(world: World, loaded: Loaded) -> int:
    """As a service does that starts with these policies."""
    database = world.instances[-1].service.database
    rules = RulesShelf(loaded)
    await rules.open(database)
    return await rules.recount(database, "clocks")


async def due(world: World) -> datetime:
    found: datetime = (await world.clocks())["t-1/closure/1"]["due_at"]
    return found


def counted_by(world: World, ticket: str, loaded: Loaded) -> Callable[[], Awaitable[bool]]:
    """Whether it was counted last by those calendars."""
    assert loaded.calendars is not None
    version = loaded.calendars.version
    text = "SELECT counted_by FROM sla_case WHERE ticket_id = $1"

    async def look() -> bool:
        [row] = await world.rows(text, ticket)
        return bool(row["counted_by"] == version)

    return look
