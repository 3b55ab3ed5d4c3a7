"""A fault lasts as long as planned, and on while nobody has felt it."""

from __future__ import annotations

import pytest

from chaos.fault import felt
from chaos.faults.seen import moved


async def test_it_ends_with_the_first_who_felt_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chaos.fault.LOOK_S", 0.0)
    answers = iter([0, False, "somebody"])
    asked = []

    async def anybody() -> object:
        asked.append(next(answers))
        return asked[-1]

    await felt(0.0, anybody)
    assert asked == [0, False, "somebody"]


def test_partitions_that_were_claimed_anew_are_counted() -> None:
    before = {("clocks", "tickets", 0): 1, ("clocks", "tickets", 1): 3}
    assert moved(before, before) == 0
    assert moved(before, {**before, ("clocks", "tickets", 1): 4}) == 1
    assert moved({}, before) == 0, "nobody could be asked before"
