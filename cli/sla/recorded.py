"""Fetches the ledgers of a running system's tickets, as its clocks keep them, and the versions of
the policy that they keep. Called by `replay` and `migrate`; changes nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Generator
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from cli.verify.target import reached
from devstack.problems import StackError
from devstack.state import read_state
from runtime.database import UNHURRIED_S, Database, DatabaseAwayError
from runtime.queries import Queries

queries = Queries.load(Path(__file__).parent / "sql" / "recorded.sql")
AT_ONCE = 2_000
"""So many tickets are asked for at once, and held."""
SCHEMA = "sla"
T = TypeVar("T")


def ledgers(run_dir: Path) -> Generator[bytes, None, None]:
    """A line with the business time and the policy's versions, then one for each ticket: as they
    are while they are read. Close it where it is not read to its end. Raises StackError."""
    url = reached(run_dir).database_url
    scaled = read_state(run_dir).time_origin is not None
    with asyncio.Runner() as runner:
        lines = read_ledgers(url, scaled=scaled)
        try:
            while (line := runner.run(_told(anext(lines, None)))) is not None:
                yield line
        finally:
            runner.run(_told(lines.aclose()))


def business_time(run_dir: Path) -> datetime:
    """What the clock of the running system shows. Raises StackError."""
    scaled = read_state(run_dir).time_origin is not None
    return asyncio.run(_told(_business_time(reached(run_dir).database_url, scaled=scaled)))


async def read_ledgers(url: str, *, scaled: bool = False) -> AsyncGenerator[bytes, None]:
    """As `ledgers`. Raises DatabaseAwayError, StackError."""
    database = await _entered(url)
    try:
        async with database.single() as tx:
            now: datetime = await tx.value(queries.business_time, scaled)
            rows = await tx.fetch(queries.policy_versions)
        versions = {row["version"]: row["body"] for row in rows}
        yield json.dumps({"now": now.isoformat(), "versions": versions}).encode()
        last = ""
        while True:
            async with database.single() as tx:
                tickets = await tx.fetch(queries.ledgers, last, AT_ONCE)
            for row in tickets:
                yield row["line"].encode()
            if len(tickets) < AT_ONCE:
                return
            last = tickets[-1]["ticket_id"]
    finally:
        await database.close()


async def _business_time(url: str, *, scaled: bool) -> datetime:
    database = await _entered(url)
    try:
        async with database.single() as tx:
            now: datetime = await tx.value(queries.business_time, scaled)
            return now
    finally:
        await database.close()


async def _entered(url: str) -> Database:
    """In the schema of the clocks. Raises StackError where there is none."""
    database = await Database.connect(
        url,
        name="aftercare-sla",
        pool=1,
        patience_s=UNHURRIED_S,
        variables={"search_path": SCHEMA},
    )
    async with database.single() as tx:
        if await tx.value(queries.ledgers_present):
            return database
    await database.close()
    raise StackError("this database has no clocks", "`aftercare up` starts a system that has.")


async def _told(reading: Awaitable[T]) -> T:
    try:
        return await reading
    except (DatabaseAwayError, OSError) as error:
        raise StackError(
            f"the system can't be read: {type(error).__name__}: {error}",
            "`aftercare status` shows whether the database runs.",
        ) from error
