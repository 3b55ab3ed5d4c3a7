"""Faults that share a part wait for each other, whatever the plan said."""

from __future__ import annotations

import asyncio

from chaos.schedule import together
from chaos.turns import Turns


async def _all_but_the_waiting() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_fault_waits_for_one_that_takes_what_it_needs() -> None:
    turns, struck = Turns(), asyncio.Event()
    assert not together("X6", "X15")

    async def joined() -> None:
        async with turns.of("X15"):
            struck.set()

    async with turns.of("X6"):
        waiting = asyncio.create_task(joined())
        await _all_but_the_waiting()
        assert not struck.is_set()
    await waiting
    assert struck.is_set()


async def test_others_and_kills_do_not_wait() -> None:
    turns = Turns()
    assert together("X6", "X9")
    async with turns.of("X6"), turns.of("X9"), turns.of("X1"), turns.of("X2"):
        pass


async def test_a_fault_that_fails_lets_the_next_go_on() -> None:
    turns = Turns()
    try:
        async with turns.of("X6"):
            raise RuntimeError("planted")
    except RuntimeError:
        async with turns.of("X7"):
            pass


async def test_where_each_is_to_be_alone_kills_wait_too() -> None:
    turns, struck = Turns(alone=True), list[str]()

    async def strike(code: str) -> None:
        async with turns.of(code):
            struck.append(code)

    async with turns.of("X6"):
        waiting = [asyncio.create_task(strike(code)) for code in ("X1", "X9")]
        await _all_but_the_waiting()
        assert not struck
    await asyncio.gather(*waiting)
    assert struck == ["X1", "X9"], "in the order in which they came"
