"""The database loses its connections, has none left, or holds a lock for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from chaos.fault import NotHitError, Struck, felt
from chaos.world import World
from runtime.database import ConflictError, Database, DatabaseAwayError
from runtime.queries import Queries

queries = Queries.load(Path(__file__).parents[1] / "sql" / "faults.sql")
SERVER = "postgres"
ENDING_S, A_SECOND = 8, 5
FULL_S = 8.0
MOST_CONNECTIONS = 600
LOCKED_S = 30.0


@dataclass(frozen=True, slots=True)
class BackendsEnded:
    """X10: connections of the services are ended, five a second."""

    code: str = "X10"
    says: str = "5 database connections killed a second"
    lasts_s: float = ENDING_S + 1

    async def strike(self, world: World, random: Random) -> Struck:
        """Every second some, at random."""
        ended = 0
        async with world.hold(SERVER), _admin(world) as database:
            for _ in range(ENDING_S):
                async with database.single() as tx:
                    ended += await tx.value(queries.end_backends, A_SECOND)
                await asyncio.sleep(1.0)
        if not ended:
            raise NotHitError("no connection was ended")
        return Struck(SERVER, f"{ended} connections ended")


@dataclass(frozen=True, slots=True)
class Exhausted:
    """X11: somebody takes all connections that are left."""

    code: str = "X11"
    says: str = "no database connection left"
    lasts_s: float = FULL_S + 4

    async def strike(self, world: World, random: Random) -> Struck:
        """Open connections until there are none, keep them, and end those of the services, so
        that they have to come again."""
        name = world.one(random)
        url = world.stack.variables(name)["AFTERCARE_DATABASE_URL"]
        async with world.hold(SERVER), AsyncExitStack() as held, _admin(world) as admin:
            taken, refused = await _taken(url, held)
            async with admin.single() as tx:
                await tx.value(queries.end_backends, A_SECOND)
            again, _ = await _taken(url, held)
            await asyncio.sleep(FULL_S)
        if not refused or not taken:
            raise NotHitError(
                f"{taken} connections, {'none to be had' if refused else 'still room'}"
            )
        return Struck(SERVER, f"{taken + again} connections taken, the next one refused")


@dataclass(frozen=True, slots=True)
class Locked:
    """X12: a transaction that somebody forgot holds the progress rows of a service."""

    code: str = "X12"
    says: str = "an idle transaction holds a service's rows for 30 s"
    lasts_s: float = LOCKED_S + 1

    async def strike(self, world: World, random: Random) -> Struck:
        """Lock them in one connection, count who waits in another."""
        name = world.one(random)
        async with world.hold(SERVER), rows_held(world, name) as waiting:
            waited = 0

            async def anybody() -> int:
                nonlocal waited
                waited = max(waited, await waiting())
                return waited

            await felt(LOCKED_S, anybody)
        if not waited:
            raise NotHitError(f"nobody waited for the rows of {name}")
        return Struck(name, f"{waited} sessions waited for its rows")


@asynccontextmanager
async def rows_held(world: World, name: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Hold the progress rows of a service in one connection; tells how many of its sessions wait
    for a lock, by another."""
    async with (
        _admin(world) as looker,
        _admin(world) as holder,
        holder.transaction() as tx,
    ):
        await tx.execute(queries.enter, name)
        await tx.execute(queries.patience)
        try:
            await tx.execute(queries.lock_progress)
        except ConflictError as error:
            raise NotHitError(f"the rows of {name} could not be had") from error

        async def waiting() -> int:
            async with looker.single() as look:
                found: int = await look.value(queries.waiting_for_locks, f"aftercare-{name}")
                return found

        yield waiting


async def _taken(url: str, held: AsyncExitStack) -> tuple[int, bool]:
    """Connections taken until the server refuses one, and whether it did."""
    for number in range(MOST_CONNECTIONS):
        try:
            one = await Database.connect(url, name="chaos", pool=1)
        except DatabaseAwayError:
            return number, True
        held.push_async_callback(one.close)
    return MOST_CONNECTIONS, False


@asynccontextmanager
async def _admin(world: World) -> AsyncIterator[Database]:
    """A connection with an owner's rights."""
    database = await Database.connect(world.stack.admin_database_url, name="chaos", pool=1)
    try:
        yield database
    finally:
        await database.close()
