"""Routine work lets urgent work pass, though never for ever."""

from __future__ import annotations

import asyncio

from runtime import way as module
from runtime.clock import monotonic_s
from runtime.way import SLICE, Way


async def test_routine_work_waits_between_its_slices_while_urgent_work_is_in_hand() -> None:
    way, told = Way(), list[str]()

    async def routine() -> None:
        async for some in way.slices(range(2 * SLICE)):
            told.append(f"routine {len(some)}")

    async def urgent() -> None:
        with way.held("urgent"):
            async for _ in way.slices(range(3 * SLICE)):
                await asyncio.sleep(0)
            told.append("urgent")

    async with asyncio.TaskGroup() as group:
        group.create_task(routine())
        group.create_task(urgent())
    assert told == [f"routine {SLICE}", "urgent", f"routine {SLICE}"]


async def test_routine_work_goes_on_however_much_is_urgent() -> None:
    way = Way()
    began_s, slices = monotonic_s(), 0

    async def routine() -> None:
        nonlocal slices
        async for _ in way.slices(range(5 * SLICE)):
            slices += 1

    task = asyncio.create_task(routine())
    with way.held("urgent"):
        await task
    assert slices == 5
    assert monotonic_s() - began_s < module.PATIENCE_S * 2


async def test_routine_work_has_no_right_of_way() -> None:
    way = Way()
    with way.held("routine"):
        began_s = monotonic_s()
        assert [len(some) async for some in way.slices(range(SLICE + 1))] == [SLICE, 1]
    assert monotonic_s() - began_s < module.PATIENCE_S
