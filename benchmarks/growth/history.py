"""Fills the tables of a run folder's database before a stack starts on it, and takes the filling
out again before the rest is verified. Called by `run`.

The server that is filled is not durable: it is thrown away if anything happens to it. It ends with
everything on the disk, vacuumed and analyzed, as after weeks of work.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.figures import Tell
from benchmarks.growth.tables import TABLES, Table
from devstack.layout import POSTGRES
from devstack.postgres import EmbeddedPostgres, binaries
from devstack.problems import StackError
from devstack.processes import Command, run
from runtime.database import UNHURRIED_S, Database
from runtime.migrations import migrate_all
from runtime.queries import Queries
from schemas.topics import SERVICES

queries = Queries.load(Path(__file__).parent / "sql" / "fill.sql")
FILLING = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "maintenance_work_mem": "512MB",
    "autovacuum": "off",
}
AT_ONCE = 2
FREE_BYTES_A_ROW = 500
"""Table, indexes and what sorting them takes, at the most."""
Rows = Callable[[Table], int]


async def fill(run_dir: Path, rows: Rows, tell: Tell) -> None:
    """Make the database of a stack that never ran, with `rows` of history in each table.

    Raises StackError when the disk is too small.
    """
    _room(run_dir, sum(rows(table) for table in TABLES) * FREE_BYTES_A_ROW)
    server = EmbeddedPostgres(run_dir / POSTGRES, settings=FILLING)
    await server.start()
    try:
        passwords = {service: secrets.token_urlsafe(16) for service in SERVICES}
        await migrate_all(server.url, passwords)
        await _fill_all(server.url, rows, tell)
        tell("vacuuming")
        await _vacuum(server)
    finally:
        await server.stop(grace_s=120)
    await asyncio.to_thread(os.sync)


def _room(run_dir: Path, needed: int) -> None:
    run_dir.mkdir(parents=True, exist_ok=True)
    there = os.statvfs(run_dir)
    free = there.f_bavail * there.f_frsize
    if free < needed:
        raise StackError(
            f"{needed / 1e9:.0f} GB are needed, {free / 1e9:.0f} GB are free", "A smaller --size?"
        )


async def _fill_all(url: str, rows: Rows, tell: Tell) -> None:
    database = await _opened(url)
    try:
        async with database.transaction() as tx:
            await tx.script(queries.lay_out)
        for service in SERVICES:
            async with database.transaction() as tx:
                await tx.fetch(queries.enter, service)
                await tx.script(queries.past_weeks)
        left = sorted(TABLES, key=rows)
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(_fill_some(database, left, rows, tell))
    finally:
        await database.close()


async def _fill_some(database: Database, left: list[Table], rows: Rows, tell: Tell) -> None:
    """Largest first, until nothing is left."""
    while left:
        table = left.pop()
        tell(f"filling {table.service}.{table.name}: {rows(table):,} rows")
        async with database.transaction() as tx:
            await tx.fetch(queries.enter, table.service)
            await tx.execute(queries.fill, table.name, table.filled_by, rows(table))


async def _vacuum(server: EmbeddedPostgres) -> None:
    parts = urlsplit(server.url)
    words = (
        str(binaries() / "vacuumdb"), "--host", str(parts.hostname), "--port", str(parts.port),
        "--username", str(parts.username), "--dbname", server.database, "--analyze", "--quiet",
        "--jobs", str(AT_ONCE),
    )  # fmt: skip
    password = {"PGPASSWORD": str(parts.password)}
    code = await run(Command(words, server.log_path, {"PATH": "/usr/bin:/bin"}, password))
    if code:
        raise StackError(f"vacuumdb ended with {code}", f"Log: {server.log_path}")


async def take_out(url: str) -> None:
    """Leave what the load made: no event stands for the history."""
    database = await _opened(url)
    try:
        for table in TABLES:
            async with database.transaction() as tx:
                await tx.fetch(queries.enter, table.service)
                await tx.execute(queries.take_out, table.name, table.history)
        async with database.transaction() as tx:
            await tx.script(queries.tidy_up)
    finally:
        await database.close()


async def _opened(url: str) -> Database:
    unhurried = {"statement_timeout": "0", "lock_timeout": "0"}
    return await Database.connect(
        url, name="bench-growth", pool=AT_ONCE, variables=unhurried, patience_s=UNHURRIED_S
    )
