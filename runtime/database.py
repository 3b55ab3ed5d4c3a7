"""PostgreSQL: pool, transactions and the kinds of failure that callers treat differently.

The only importer of asyncpg. Stores get a `Tx` and call `fetch` and `execute` with named SQL.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from asyncpg import exceptions as pg

Row = Any
"""One result row, read by column name."""


class DatabaseAwayError(Exception):
    """The database can't be reached, or the outcome is unknown: try the same again later."""


class ConflictError(Exception):
    """Somebody else wrote first (lock, serialization, version): load again and decide again."""


class BadDataError(Exception):
    """The database refused the data itself: trying the same again can't help."""


_AWAY = (
    OSError,
    TimeoutError,
    pg.PostgresConnectionError,
    pg.InterfaceError,
    pg.OperatorInterventionError,
    pg.InsufficientResourcesError,
    pg.IdleInTransactionSessionTimeoutError,
    pg.ReadOnlySQLTransactionError,
    pg.InvalidAuthorizationSpecificationError,
    pg.InvalidCatalogNameError,
    pg.InternalServerError,
    pg.InvalidCachedStatementError,
    pg.PostgresSystemError,
    pg.InternalClientError,
)
_CONFLICT = (
    pg.TransactionRollbackError,
    pg.LockNotAvailableError,
    pg.UniqueViolationError,
)
_BAD = (pg.DataError, pg.IntegrityConstraintViolationError, pg.ProgramLimitExceededError)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's exceptions into this module's three kinds; others pass as they are."""
    try:
        yield
    except _CONFLICT as error:
        raise ConflictError(type(error).__name__) from error
    except (asyncpg.DataError, *_BAD) as error:
        raise BadDataError(f"{type(error).__name__}: {_safe(error)}") from error
    except _AWAY as error:
        raise DatabaseAwayError(type(error).__name__) from error


def _safe(error: BaseException) -> str:
    """Constraint or column name of a database error; never the values in its text."""
    names = (getattr(error, part, None) for part in ("table_name", "constraint_name"))
    return "/".join(name for name in names if name) or "value out of range"


class Tx:
    """A connection inside a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.afterwards: list[Callable[[], None]] = []

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call it once this transaction is committed for sure; never after anything else."""
        self.afterwards.append(call)

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """Run one statement and return its rows."""
        with translated():
            rows: Sequence[Row] = await self._connection.fetch(sql, *values)
            return rows

    async def value(self, sql: str, *values: Any) -> Any:
        """Run one statement and return the first column of its first row, or None."""
        with translated():
            return await self._connection.fetchval(sql, *values)

    async def execute(self, sql: str, *values: Any) -> int:
        """Run one statement and return the number of rows that it touched."""
        with translated():
            status: str = await self._connection.execute(sql, *values)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    async def script(self, sql: str) -> None:
        """Run several statements without parameters (migrations)."""
        with translated():
            await self._connection.execute(sql)


class Database:
    """A pool of connections of one role; `transaction()` is the way in."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        name: str,
        pool: int = 4,
        variables: dict[str, str] | None = None,
    ) -> Database:
        """Open a pool. `name` shows in pg_stat_activity. Raises DatabaseAwayError.

        A statement is planned once a session: all go by keys, and to plan one anew for every
        array that it is given costs more than to run it.
        """
        settings = {
            "application_name": name,
            "timezone": "UTC",
            "lock_timeout": "10s",
            "statement_timeout": "120s",
            "idle_in_transaction_session_timeout": "5s",
            "plan_cache_mode": "force_generic_plan",
            **(variables or {}),
        }
        with translated():
            opened = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=pool,
                command_timeout=130,
                timeout=10,
                server_settings=settings,
                init=_with_json,
                reset=_as_it_is,
                max_inactive_connection_lifetime=300,
            )
        return cls(opened)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Commit on leaving, roll back on an exception.

        Raises DatabaseAwayError also when the reply to COMMIT is lost: the caller must find out
        by its inbox keys whether it happened.
        """
        with translated():
            async with self._pool.acquire(timeout=15) as connection:
                tx = Tx(connection)
                async with connection.transaction():
                    yield tx
        for call in tx.afterwards:
            call()

    @asynccontextmanager
    async def single(self) -> AsyncIterator[Tx]:
        """For what is one statement: each is a transaction of its own, without the two more that
        begin and end one. Raises DatabaseAwayError as `transaction` does."""
        with translated():
            async with self._pool.acquire(timeout=15) as connection:
                yield Tx(connection)

    async def close(self) -> None:
        """Close all connections, waiting at most 10 s for those in use."""
        try:
            await self._pool_closed()
        except TimeoutError:
            self._pool.terminate()

    async def _pool_closed(self) -> None:
        await asyncio.wait_for(self._pool.close(), timeout=10)


async def _as_it_is(connection: Any) -> None:
    """Transactions leave nothing behind in their session (no SET, no LISTEN, no session lock), so
    that nothing has to be asked of the database when a connection goes back to the pool."""


async def _with_json(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
    )
