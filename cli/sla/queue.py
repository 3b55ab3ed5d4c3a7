"""`aftercare sla queue`: open tickets in the order in which they should be worked on. Hung into
`command`.
"""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, get_args

import typer
from rich.console import Console
from rich.table import Table

from cli.sla.places import HOUR_S, Order, Place, Queue, last_told, read_queue
from cli.stack import AsJson, RunDir, told
from cli.verify.target import reached
from devstack.problems import StackError
from devstack.settings import StackSettings
from devstack.state import RunState
from runtime.database import UNHURRIED_S, Database, DatabaseAwayError
from schemas.triage import Route

out = Console()
DAY_S = 86_400
FEN = 100
SHORT = 8
WIDE = 160


def queue(
    group: Annotated[str | None, typer.Option(help="Only of this group.")] = None,
    by: Annotated[
        Order, typer.Option(help="Ordered by deadline, or by money at risk.")
    ] = Order.DUE,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="So many tickets at most.")] = 50,
    run_dir: RunDir = None,
    as_json: AsJson = False,
) -> None:
    """Open tickets in working order: the deadline that binds, and what silence would cost."""
    folder = (run_dir or StackSettings().run_dir).resolve()
    with told():
        found = asyncio.run(_read(reached(folder), _known(group), by, limit))
    if as_json:
        tickets = [place.as_json() for place in found.places]
        document = {"open": found.open, "overdue": found.overdue, "tickets": tickets}
        typer.echo(json.dumps(document, indent=2))
        return
    page = out if out.is_terminal else Console(width=WIDE)
    page.print(table(found.places))
    out.print(f"{found.open} open, {found.overdue} overdue")


def _known(group: str | None) -> str | None:
    known = get_args(Route)
    if group is not None and group not in known:
        raise StackError(f"there is no group {group}", f"Groups are {', '.join(known)}.")
    return group


async def _read(state: RunState, group: str | None, by: Order, limit: int) -> Queue:
    try:
        database = await Database.connect(
            state.database_url, name="aftercare-queue", pool=1, patience_s=UNHURRIED_S
        )
        try:
            now = await last_told(database) if state.time_origin is not None else None
            return await read_queue(database, group, by, limit, now)
        finally:
            await database.close()
    except (DatabaseAwayError, OSError) as error:
        raise StackError(
            f"the database can't be read: {type(error).__name__}: {error}",
            "`aftercare status` shows whether it runs.",
        ) from error


def table(places: tuple[Place, ...]) -> Table:
    """The same for people: what is overdue in red."""
    shown = Table(box=None, padding=(0, 1))
    shown.add_column("ticket", min_width=SHORT, overflow="ellipsis")
    shown.add_column("level", no_wrap=True)
    for name in ("group", "clock"):
        shown.add_column(name, min_width=SHORT, overflow="ellipsis")
    for name in ("due in", "platform", "silence", "risk / h"):
        shown.add_column(name, justify="right", no_wrap=True)
    for place in places:
        overdue = place.due_in_s is not None and place.due_in_s < 0
        shown.add_row(
            place.ticket_id,
            place.level,
            place.group or "",
            place.clock or "",
            f"[red]{_span(place.due_in_s)}[/]" if overdue else _span(place.due_in_s),
            _span(place.platform_due_in_s),
            _yuan(place.silence_costs_fen),
            _risk(place),
        )
    return shown


def _risk(place: Place) -> str:
    passed = place.platform_due_in_s is not None and place.platform_due_in_s < 0
    return "passed" if passed and place.silence_costs_fen else _yuan(place.at_risk_fen_per_h)


def _span(seconds: int | None) -> str:
    """-1:02:03, or 2 d 03:00:00."""
    if seconds is None:
        return ""
    sign, left = "-" if seconds < 0 else "", abs(seconds)
    days, left = divmod(left, DAY_S)
    clock = f"{left // HOUR_S:02}:{left % HOUR_S // 60:02}:{left % 60:02}"
    return f"{sign}{days} d {clock}" if days else f"{sign}{clock}"


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"{fen // FEN:,}.{fen % FEN:02}"
