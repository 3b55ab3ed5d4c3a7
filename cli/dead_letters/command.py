"""The commands `aftercare dlq list`, `show`, `replay` and `drop`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

import typer
from rich.console import Console

from cli.dead_letters.book import Book
from cli.dead_letters.show import as_json, causes_table, letter_card, letters_table, states
from cli.dead_letters.wanted import Letter, Wanted, by_cause, moment
from cli.stack import AsJson, RunDir, told
from cli.verify.target import reached
from devstack.problems import StackError
from devstack.settings import StackSettings
from runtime.clock import monotonic_s, wall_now
from runtime.database import Database, DatabaseAwayError
from schemas.topics import SERVICES

T = TypeVar("T")
out, err = Console(), Console(stderr=True)
LOOK_EVERY_S = 0.3
UNDONE = 1
app = typer.Typer(no_args_is_help=True, help="Dead letters: by cause, asked back, dropped.")

Services = Annotated[list[str] | None, typer.Option("--service", help="Only of this service.")]
Ids = Annotated[list[str] | None, typer.Option("--id", help="This letter, or this event's.")]
Key = Annotated[str | None, typer.Option(help="Only of this key (ticket, order).")]
Reason = Annotated[str | None, typer.Option(help="Only those that died for this reason.")]
Desk = Annotated[str | None, typer.Option(help="Only of this desk.")]
Since = Annotated[str | None, typer.Option(help="Dead since: 30m, 2h, 3d, or an ISO time.")]
Until = Annotated[str | None, typer.Option(help="Dead before: 30m, 2h, 3d, or an ISO time.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]


@app.callback()
def dlq() -> None:
    """Dead letters: by cause, asked back, dropped."""


@app.command("list")
def list_(
    service: Services = None,
    id_: Ids = None,
    key: Key = None,
    reason: Reason = None,
    desk: Desk = None,
    since: Since = None,
    until: Until = None,
    ended: Annotated[
        bool, typer.Option("--all", help="Also what was replayed or dropped.")
    ] = False,
    run_dir: RunDir = None,
    as_document: AsJson = False,
) -> None:
    """List dead letters by cause, the most frequent first."""
    wanted = replace(_wanted(service, id_, key, reason, desk, since, until), ended=ended)
    letters = _with_book(run_dir, lambda book: book.letters(wanted))
    causes = by_cause(letters)
    if as_document:
        out.print_json(
            data=[
                {
                    "service": cause.service,
                    "desk": cause.desk,
                    "reason": cause.reason,
                    "states": states(cause.letters),
                    "letters": [as_json(letter) for letter in cause.letters],
                }
                for cause in causes
            ]
        )
    elif not letters:
        out.print("no dead letters")
    else:
        causes_table(causes, out)
        out.print(f"\n{len(letters):,} dead letters. One of them: aftercare dlq show ID")


@app.command()
def show(
    letter: Annotated[str, typer.Argument(help="Id of the letter, or of the event in it.")],
    run_dir: RunDir = None,
    as_document: AsJson = False,
) -> None:
    """Show everything about a dead letter but its bytes, which are sealed."""
    wanted = Wanted(ids=(_uuid(letter),), ended=True)
    letters = _with_book(run_dir, lambda book: book.letters(wanted))
    if not letters:
        _refuse(f"there is no dead letter {letter}", "aftercare dlq list --all")
    if as_document:
        out.print_json(data=[as_json(one) for one in letters])
        return
    for one in letters:
        letter_card(one, out)


@app.command()
def replay(
    service: Services = None,
    id_: Ids = None,
    key: Key = None,
    reason: Reason = None,
    desk: Desk = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    wait_s: Annotated[float, typer.Option(help="Wait so long for the services, seconds.")] = 15.0,
    run_dir: RunDir = None,
    as_document: AsJson = False,
) -> None:
    """Ask dead letters back: each is worked on once more, however often it is asked for.

    Exit 1 if some can't come back, died again or still wait for their service.
    """
    wanted = _wanted(service, id_, key, reason, desk, since, until)
    _must_narrow(wanted)
    told_of = _with_book(run_dir, lambda book: _replay(book, wanted, wait_s, dry_run))
    _finish(told_of, as_document, "would be asked back" if dry_run else "asked back")


@app.command()
def drop(
    because: Annotated[str, typer.Option(help="Why; kept with the letter.")],
    service: Services = None,
    id_: Ids = None,
    key: Key = None,
    reason: Reason = None,
    desk: Desk = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    run_dir: RunDir = None,
    as_document: AsJson = False,
) -> None:
    """Give dead letters up for good. They stay in the book, and are listed with --all only."""
    wanted = _wanted(service, id_, key, reason, desk, since, until)
    _must_narrow(wanted)
    if not because.strip():
        _refuse("--because is empty", "say why these letters need no work any more")
    told_of = _with_book(run_dir, lambda book: _drop(book, wanted, because, dry_run))
    _finish(told_of, as_document, "would be dropped" if dry_run else "dropped")


async def _replay(book: Book, wanted: Wanted, wait_s: float, dry_run: bool) -> dict[str, Any]:
    letters = await book.letters(wanted)
    able = [letter for letter in letters if not letter.hindrance]
    hindered = [letter for letter in letters if letter.hindrance]
    if not dry_run:
        await book.ask_back(able)
        able = await _settled(book, able, wait_s)
    died = [] if dry_run else [letter for letter in able if letter.died_again]
    return {
        "done": len(able),
        "states": states(able),
        "hindered": hindered,
        "letters": able,
        "died_again": len(died),
    }


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
        waiting = any(letter.state in {"asked back", "parked"} for letter in now)
        if not waiting or monotonic_s() >= until_s:
            return now
        await asyncio.sleep(LOOK_EVERY_S)


async def _drop(book: Book, wanted: Wanted, because: str, dry_run: bool) -> dict[str, Any]:
    letters = await book.letters(wanted)
    done = {one.id for one in letters} if dry_run else await book.drop(letters, because)
    gone = [letter for letter in letters if letter.id in done]
    return {"done": len(gone), "states": {}, "hindered": [], "letters": gone}


def _finish(told_of: dict[str, Any], as_document: bool, done: str) -> None:
    """Print what was done; exit code 1 when something is left undone."""
    hindered: list[Letter] = told_of["hindered"]
    letters: list[Letter] = told_of["letters"]
    if as_document:
        document = told_of | {
            "hindered": [as_json(letter) for letter in hindered],
            "letters": [as_json(letter) for letter in letters],
        }
        out.print_json(json.dumps(document))
    else:
        letters_table(letters, out)
        counts = ", ".join(f"{count:,} {state}" for state, count in told_of["states"].items())
        out.print(f"{told_of['done']:,} {done}" + (f": now {counts}" if counts else ""))
        for letter in hindered:
            err.print(f"{letter.id} stays dead: {letter.hindrance}", highlight=False)
    if died := told_of.get("died_again"):
        err.print(f"{died:,} died again: the cause is not gone\n  → aftercare dlq list")
    waiting = set(told_of["states"]) & {"asked back", "parked"}
    if waiting:
        err.print("some still wait for their service\n  → aftercare status; aftercare dlq show ID")
    if hindered or died or waiting:
        raise typer.Exit(UNDONE)


def _wanted(
    services: list[str] | None,
    ids: list[str] | None,
    key: str | None,
    reason: str | None,
    desk: str | None,
    since: str | None,
    until: str | None,
) -> Wanted:
    for service in services or ():
        if service not in SERVICES:
            _refuse(f"there is no service {service}", f"one of {', '.join(SERVICES)}")
    return Wanted(
        services=tuple(services or ()),
        ids=tuple(_uuid(text) for text in ids or ()),
        key=key,
        reason=reason,
        desk=desk,
        since=None if since is None else _moment(since),
        until=None if until is None else _moment(until),
    )


def _moment(text: str) -> Any:
    try:
        return moment(text, wall_now())
    except ValueError as error:
        _refuse(f"{text!r} is no time: {error}", "30m, 2h, 3d, or 2026-11-11T20:00+08:00")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        _refuse(f"{text!r} is no id", "aftercare dlq list --json names all ids")


def _must_narrow(wanted: Wanted) -> None:
    if not wanted.narrows:
        _refuse("which letters?", "--id, --key, --reason, --service, --desk, --since or --until")


def _refuse(what: str, advice: str) -> NoReturn:
    err.print(f"{what}\n  → {advice}", highlight=False, markup=False)
    raise typer.Exit(2)


def _with_book(run_dir: Path | None, work: Callable[[Book], Awaitable[T]]) -> T:
    folder = (run_dir or StackSettings().run_dir).resolve()
    with told():
        return asyncio.run(_opened(reached(folder).database_url, work))


async def _opened(url: str, work: Callable[[Book], Awaitable[T]]) -> T:
    try:
        database = await Database.connect(url, name="aftercare-dlq", pool=1)
        try:
            return await work(Book(database))
        finally:
            await database.close()
    except (DatabaseAwayError, OSError) as error:
        raise StackError(
            f"the database does not answer: {error}", "`aftercare up` starts it."
        ) from error
