"""What `runtime.database` sees of the driver: a pool whose statements wait to be let through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from math import inf
from typing import Any

from asyncpg.exceptions import ConnectionDoesNotExistError, InterfaceError

from runtime.sql_text import queries
from tests.simulation.books import Books, Note
from tests.simulation.lives import Life
from tests.simulation.requests import Requests
from tests.simulation.server import Blocked, Server
from tests.support import probe

NAMES = {
    getattr(book, name): name for book in (queries, probe.queries) for name in sorted(book.names)
}
IDLE_IN_TRANSACTION_S = 5.0


class Link:
    """A connection of one process."""

    def __init__(self, server: Server, requests: Requests, books: Books) -> None:
        self._server, self._requests, self._books = server, requests, books
        self._raw: Any = server.take()
        self._pending: list[Note] = []
        self.used_s = 0.0

    @property
    def is_open(self) -> bool:
        """Not cut off."""
        return self._raw is not None

    @property
    def in_transaction(self) -> bool:
        """Between BEGIN and its end."""
        return self._raw is not None and bool(self._raw.is_in_transaction())

    def cut(self) -> None:
        """The connection breaks: the server rolls back what was not committed."""
        raw, self._raw = self._raw, None
        if raw is not None:
            self._server.give_back(raw)

    def snap(self) -> Exception:
        """Cut, and what the driver says then."""
        self.cut()
        error: Exception = ConnectionDoesNotExistError("connection was closed in the middle")
        return error

    async def fetch(self, sql: str, *values: Any) -> Any:
        """As asyncpg's."""
        return await self._say("fetch", sql, values)

    async def fetchval(self, sql: str, *values: Any) -> Any:
        """As asyncpg's."""
        return await self._say("fetchval", sql, values)

    async def execute(self, sql: str, *values: Any) -> Any:
        """As asyncpg's."""
        return await self._say("execute", sql, values)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """As asyncpg's."""
        await self._say("execute", "BEGIN", ())
        try:
            yield
        except BaseException:
            await self._say("execute", "ROLLBACK", ())
            raise
        await self._say("execute", "COMMIT", ())

    async def _say(self, method: str, sql: str, values: tuple[Any, ...]) -> Any:
        if self._raw is None:
            raise InterfaceError("connection is closed")
        return await self._requests.ask(
            f"db {NAMES.get(sql, sql.split()[0])}",
            partial(self._done, method, sql, values),
            snap=self.snap,
            lasting=True,
        )

    def _done(self, method: str, sql: str, values: tuple[Any, ...]) -> Any:
        """The statement's turn has come."""
        if self._raw is None:
            raise ConnectionDoesNotExistError("connection was closed")
        answer = self._server.say(self._raw, method, sql, values)
        note = partial(self._note, NAMES.get(sql, sql), values)
        if isinstance(answer, Blocked):
            self.used_s, answer.then = inf, note
        else:
            note(answer)
        return answer

    def _note(self, name: str, values: tuple[Any, ...], answer: Any) -> None:
        """Keep books of what this connection does, and of when it takes effect."""
        self.used_s = self._requests.loop.now_s
        if name in ("BEGIN", "ROLLBACK"):
            self._pending.clear()
        self._pending += self._books.statement(name, values, answer, alone=not self.in_transaction)
        if self._pending and not self.in_transaction:
            self._books.committed(self._pending)
            self._pending.clear()


class Pool:
    """The connections of one process."""

    def __init__(
        self, life: Life, size: int, server: Server, requests: Requests, books: Books
    ) -> None:
        self._life, self._requests = life, requests
        self._new = partial(Link, server, requests, books)
        self._room = asyncio.Semaphore(size)
        self._idle: list[Link] = []
        self.links: list[Link] = []
        self.away = False
        """The server takes no connections."""

    @asynccontextmanager
    async def acquire(self, *, timeout: float) -> AsyncIterator[Link]:
        """A connection, waiting for one if all are in use. Raises TimeoutError, OSError."""
        async with asyncio.timeout(timeout):
            await self._room.acquire()
        try:
            link = self._idle.pop() if self._idle else await self._connected()
            try:
                yield link
            finally:
                self._back(link)
        finally:
            self._room.release()

    async def _connected(self) -> Link:
        link: Link = await self._requests.ask("db connect", self._connect)
        return link

    def _connect(self) -> Link:
        if self.away or self._life.state in ("dead", "swept"):
            raise ConnectionRefusedError("the database takes no connections")
        link: Link = self._new()
        self.links.append(link)
        return link

    def _back(self, link: Link) -> None:
        if link.in_transaction:
            link.cut()
        if link.is_open:
            self._idle.append(link)
        elif link in self.links:
            self.links.remove(link)

    def cut(self) -> None:
        """All connections break."""
        for link in self.links:
            link.cut()
        self.links.clear()
        self._idle.clear()

    def give_up_idle(self) -> None:
        """The server ends sessions that sit idle in a transaction."""
        late_s = self._requests.loop.now_s - IDLE_IN_TRANSACTION_S
        for link in self.links:
            if link.in_transaction and link.used_s <= late_s:
                link.cut()

    async def close(self) -> None:
        """As asyncpg's."""
        self.cut()

    def terminate(self) -> None:
        """As asyncpg's."""
        self.cut()
