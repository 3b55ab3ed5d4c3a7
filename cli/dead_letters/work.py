"""What is done with the letters that are meant: asked back and waited for, or dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cli.dead_letters.book import Book
from cli.dead_letters.wanted import Letter, Wanted
from runtime.clock import monotonic_s

LOOK_EVERY_S = 0.3
WAITING = frozenset({"asked back", "parked"})


@dataclass(frozen=True, slots=True)
class Done:
    """The letters that were worked on, as they are now, and those that could not be. `tried` is
    False where it was only said what would be done."""

    letters: Sequence[Letter]
    hindered: Sequence[Letter] = ()
    tried: bool = True

    @property
    def died_again(self) -> int:
        """Letters that came back, or could not, and had no effect."""
        return sum(letter.died_again for letter in self.letters) if self.tried else 0

    @property
    def waiting(self) -> int:
        """Letters that their service has not taken up or not ended yet."""
        return sum(letter.state in WAITING for letter in self.letters) if self.tried else 0

    @property
    def undone(self) -> bool:
        """Whether anything that was asked for did not happen."""
        return bool(self.hindered or self.died_again or self.waiting)


async def replay(book: Book, wanted: Wanted, wait_s: float, *, dry_run: bool) -> Done:
    """Ask for all that can come back, and wait so long for their services."""
    letters = await book.letters(wanted)
    able = [letter for letter in letters if not letter.hindrance]
    hindered = [letter for letter in letters if letter.hindrance]
    if not dry_run:
        await book.ask_back(able)
        able = await _settled(book, able, wait_s)
    return Done(able, hindered, tried=not dry_run)


async def drop(book: Book, wanted: Wanted, because: str, *, dry_run: bool) -> Done:
    """Give up for good what is still dead."""
    letters = await book.letters(wanted)
    if not dry_run:
        dropped = await book.drop(letters, because)
        now = await book.letters(replace(wanted, ended=True))
        letters = [letter for letter in now if letter.id in dropped]
    return Done(letters, tried=False)


async def _settled(book: Book, asked: Sequence[Letter], wait_s: float) -> list[Letter]:
    """The letters once their services took them up, or as they are when the time is over."""
    if not asked:
        return []
    wanted = Wanted(
        services=tuple({letter.service for letter in asked}),
        ids=tuple(letter.id for letter in asked),
        ended=True,
    )
    until_s = monotonic_s() + wait_s
    while True:
        now = await book.letters(wanted)
        if not any(letter.state in WAITING for letter in now) or monotonic_s() >= until_s:
            return now
        await asyncio.sleep(LOOK_EVERY_S)
