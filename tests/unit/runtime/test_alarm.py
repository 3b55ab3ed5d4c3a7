"""A ticker sleeps until its next look, or until a timer is armed for sooner than that."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from runtime.alarm import LONGEST_SLEEP_S, Alarm
from runtime.case import TimerChange
from runtime.clock import new_id

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG_S = 60.0


def armed(in_s: float | None) -> TimerChange:
    due_at = None if in_s is None else NOW + timedelta(seconds=in_s)
    return TimerChange("t-1", "next", due_at, "shop-a", new_id(), new_id(), None)


@pytest.mark.parametrize(
    ("in_s", "scale", "rings"),
    [
        (LONGEST_SLEEP_S, 1.0, True),
        (-3.0, 1.0, True),
        (LONGEST_SLEEP_S + 0.001, 1.0, False),
        (LONGEST_SLEEP_S * 60, 60.0, True),
        (LONGEST_SLEEP_S * 60 + 1, 60.0, False),
        (None, 1.0, False),
    ],
)
async def test_it_rings_for_what_the_next_look_may_find_too_late(
    in_s: float | None, scale: float, rings: bool
) -> None:
    alarm = Alarm(scale)
    alarm.armed([armed(LONG_S * scale), armed(in_s)], NOW, 0.0)
    assert await alarm.rest(LONG_S if rings else 0.001) is rings


async def test_it_wakes_who_sleeps_already() -> None:
    alarm = Alarm(1.0)
    sleeping = asyncio.create_task(alarm.rest(LONG_S))
    await asyncio.sleep(0)
    alarm.armed([armed(0.1)], NOW, 0.0)
    assert await sleeping


async def test_what_was_armed_before_the_question_is_in_its_answer() -> None:
    alarm = Alarm(1.0)
    alarm.armed([armed(0.1)], NOW, 0.0)
    alarm.reset()
    assert not await alarm.rest(0.001)
    alarm.armed([armed(0.1)], NOW, 0.0)
    assert await alarm.rest(LONG_S)


async def test_the_time_that_the_batch_took_counts() -> None:
    """A timer that was far off when the batch began may be due when it is committed."""
    alarm = Alarm(60.0)
    alarm.armed([armed(60.0)], NOW, 0.7)
    assert not await alarm.rest(0.001)
    alarm.armed([armed(60.0)], NOW, 0.8)
    assert await alarm.rest(LONG_S)
