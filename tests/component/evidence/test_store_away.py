"""While the object store is away evidence waits: no record is blamed, and health tells why."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from runtime.bisect import apply_apart
from runtime.database import DatabaseAwayError
from runtime.fence import Fence
from tests.support.bus import until
from tests.support.evidence_story import Story
from tests.support.evidence_world import World, messages


async def test_no_record_is_blamed(world: World) -> None:
    """Not even when a failing batch is searched for its culprit."""
    story = Story()
    wanted = messages([story.placed(), story.opened()])
    away = world.objects / "sha256"
    away.write_text("no folder")
    with pytest.raises(DatabaseAwayError, match="OSError"):
        await apply_apart(world.parts.archive, wanted, [], Fence({}, {}))
    assert (await world.count("parked"), await world.count("inbox")) == (0, 0)
    away.unlink()
    await apply_apart(world.parts.archive, wanted, [], Fence({}, {}))
    assert (await world.count("parked"), await world.count("item")) == (0, 2)


async def test_the_pump_says_that_it_waits(world: World) -> None:
    service, event = world.parts.service, Story().opened()
    pump = service.pump(world.parts.archive)
    await pump.on_partitions_assigned([TopicPartition("tickets", 0)])
    value, key = event.to_json(), event.subject.encode()
    record = SimpleNamespace(
        topic="tickets", partition=0, offset=0, key=key, value=value, headers=()
    )
    away = world.objects / "sha256"
    away.write_text("no folder")
    working = asyncio.create_task(pump.handle((record,)))

    async def told() -> bool:
        complaints = service.health.report().complaints
        return any("DatabaseAway" in why for why in complaints.values())

    await until(told)
    away.unlink()
    await working
    assert (await world.count("parked"), await world.count("item")) == (0, 1)
    assert not await told()
