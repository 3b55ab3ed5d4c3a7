"""A seed from its first record to its verdict: processes, faults, healing, rest, judgement."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from asyncpg.exceptions import AdminShutdownError

from cli.dead_letters.book import Book
from cli.dead_letters.wanted import Wanted
from runtime.database import ConflictError, Database, DatabaseAwayError
from tests.simulation import server as real
from tests.simulation.books import Books
from tests.simulation.broker import Broker
from tests.simulation.consumer import Network
from tests.simulation.desk import Moods
from tests.simulation.ground import Ground
from tests.simulation.judge import judged
from tests.simulation.lives import Life
from tests.simulation.nemesis import Nemesis
from tests.simulation.pool import Pool
from tests.simulation.process import Process
from tests.simulation.requests import Requests, StuckError
from tests.simulation.story import TOPICS, Story, story_of
from tests.support import probe

SESSION_S = 1.5
REST_S = 60.0
"""What is not at rest so long after healing will never be."""


@dataclass
class Outcome:
    """What a seed came to."""

    seed: int
    violations: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    steps: int = 0


class World:
    """Everything in one seed."""

    def __init__(self, seed: int, server: real.Server) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.story: Story = story_of(self.random)
        self.requests = Requests(self.random, server.tell_time)
        self.books = Books()
        self.broker = Broker()
        self.processes: list[Process] = []
        self.errands: list[asyncio.Task[None]] = []
        self.nemesis = Nemesis(self)
        self._server = server
        self._network = Network(self.broker, self.requests, self.books, self.random)
        self._moods = Moods()
        self._lives: list[Life] = []
        self._is_away = False
        self._is_closing = False
        self._unhandled: list[str] = []
        self._settings = probe.settings(
            "simulated",
            "postgresql://simulated",
            batch_records=self.story.batch_records,
            max_tries=real.MAX_TRIES,
            retry_first_ms=50,
            retry_max_ms=400,
            session_ms=int(SESSION_S * 1000),
        )

    def run(self) -> Outcome:
        """Live it to its end."""
        self._server.reset()
        loop = self.requests.loop
        loop.set_exception_handler(self._note_unhandled)
        violations: list[str] = []
        with Ground(loop, Random(self.seed + 1)).under_the_clock():
            try:
                loop.run_until_complete(self._story())
            except StuckError as error:
                violations.append(f"stuck: {error}")
            self._is_closing = True
            violations += self.books.violations + self._unhandled
            violations += judged(self.story, self.broker, self._server, rested=not violations)
            self._sweep()
        loop.close()
        trace, steps = self.requests.trace, self.requests.steps
        return Outcome(self.seed, violations, trace, self.nemesis.struck, steps)

    def _note_unhandled(self, _: Any, context: dict[str, Any]) -> None:
        if "future" not in context and not self._is_closing:
            self._unhandled.append(f"unhandled: {context['message']}: {context.get('exception')!r}")

    async def _story(self) -> None:
        loop = self.requests.loop
        for told in self.story.told:
            tell = partial(self.broker.append, told.place, told.key.encode(), told.value, ())
            loop.call_at(told.at_s, tell)
        self.requests.fate = self.nemesis
        for _ in range(self.story.processes):
            self.begin()
        await asyncio.sleep(self.story.told[-1].at_s + 1.0)
        self._heal()
        await self._rest()
        self._moods.healed = True
        await self.ask_back()
        await self._rest()
        self._is_closing = True
        ending = list(self.processes)
        for process in ending:
            process.stop()
        await asyncio.wait([process.main for process in ending], timeout=REST_S)
        for process in ending:
            if not process.main.done() or process.main.exception():
                self._unhandled.append(f"ending: {process.life.name} did not stop in order")

    def _heal(self) -> None:
        self.requests.note("world", "heals")
        self.requests.fate = None
        for life in self._lives:
            self._go_on(life)

    async def _rest(self) -> None:
        """Until nothing is left to do. Raises StuckError when that does not come."""
        left = ""
        for _ in range(int(REST_S * 2)):
            await asyncio.sleep(0.5)
            left = await self.requests.ask("db at rest", self._left_to_do)
            if not left:
                return
        raise StuckError(f"not at rest: {left}")

    def _left_to_do(self) -> str:
        (row,) = self._server.rows(real.queries.at_rest)
        left = [f"{row[name]} {name}" for name in row.keys() if row[name]]  # noqa: SIM118
        for place, log in self.broker.logs.items():
            at = self.books.applied.get((place.topic, place.partition), 0)
            if place.topic in TOPICS and at < len(log):
                left.append(f"{place.topic}/{place.partition} at {at} of {len(log)}")
        return ", ".join(left)

    async def ask_back(self) -> None:
        """A person wants all dead letters back, and asks twice."""
        pool = Pool(Life("person", 0.0), 1, self._server, self.requests, self.books)
        book = Book(Database(pool))
        try:
            letters = await book.letters(Wanted(services=(real.PATH,), ended=True))
            for _ in range(2):
                await book.ask_back(letters)
        except (DatabaseAwayError, ConflictError) as error:
            self.requests.note("person", f"gives up: {error}")
        finally:
            pool.cut()

    def _sweep(self) -> None:
        """Let all that still hangs in its awaits end, without a trace."""
        for life in self._lives:
            life.sweep(self.requests.loop)
        self.requests.loop.run_until_complete(self._ended())

    async def _ended(self) -> None:
        left = self._left_over()
        while left:
            for task in left:
                task.cancel()
            for _ in range(5):
                await asyncio.sleep(0)
            left = self._left_over()

    def _left_over(self) -> list[asyncio.Task[Any]]:
        """Tasks that are not over yet; of the others nobody asks for the error any more."""
        left = [*self.errands]
        for life in self._lives:
            left += life.tasks
        for task in left:
            if task.done() and not task.cancelled():
                task.exception()
        return [task for task in left if not task.done()]

    # ------------------------------------------------------------ processes
    def begin(self) -> None:
        """One process more."""
        name = f"p{len(self._lives) + 1}"
        life = Life(name, self.random.choice((0.0, 0.0, -3600.0, 3600.0)))
        pool = Pool(life, self.story.pool, self._server, self.requests, self.books)
        pool.away = self._is_away
        process = Process(life, pool, self._network, self._settings, self._moods)
        self._lives.append(life)
        self.processes.append(process)
        self.requests.note(name, "starts")
        process.start()
        process.main.add_done_callback(partial(self._over, process))

    def _over(self, process: Process, main: asyncio.Task[None]) -> None:
        """Whoever watches over a process starts another when it ends."""
        if main.cancelled() or self._is_closing or process not in self.processes:
            return
        if main.exception():
            self.crash(process)
        else:
            self.processes.remove(process)
            self.begin()

    def crash(self, process: Process) -> None:
        """Signal 9; another one starts later."""
        if process not in self.processes:
            return
        self.processes.remove(process)
        self.requests.note(process.life.name, "dies")
        process.life.state = "dead"
        self.requests.drop(process.life)
        process.pool.cut()
        self._later(SESSION_S, partial(self.broker.silent, process.life))
        self._later(self.random.choice((0.1, 0.5, 2.0)), self.begin)

    def halt(self, process: Process) -> None:
        """It stands still, and goes on later where it was."""
        life = process.life
        if life.state != "running":
            return
        lasts_s = self.random.choice((0.3, 1.0, 2.5, 6.0))
        self.requests.note(life.name, f"stands still for {lasts_s} s")
        life.state = "stopped"
        self._later(SESSION_S, partial(self._miss, life))
        self._later(5.0, partial(self._give_up_idle, process))
        self._later(lasts_s, partial(self._go_on, life))

    def _miss(self, life: Life) -> None:
        if life.state == "stopped":
            self.broker.silent(life)

    def _give_up_idle(self, process: Process) -> None:
        if process.life.state == "stopped":
            process.pool.give_up_idle()

    def _go_on(self, life: Life) -> None:
        if life.state == "stopped":
            self.requests.note(life.name, "goes on")
            life.go_on(self.requests.loop)

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        self.requests.loop.call_later(seconds, what, context=Context())

    def restart_database(self) -> None:
        """All connections break; for a while it takes no new ones."""
        self._is_away = True
        self.requests.fail("db", lambda: AdminShutdownError("terminating connection"))
        for process in self.processes:
            process.pool.away = True
            process.pool.cut()
        self._later(self.random.choice((0.2, 1.0, 3.0)), self._let_in)

    def _let_in(self) -> None:
        self._is_away = False
        for process in self.processes:
            process.pool.away = False
