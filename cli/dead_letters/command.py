"""The commands `aftercare dlq list`, `show`, `replay` and `drop`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

import typer
from rich.console import Console

from cli.dead_letters import work
from cli.dead_letters.book import Book
from cli.dead_letters.show import as_json, causes_table, letter_card, letters_table, states
from cli.dead_letters.wanted import Wanted, by_cause, moment
from cli.dead_letters.work import Done
from cli.stack import AsJson, RunDir, told
from cli.verify.target import reached
from devstack.problems import StackError
from devstack.settings import StackSettings
from runtime.clock import wall_now
from runtime.database import UNHURRIED_S, Database, DatabaseAwayError
from schemas.topics import SERVICES

T = TypeVar("T")
out, err = Console(), Console(stderr=True)
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
    done = _with_book(run_dir, lambda book: work.replay(book, wanted, wait_s, dry_run=dry_run))
    _finish(done, as_document, "would be asked back" if dry_run else "asked back")


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
    done = _with_book(run_dir, lambda book: work.drop(book, wanted, because, dry_run=dry_run))
    _finish(done, as_document, "would be dropped" if dry_run else "dropped")


def _finish(done: Done, as_document: bool, what: str) -> None:
    """Print what was done; exit code 1 when something is left undone."""
    if as_document:
        out.print_json(
            data={
                "done": len(done.letters),
                "states": states(done.letters),
                "died_again": done.died_again,
                "hindered": [as_json(letter) for letter in done.hindered],
                "letters": [as_json(letter) for letter in done.letters],
            }
        )
    else:
        letters_table(done.letters, out)
        counts = ", ".join(f"{count:,} {state}" for state, count in states(done.letters).items())
        out.print(f"{len(done.letters):,} {what}" + (f": now {counts}" if done.tried else ""))
    for letter in done.hindered:
        err.print(f"{letter.id} stays dead: {letter.hindrance}", highlight=False)
    if done.died_again:
        err.print(f"{done.died_again:,} died again: the cause is not gone\n  → aftercare dlq list")
    if done.waiting:
        err.print("some still wait for their service\n  → aftercare status; aftercare dlq show ID")
    if done.undone:
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


def _with_book(run_dir: Path | None, ask: Callable[[Book], Awaitable[T]]) -> T:
    folder = (run_dir or StackSettings().run_dir).resolve()
    with told():
        return asyncio.run(_opened(reached(folder).database_url, ask))


async def _opened(url: str, ask: Callable[[Book], Awaitable[T]]) -> T:
    try:
        database = await Database.connect(url, name="aftercare-dlq", pool=1, patience_s=UNHURRIED_S)
        try:
            return await ask(Book(database))
        finally:
            await database.close()
    except (DatabaseAwayError, OSError) as error:
        raise StackError(
            f"the database does not answer: {error}", "`aftercare up` starts it."
        ) from error
