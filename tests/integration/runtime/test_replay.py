"""Dead letters that are asked back are worked on once, in their key's line, or stay dead."""

from __future__ import annotations

from cli.dead_letters.book import Book
from cli.dead_letters.wanted import Letter, Wanted
from tests.integration.runtime.conftest import Bench
from tests.support import bus, probe


async def _letters(bench: Bench) -> list[Letter]:
    return await Book(bench.database).letters(Wanted(services=(bench.schema,), ended=True))


async def _buried(bench: Bench, count: int) -> list[Letter]:
    async def there() -> bool:
        return len(await _letters(bench)) == count

    await bus.until(there)
    return await _letters(bench)


async def test_what_is_asked_back_twice_has_its_effect_once(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    bench.behaviour.failing = frozenset({"sick"})
    await bench.open(max_tries=2, retry_first_ms=10, retry_max_ms=20)
    await bench.send(bus.message(ticket, "sick"), bus.message(ticket, "after"))
    letters = await _buried(bench, 1)
    await bus.until(bench.tallied(ticket, 1))
    bench.behaviour.failing = frozenset()
    book = Book(bench.database)
    assert await book.ask_back(letters) == {letters[0].id}
    assert await book.ask_back(letters) == set()
    await bus.until(bench.tallied(ticket, 2))
    (letter,) = await _letters(bench)
    assert (letter.state, letter.applied, letter.died_again) == ("replayed", True, False)
    assert await book.ask_back(await _letters(bench)) == set(), "it is alive"
    await bench.send(bus.message(ticket, "last"))
    await bus.until(bench.tallied(ticket, 3))
    assert await bench.seen(ticket) == ["after", "sick", "last"]
    assert await bench.replies(ticket) == ["re-after", "re-sick", "re-last"]


async def test_what_still_fails_is_dead_again_and_can_be_asked_again(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    bench.behaviour.failing = frozenset({"sick"})
    await bench.open(max_tries=2, retry_first_ms=10, retry_max_ms=20)
    await bench.send(bus.message(ticket, "sick"))
    book = Book(bench.database)
    await book.ask_back(await _buried(bench, 1))

    async def again() -> bool:
        (letter,) = await _letters(bench)
        return letter.round == 2 and letter.state == "dead"

    await bus.until(again)
    bench.behaviour.failing = frozenset()
    assert len(await book.ask_back(await _letters(bench))) == 1
    await bus.until(bench.tallied(ticket, 1))


async def test_a_timer_that_died_comes_back_as_well(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    await bench.open(max_tries=2, retry_first_ms=10, retry_max_ms=20)
    bench.behaviour.failing = frozenset({"ring"})
    await bench.send(bus.message(ticket, "1", "timer:0.1"))
    letters = await _buried(bench, 1)
    bench.behaviour.failing = frozenset()
    await Book(bench.database).ask_back(letters)

    async def rung() -> bool:
        (row,) = await bench.rows(probe.queries.tallies, [ticket])
        return bool(row["fired"] == 1)

    await bus.until(rung)
    (letter,) = await _letters(bench)
    assert (letter.state, letter.applied, letter.died_again) == ("replayed", True, False)
    assert await bench.replies(ticket) == ["re-1", "ring-1"]


async def test_what_cannot_be_read_stays_dead_and_keeps_nobody_from_going_on(bench: Bench) -> None:
    ticket = f"{bench.schema}-T"
    bench.behaviour.failing = frozenset({"sick"})
    await bench.open(max_tries=2, retry_first_ms=10, retry_max_ms=20)
    await bench.raw(b"[1]")
    await bench.send(bus.message(ticket, "sick"))
    letters = await _buried(bench, 2)
    unread = next(letter for letter in letters if letter.event_id is None)
    assert "send it again" in unread.hindrance
    bench.behaviour.failing = frozenset()
    await Book(bench.database).ask_back(letters)
    await bus.until(bench.tallied(ticket, 1))
    states = {letter.id: letter.state for letter in await _letters(bench)}
    assert states.pop(unread.id) == "dead"
    assert set(states.values()) == {"replayed"}


async def test_what_was_dropped_stays_in_the_book_and_never_comes_back(bench: Bench) -> None:
    bench.behaviour.failing = frozenset({"sick"})
    await bench.open(max_tries=1, retry_first_ms=10, retry_max_ms=20)
    await bench.send(bus.message(f"{bench.schema}-T", "sick"))
    letters = await _buried(bench, 1)
    book = Book(bench.database)
    assert await book.drop(letters, "a test order") == {letters[0].id}
    assert await book.drop(letters, "again") == set()
    assert await book.ask_back(letters) == set()
    (letter,) = await _letters(bench)
    assert (letter.state, letter.dropped_because) == ("dropped", "a test order")
    assert await book.letters(Wanted(services=(bench.schema,))) == []
