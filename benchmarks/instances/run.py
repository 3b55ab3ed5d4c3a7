"""The course of `bench instances`: drain a backlog alone and in two, then lose the second one by a
clean stop and by signal 9 while tickets keep coming; verify in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from benchmarks.figures import Report, at_most
from benchmarks.instances.load import Load
from benchmarks.instances.second import SERVICE, another, holders, read, taken_over, until
from benchmarks.service.events import Tickets
from benchmarks.service.feeder import Feeder
from benchmarks.service.stories import stories_of
from benchmarks.setting import Setting, durable
from cli.demo.options import ORIGIN_AT
from cli.demo.proof import checked, target_of
from devstack.service import ProcessPart
from devstack.supervisor import Stack
from runtime.clock import monotonic_s, unix_ns
from runtime.database import Database
from simulator.journal import FILE, Journal
from simulator.pace import Pace

BACKLOG = 6_000
STREAM_PER_S = 200.0
CLEAN_S, KILLED_S = 2.0, 9.0
Loss = Callable[[ProcessPart], Coroutine[None, None, None]]


async def run(setting: Setting) -> Report:
    """Measure and verify."""
    report = Report("instances")
    made_of = replace(durable((SERVICE,)), time_origin_at=ORIGIN_AT)
    setting.tell("start")
    async with Stack(setting.run_dir, made_of) as stack:
        measured = await _measured(setting, stack)
        found = measured.found
        alone, together = found["alone"], found["together"]
        report.add("one instance", "tickets/s", alone)
        report.add("two instances", "tickets/s", together, note="on the same cores")
        pairs = zip(together, alone, strict=True)
        report.add("two, times one", "×", [two / one for two, one in pairs])
        report.add("partitions of the one that has fewer", "", found["fewer"])
        clean, killed = at_most(CLEAN_S), at_most(KILLED_S)
        report.add("takeover after a clean stop", "s", found["clean stop"], clean)
        report.add("takeover after kill -9", "s", found["kill -9"], killed)
        setting.tell("verify")
        await stack.process(SERVICE).stop()
        checks = await checked(
            target_of(stack, setting.run_dir / FILE, 1.0), unix_ns() / 1e9, lambda _: None
        )
    broken = [each for each in checks if each.outcome == "broken"]
    report.verified = not broken
    report.notes += [f"broken {each.code}: {', '.join(each.offenders[:3])}" for each in broken]
    report.notes.append(
        f"takeover: from the signal until another instance has gone on with every partition of "
        f"the lost one, at {STREAM_PER_S:g} tickets/s"
    )
    return report


async def _measured(setting: Setting, stack: Stack) -> _Course:
    database = await Database.connect(stack.admin_database_url, name="bench", pool=2)
    journal = Journal(setting.run_dir / FILE)
    try:
        pace = Pace.of(stack.variables(SERVICE))
        tickets = Tickets(await stories_of(stack.variables(SERVICE)), pace.now())
        async with Feeder(stack.kafka_bootstrap) as feeder:
            course = _Course(setting, stack, database, Load(tickets, feeder, journal))
            for number in range(setting.rounds):
                await course.round(number)
        return course
    finally:
        journal.close()
        await database.close()


@dataclass(slots=True)
class _Course:
    """The rounds. `found` holds a value a round under each name."""

    setting: Setting
    stack: Stack
    database: Database
    load: Load
    found: dict[str, list[float]] = field(default_factory=dict)
    first: str = ""
    """Instance of the stack's own process."""
    started: int = 1

    async def round(self, number: int) -> None:
        """Both drains and both losses, in turn."""
        self._tell(number, "one drains")
        self._note("alone", await self._drain())
        self._tell(number, "two drain")
        async with self._second() as second:
            self._note("together", await self._drain())
            self._tell(number, "clean stop")
            self._note("clean stop", await self._lose(second, _stopped))
        async with self._second() as second:
            self._tell(number, "kill -9")
            self._note("kill -9", await self._lose(second, _killed))
        await self._done()

    async def _drain(self) -> float:
        """Tickets a second for a backlog that comes at once."""
        count = self.setting.of(BACKLOG, 300)
        began_s = monotonic_s()
        await self.load.add(count)
        await self._done()
        return count / (monotonic_s() - began_s)

    async def _done(self) -> None:
        put = self.load.put
        await until(
            self.database, lambda now: sum(h.next_pos for h in now.values()) >= put, "draining"
        )

    @asynccontextmanager
    async def _second(self) -> AsyncIterator[ProcessPart]:
        """Another instance that holds its share; lost by the end of the block at the latest."""
        self.started += 1
        before = await until(self.database, lambda now: len(holders(now)) == 1, "being alone")
        (self.first,) = holders(before)
        second = another(self.stack, self.started)
        await second.start()
        try:
            shared = await until(self.database, lambda now: len(holders(now)) == 2, "sharing")
            self._note("fewer", min(holders(shared).values()))
            yield second
        finally:
            await second.stop()

    async def _lose(self, second: ProcessPart, loss: Loss) -> float:
        """Seconds from the loss until all of its partitions go on."""
        stream = asyncio.create_task(self.load.stream(STREAM_PER_S))
        try:
            await asyncio.sleep(1.0)
            before = await read(self.database)
            (gone,) = set(holders(before)) - {self.first}
            began_s = monotonic_s()
            losing = asyncio.create_task(loss(second))
            await until(self.database, lambda now: taken_over(before, now, gone), "taking over")
            took_s = monotonic_s() - began_s
            await losing
        finally:
            stream.cancel()
            with suppress(asyncio.CancelledError):
                await stream
        await self._done()
        return took_s

    def _note(self, name: str, value: float) -> None:
        self.found.setdefault(name, []).append(value)

    def _tell(self, number: int, doing: str) -> None:
        self.setting.tell(f"round {number + 1}: {doing}")


async def _stopped(second: ProcessPart) -> None:
    await second.stop()


async def _killed(second: ProcessPart) -> None:
    await second.kill()
