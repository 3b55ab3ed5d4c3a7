"""The agenda starts work when it is due, lets nothing wait for something slow, hides no failure."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from runtime.clock import wall_now
from simulator.agenda import Agenda
from simulator.pace import Pace

MINUTE = timedelta(minutes=1)


def fast() -> Pace:
    """A business minute in 12 real milliseconds."""
    now = wall_now()
    return Pace(5_000.0, now, now)


async def test_work_is_done_in_the_order_in_which_it_is_due() -> None:
    pace, done = fast(), list[int]()
    agenda = Agenda(pace)
    start = pace.now()

    def note(number: int) -> None:
        async def work() -> None:
            done.append(number)
            if number == 1:
                note(4)

        agenda.at(start + number * MINUTE, work)

    for number in (3, 1, 2):
        note(number)
    await agenda.run(start + MINUTE)
    assert done == [1, 2, 3, 4]
    assert agenda.open == 0


async def test_slow_work_holds_nothing_up() -> None:
    pace, done = fast(), list[str]()
    agenda = Agenda(pace)
    start, quick = pace.now(), asyncio.Event()

    async def slow() -> None:
        await quick.wait()
        done.append("slow")

    async def soon() -> None:
        done.append("quick")
        quick.set()

    agenda.at(start, slow)
    agenda.at(start + MINUTE, soon)
    await agenda.run(start)
    assert done == ["quick", "slow"]


async def test_a_failure_ends_it() -> None:
    pace = fast()
    agenda = Agenda(pace)

    async def fails() -> None:
        raise RuntimeError("no")

    agenda.at(pace.now(), fails)
    with pytest.raises(RuntimeError, match="no"):
        await agenda.run(pace.now() + timedelta(days=365))
