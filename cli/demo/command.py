"""The command line of `aftercare demo`: options, live picture, final table, exit code."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.live import Live
from rich.markup import escape

from cli.demo.board import Board
from cli.demo.options import DemoOptions
from cli.demo.run import run_demo
from cli.demo.summary import Summary
from cli.demo.table import show
from cli.stack import told
from devstack.problems import StackError
from devstack.settings import StackSettings
from devstack.supervisor import Stack

LINE_S = 5.0
ENDED_EARLY = 130
WIDTH = 130
"""Of tables that go into a file."""
out = Console(width=None if Console().is_terminal else WIDTH)
err = Console(stderr=True)


Seed = Annotated[int, typer.Option(help="The same seed makes the same livestream.")]
Orders = Annotated[int, typer.Option(min=100, help="Orders, at least three for each ticket.")]
Tickets = Annotated[int, typer.Option(min=1, help="Complaints that open a ticket.")]
Scale = Annotated[float, typer.Option(min=1, help="Business seconds in one real second.")]
Texts = Annotated[
    Path | None, typer.Option(help="Customers' messages: a JSON object with text on each line.")
]
RunDir = Annotated[
    Path | None, typer.Option("--run-dir", help="Emptied first; default: .aftercare/demo.")
]
Kill = Annotated[
    list[str] | None, typer.Option(help="Signal 9 to this service in the middle; repeatable.")
]
Keep = Annotated[bool, typer.Option("--keep", help="Run on until Ctrl-C.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document at the end.")]


def register(app: typer.Typer) -> None:
    """Hang the command onto the root."""
    app.command()(demo)


def demo(
    seed: Seed = 1,
    orders: Orders = 20_000,
    tickets: Tickets = 2_000,
    scale: Scale = 60.0,
    texts: Texts = None,
    run_dir: RunDir = None,
    kill: Kill = None,
    keep: Keep = False,
    as_json: AsJson = False,
) -> None:
    """Play a livestream through the whole system, check it; exit code 1 if anything is broken."""
    settings = StackSettings()
    options = DemoOptions(
        run_dir=(run_dir or settings.run_dir / "demo").resolve(),
        seed=seed,
        orders=orders,
        tickets=tickets,
        scale=scale,
        texts=texts,
        kill=tuple(kill or ()),
        keep=keep,
        settings=settings,
    )
    with told():
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                summary = runner.run(_watched(options, quiet=as_json))
        except asyncio.CancelledError:
            raise typer.Exit(ENDED_EARLY) from None
        except ValueError as error:
            raise StackError(str(error), "`aftercare demo --help` lists the options.") from error
    if as_json:
        typer.echo(json.dumps(asdict(summary) | {"holds": summary.holds}, ensure_ascii=False))
    elif not keep:
        show(summary, out)
    if not summary.holds:
        raise typer.Exit(1)


async def _watched(options: DemoOptions, *, quiet: bool) -> Summary:
    board = Board()
    _end_in_good_order()

    async def kept(stack: Stack, summary: Summary) -> None:
        if not quiet:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            show(summary, out)
        await _until_told(stack)

    watching = asyncio.create_task(_watch(board, quiet))
    try:
        return await run_demo(options, board, kept)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(board: Board, quiet: bool) -> None:
    """Until cancelled: a picture on a terminal, else a line now and then."""
    console = err if quiet else out
    if not console.is_terminal:
        while True:
            await asyncio.sleep(LINE_S)
            console.print(escape(board.line()), highlight=False, soft_wrap=True)
    with Live(board.picture(), console=console, refresh_per_second=4, transient=True) as live:
        while True:
            await asyncio.sleep(0.25)
            live.update(board.picture())


def _end_in_good_order() -> None:
    """Being told to end, or losing the terminal, stops the stack like Ctrl-C does."""
    task = asyncio.current_task()
    assert task is not None
    for name in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)


async def _until_told(stack: Stack) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    err.print(f"It runs on in {escape(str(stack.run_dir))}:", highlight=False)
    for service in ("intake", "resolution"):
        with suppress(KeyError):
            err.print(f"  {service} {stack.api_url(service)}", highlight=False)
    err.print("Ctrl-C ends it.")
    await stop.wait()
