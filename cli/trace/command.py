"""The command `aftercare trace TICKET`."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from cli.stack import AsJson, RunDir, told
from cli.trace.find import meant
from cli.trace.life import Life
from cli.trace.read import read_life, spans_of
from cli.trace.show import show, spans_json
from cli.trace.summaries import as_json as life_json
from cli.verify.target import reached
from devstack.problems import StackError
from devstack.settings import StackSettings
from devstack.state import RunState
from runtime.database import UNHURRIED_S, Database, DatabaseAwayError

out = Console()
SPANS = "spans.jsonl"


def trace(
    ticket: Annotated[
        str, typer.Argument(help="Ticket id, its beginning, or the complaint's own id.")
    ],
    run_dir: RunDir = None,
    as_json: AsJson = False,
) -> None:
    """Print the life of a ticket: every event, hop and trace; what became of clocks, messages."""
    folder = (run_dir or StackSettings().run_dir).resolve()
    with told():
        life = asyncio.run(_read(reached(folder), ticket))
        if not life.steps:
            raise StackError(
                f"Kafka holds nothing about ticket {life.ticket}",
                "Its records may have been deleted by age, or are not published yet.",
            )
    spans = spans_of(folder / SPANS, life.trace_ids)
    if as_json:
        out.print_json(json.dumps(life_json(life) | {"traces": spans_json(spans)}))
    else:
        show(life, spans, out)


async def _read(state: RunState, ticket: str) -> Life:
    try:
        database = await Database.connect(
            state.database_url, name="aftercare-trace", pool=1, patience_s=UNHURRIED_S
        )
        try:
            return await read_life(state.kafka_bootstrap, database, await meant(database, ticket))
        finally:
            await database.close()
    except (KafkaError, DatabaseAwayError, OSError) as error:
        raise StackError(
            f"the system can't be read: {type(error).__name__}: {error}",
            "`aftercare status` shows whether broker and database run.",
        ) from error
