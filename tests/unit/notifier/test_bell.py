"""How long a lane rests, and what ends it."""

from __future__ import annotations

import asyncio

import pytest

from runtime.clock import monotonic_s
from services.notifier.bell import AT_ONCE, Bell, Rest

LANE = "sms"
LONG_S = 60.0
DEAF_S = 0.2


async def rested_s(bell: Bell, rest: Rest) -> float:
    """How long it rested. A rest that does not end before its time is a TimeoutError."""
    begun_s = monotonic_s()
    async with asyncio.timeout(LONG_S / 2):
        await bell.wait(LANE, rest)
    return monotonic_s() - begun_s


@pytest.mark.parametrize("urgent", [(), (LANE,)])
async def test_what_was_rung_for_since_the_last_look_ends_a_rest(urgent: tuple[str, ...]) -> None:
    bell = Bell([LANE])
    bell.listen(LANE)
    bell.ring([LANE, "nobody's"], urgent)
    await rested_s(bell, Rest(LONG_S))


async def test_a_deaf_lane_hears_of_the_usual_later() -> None:
    bell = Bell([LANE])
    bell.ring([LANE])
    assert await rested_s(bell, Rest(LONG_S, DEAF_S)) >= DEAF_S * 0.9


async def test_a_deaf_lane_hears_of_what_is_urgent_at_once() -> None:
    bell = Bell([LANE])
    bell.ring([LANE], [LANE])
    await rested_s(bell, Rest(LONG_S, LONG_S))


async def test_without_a_bell_a_rest_ends_by_itself() -> None:
    bell = Bell([LANE])
    bell.ring([LANE], [LANE])
    bell.listen(LANE)
    assert await rested_s(bell, Rest(DEAF_S, DEAF_S / 2)) >= DEAF_S * 0.9
    await rested_s(bell, AT_ONCE)
