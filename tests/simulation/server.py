"""The real PostgreSQL under the simulation, outside of virtual time: one statement after the other.

A statement ends before anything else happens, unless it waits for a lock of another simulated
process: PostgreSQL itself tells so, and the simulation goes on without its answer.
"""

from __future__ import annotations

import asyncio
from asyncio.events import _get_running_loop, _set_running_loop
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from asyncpg.exceptions import DeadlockDetectedError, QueryCanceledError

from runtime.database import Database, Row
from runtime.migrations import RUNTIME, migrate, migrate_all, read_folder
from runtime.queries import Queries
from tests.simulation.ground import BEGIN

HERE = Path(__file__).parent
queries = Queries.load(HERE / "simulation.sql")
SCHEMA = "simulated"
PATH = f"sim, {SCHEMA}, pg_catalog"
"""The functions that tell the time are found in `sim` before PostgreSQL's own."""
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "deadlock_timeout": "10min",
    "shared_buffers": "64MB",
}
"""Settings of a server that keeps nothing, where nothing happens by itself."""
_PATIENT = {"lock_timeout": "0", "statement_timeout": "0"}
_PATIENT["idle_in_transaction_session_timeout"] = "0"
PROMPT_S = 0.004
"""After so long it is asked whether a statement waits for a lock."""
CONNECTIONS = 60
MAX_TRIES = 3
Result = TypeVar("Result")


class Blocked:
    """A statement that waits for a lock."""

    def __init__(self, server: Server, link: Any, task: asyncio.Task[Any]) -> None:
        self._server, self._link, self._task = server, link, task
        self.then: Callable[[Any], None] = lambda _: None
        """Told the answer, unless it is an error."""

    def done(self) -> bool:
        """Whether it went through by now."""
        return self._server.settled(self._link, self._task)

    def answer(self) -> Any:
        """What it came to, once it is done: an error is an answer as well."""
        error = self._task.exception()
        if error is not None:
            return error
        self.then(self._task.result())
        return self._task.result()

    def cancel(self) -> None:
        """End it without effect."""
        self._server.cancel(self._link, self._task)


class Server:
    """A database of its own, its schema, and connections that outlive simulated processes."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._url = url
        self._free: list[Any] = []
        self._awaited: asyncio.Task[Any] | None = None

    def open(self) -> None:
        """Lay out the tables, once, and connect. Raises DatabaseAwayError."""
        self._run(self._lay_out())
        self._database = self._run(self._connect())
        self._monitor = self._run(self._new_link())

    async def _lay_out(self) -> None:
        await migrate_all(self._url, {})
        plain = await Database.connect(self._url, name="simulation-setup")
        try:
            own = read_folder(SCHEMA, HERE.parent / "support" / "probe_sql")
            await migrate(plain, SCHEMA, [*read_folder("runtime", RUNTIME), *own], None, "")
            async with plain.transaction() as tx:
                await tx.script(queries.time_of_our_own)
        finally:
            await plain.close()

    async def _connect(self) -> Database:
        variables = {**_PATIENT, "search_path": PATH}
        return await Database.connect(
            self._url, name="simulation", pool=CONNECTIONS, variables=variables
        )

    async def _new_link(self) -> Any:
        return await self._database._pool.acquire()

    def reset(self) -> None:
        """Empty all tables; sequences begin anew."""
        self._run(self._monitor.execute(queries.reset))

    def tell_time(self, now_s: float) -> None:
        """From now on the database's clock shows this."""
        micros = round((BEGIN.timestamp() + now_s) * 1_000_000)
        self._run(self._monitor.fetch(queries.tell_time, micros))

    def rows(self, sql: str, *values: Any) -> Sequence[Row]:
        """What a person would see who looks into the database."""
        found: Sequence[Row] = self._run(self._monitor.fetch(sql, *values))
        return found

    def take(self) -> Any:
        """A connection with no transaction open."""
        return self._free.pop() if self._free else self._run(self._new_link())

    def give_back(self, link: Any) -> None:
        """End what it was doing, as the server does when a client is gone."""
        if link.is_in_transaction():
            self._run(link.execute("ROLLBACK"))
        self._free.append(link)

    def say(self, link: Any, method: str, sql: str, values: tuple[Any, ...]) -> Any:
        """The statement's answer, or Blocked. Raises what the driver raises."""
        task = self._loop.create_task(getattr(link, method)(sql, *values))
        if not self.settled(link, task):
            return Blocked(self, link, task)
        return task.result()

    def settled(self, link: Any, task: asyncio.Task[Any]) -> bool:
        """Wait until it is done, or surely waits for others. Raises DeadlockDetectedError when it
        would wait for ever."""
        pid = link.get_server_pid()
        while not self._turn(task, PROMPT_S):
            waits = self.rows(queries.waits_for, pid)[0]
            if waits["in_circle"]:
                self.cancel(link, task)
                raise DeadlockDetectedError("deadlock detected")
            if waits["for_others"]:
                return False
        return True

    def cancel(self, link: Any, task: asyncio.Task[Any]) -> None:
        """End a statement that waits for a lock."""
        if not task.done():
            self.rows(queries.cancel, link.get_server_pid())
            self._run(_ended(task))

    def _turn(self, task: asyncio.Task[Any], longest_s: float) -> bool:
        """Let it go on for a while; whether it is done."""
        if not task.done():
            self._awaited = task
            late = self._loop.call_later(longest_s, self._loop.stop)
            task.add_done_callback(self._stop)
            with _inside():
                self._loop.run_forever()
            self._awaited = None
            task.remove_done_callback(self._stop)
            late.cancel()
        return task.done()

    def _stop(self, task: asyncio.Task[Any]) -> None:
        if task is self._awaited:
            self._loop.stop()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        with _inside():
            return self._loop.run_until_complete(work)


@contextmanager
def _inside() -> Iterator[None]:
    """The real loop runs while the virtual one stands still."""
    outer = _get_running_loop()
    _set_running_loop(None)
    try:
        yield
    finally:
        _set_running_loop(outer)


async def _ended(task: asyncio.Task[Any]) -> None:
    try:
        await task
    except QueryCanceledError:
        return
