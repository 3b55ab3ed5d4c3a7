"""Routine work lets urgent work pass, though never for ever."""

from __future__ import annotations

import asyncio

import pytest

from runtime.way import PATIENCE_S, PATIENT_AT_MOST_S, PATIENT_ITEMS, SLICE, Way, patience_s


@pytest.fixture
def waits_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each pause may last at most, as it comes: on a slow machine it lasts longer."""
    told: list[float] = []
    limited = asyncio.timeout

    def noted(longest_s: float | None) -> asyncio.Timeout:
        told.append(longest_s or 0.0)
        return limited(longest_s)

    monkeypatch.setattr(asyncio, "timeout", noted)
    return told


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


async def test_routine_work_goes_on_however_much_is_urgent(waits_s: list[float]) -> None:
    way, slices = Way(), 0

    async def routine() -> None:
        nonlocal slices
        async for _ in way.slices(range(5 * SLICE)):
            slices += 1

    task = asyncio.create_task(routine())
    with way.held("urgent"):
        await task
    assert slices == 5
    assert waits_s == [patience_s(5 * SLICE)], "once through the batch, not at each slice"


def test_more_work_has_more_patience_within_a_limit() -> None:
    assert patience_s(1) == patience_s(PATIENT_ITEMS) == PATIENCE_S
    assert patience_s(3 * PATIENT_ITEMS) == pytest.approx(3 * PATIENCE_S)
    assert patience_s(10**6) == PATIENT_AT_MOST_S


async def test_routine_work_has_no_right_of_way(waits_s: list[float]) -> None:
    way = Way()
    with way.held("routine"):
        assert [len(some) async for some in way.slices(range(SLICE + 1))] == [SLICE, 1]
    assert waits_s == []


async def test_what_is_due_lets_others_have_a_turn_and_waits_for_nobody(
    waits_s: list[float],
) -> None:
    way, told = Way(), list[str]()

    async def due() -> None:
        async for some in way.slices(range(2 * SLICE), gives_way=False):
            told.append(f"due {len(some)}")

    async def other() -> None:
        told.append("other")

    tasks = asyncio.create_task(due()), asyncio.create_task(other())
    with way.held("urgent"):
        await asyncio.gather(*tasks)
    assert told == [f"due {SLICE}", "other", f"due {SLICE}"]
    assert waits_s == []
