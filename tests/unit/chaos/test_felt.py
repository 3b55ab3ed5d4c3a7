"""A fault lasts as long as planned, and on while nobody has felt it."""

from __future__ import annotations

from chaos.fault import felt


async def test_it_ends_with_the_first_who_felt_it() -> None:
    answers = iter([0, False, "somebody"])
    asked = []

    async def anybody() -> object:
        asked.append(next(answers))
        return asked[-1]

    await felt(0.0, anybody)
    assert asked == [0, False, "somebody"]
