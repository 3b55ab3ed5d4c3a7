"""How long a lane rests, and what ends it."""

from __future__ import annotations

import asyncio

import pytest

from runtime.clock import monotonic_s
from services.notifier.bell import AT_ONCE, Bell, Rest

LANE = "sms"
LONG_S = 30.0
DEAF_S = 0.2


async def rested_s(bell: Bell, rest: Rest) -> float:
    begun_s = monotonic_s()
    async with asyncio.timeout(5):
        await bell.wait(LANE, rest)
    return monotonic_s() - begun_s


@pytest.mark.parametrize("urgent", [(), (LANE,)])
async def test_what_was_rung_for_since_the_last_look_ends_a_rest(urgent: tuple[str, ...]) -> None:
    bell = Bell([LANE])
    bell.listen(LANE)
    bell.ring([LANE, "nobody's"], urgent)
    assert await rested_s(bell, Rest(LONG_S)) < 1


async def test_a_deaf_lane_hears_of_the_usual_later() -> None:
    bell = Bell([LANE])
    bell.ring([LANE])
    assert DEAF_S * 0.9 <= await rested_s(bell, Rest(LONG_S, DEAF_S)) < 4


async def test_a_deaf_lane_hears_of_what_is_urgent_at_once() -> None:
    bell = Bell([LANE])
    bell.ring([LANE], [LANE])
    assert await rested_s(bell, Rest(LONG_S, LONG_S)) < 1


async def test_without_a_bell_a_rest_ends_by_itself() -> None:
    bell = Bell([LANE])
    bell.ring([LANE], [LANE])
    bell.listen(LANE)
    assert DEAF_S * 0.9 <= await rested_s(bell, Rest(DEAF_S, DEAF_S / 2)) < 4
    assert await rested_s(bell, AT_ONCE) < 1
