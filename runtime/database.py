"""PostgreSQL: pool, transactions and the kinds of failure that callers treat differently.

The only importer of asyncpg. Stores get a `Tx` and call `fetch` and `execute` with named SQL.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from asyncpg import exceptions as pg

Row = Any
"""One result row, read by column name."""
PATIENCE_S = 20.0
"""A service's statement may take so long. Waiting for a lock takes 10 s at most, a batch 1 or 2."""
UNHURRIED_S = 600.0
"""For whoever reads or changes whole tables, and has nobody waiting."""
ANSWER_S = 5.0
"""So much later than the server should have given a statement up, its silence counts as its end."""
GONE_S = 20
"""The network is silent for so long: the system ends the connection."""


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
        self.unanswered = False
        """Whether the database has left a statement without an answer."""

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call it once this transaction is committed for sure; never after anything else."""
        self.afterwards.append(call)

    @contextmanager
    def asked(self) -> Iterator[None]:
        """A connection that does not answer in time is given up at once: to roll back on it, or
        to cancel, would be to wait for the same silence again."""
        try:
            yield
        except TimeoutError:
            self.unanswered = True
            self._connection.terminate()
            raise

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """Run one statement and return its rows."""
        with translated(), self.asked():
            rows: Sequence[Row] = await self._connection.fetch(sql, *values)
            return rows

    async def value(self, sql: str, *values: Any) -> Any:
        """Run one statement and return the first column of its first row, or None."""
        with translated(), self.asked():
            return await self._connection.fetchval(sql, *values)

    async def execute(self, sql: str, *values: Any) -> int:
        """Run one statement and return the number of rows that it touched."""
        with translated(), self.asked():
            status: str = await self._connection.execute(sql, *values)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    async def script(self, sql: str) -> None:
        """Run several statements without parameters (migrations)."""
        with translated(), self.asked():
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
        patience_s: float = PATIENCE_S,
    ) -> Database:
        """Open a pool. `name` shows in pg_stat_activity; the server ends a statement after
        `patience_s`, and whoever asked waits ANSWER_S longer. Raises DatabaseAwayError.

        A statement is planned once a session: all go by keys, and to plan one anew for every
        array that it is given costs more than to run it.
        """
        settings = {
            "application_name": name,
            "timezone": "UTC",
            "lock_timeout": "10s",
            "statement_timeout": f"{patience_s:g}s",
            "idle_in_transaction_session_timeout": "5s",
            "plan_cache_mode": "force_generic_plan",
            **(variables or {}),
        }
        with translated():
            opened = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=pool,
                command_timeout=patience_s + ANSWER_S,
                timeout=10,
                connection_class=_Watched,
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
                async with self._heard(tx), connection.transaction():
                    yield tx
        for call in tx.afterwards:
            call()

    @asynccontextmanager
    async def single(self) -> AsyncIterator[Tx]:
        """For what is one statement: each is a transaction of its own, without the two more that
        begin and end one. Raises DatabaseAwayError as `transaction` does."""
        with translated():
            async with self._pool.acquire(timeout=15) as connection:
                tx = Tx(connection)
                async with self._heard(tx):
                    yield tx

    @asynccontextmanager
    async def _heard(self, tx: Tx) -> AsyncIterator[None]:
        """Behind a connection that went silent the others of the pool go the same way: each is
        made anew before it is used again."""
        try:
            with tx.asked():
                yield
        except pg.InterfaceError as error:
            if tx.unanswered:  # this one says only that nothing can be rolled back there
                raise DatabaseAwayError(TimeoutError.__name__) from error
            raise
        finally:
            if tx.unanswered:
                await self._pool.expire_connections()

    async def close(self) -> None:
        """Close all connections, waiting at most 10 s for those in use."""
        try:
            await self._pool_closed()
        except TimeoutError:
            self._pool.terminate()

    async def _pool_closed(self) -> None:
        await asyncio.wait_for(self._pool.close(), timeout=10)


class _Watched(asyncpg.Connection):  # type: ignore[misc]
    """A connection that the system ends when nothing answers at the other end, also while nobody
    asks anything: a server that lost its power says no goodbye."""

    __slots__ = ()

    def __init__(self, protocol: Any, transport: Any, *more: Any, **named: Any) -> None:
        super().__init__(protocol, transport, *more, **named)
        line = transport.get_extra_info("socket")
        if line.family == socket.AF_UNIX:
            return
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _WATCHING.items():
            if hasattr(socket, option):  # not every system knows each of them
                line.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


_WATCHING = {
    "TCP_KEEPIDLE": GONE_S // 2,
    "TCP_KEEPINTVL": GONE_S // 4,
    "TCP_KEEPCNT": 2,
    "TCP_USER_TIMEOUT": GONE_S * 1000,
}


async def _as_it_is(connection: Any) -> None:
    """Transactions leave nothing behind in their session (no SET, no LISTEN, no session lock), so
    that nothing has to be asked of the database when a connection goes back to the pool."""


async def _with_json(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
    )
