"""The course of `bench service`: one stack a service, rounds in which every design has its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from benchmarks.baseline.design import Baseline
from benchmarks.figures import Report
from benchmarks.service.cases import CASES, Case
from benchmarks.service.contender import Bare, Contender, Ours, Textbook
from benchmarks.service.events import Tickets
from benchmarks.service.feeder import Feeder
from benchmarks.service.stories import stories_of
from benchmarks.service.summary import Turn, add_figures
from benchmarks.setting import Setting, durable
from cli.demo.options import ORIGIN_AT
from cli.demo.proof import checked, target_of
from devstack.problems import StackError
from devstack.supervisor import Stack
from runtime.clock import monotonic_s, unix_ns
from runtime.database import Database
from simulator.journal import FILE, Journal
from simulator.pace import Pace

LOOK_EVERY_S = 0.025
TURN_S = 120.0
TEXTBOOK_MESSAGES = 120
"""Of the design that has a transaction a message, in a round at full size."""
LEAST, TEXTBOOK_LEAST = 1_000, 60
"""However small the run: below that, figures tell of the clock's ticks."""
WORKERS = (1, 4)


async def run(setting: Setting) -> Report:
    """Measure every service, or those that the setting names; verify what each has made."""
    report = Report("service", verified=True)
    for case in CASES:
        if setting.only and case.service not in setting.only:
            continue
        turns, broken = await _Measured(setting, case).run()
        add_figures(report, case, turns)
        if broken:
            report.verified = False
            report.notes.append(f"{case.service}: broken {broken}")
    return report


@dataclass(slots=True)
class _Measured:
    """One service's rounds."""

    setting: Setting
    case: Case
    turns: list[Turn] = field(default_factory=list)
    put: dict[str, int] = field(default_factory=dict)
    dice: Random = field(default_factory=lambda: Random("service"))

    async def run(self) -> tuple[list[Turn], str]:
        """All turns, and the invariants that are broken."""
        folder = self.setting.run_dir / self.case.service
        made_of = replace(durable((self.case.service,)), time_origin_at=ORIGIN_AT)
        self._tell("start")
        async with Stack(folder, made_of) as stack, AsyncExitStack() as open_:
            tickets = await self._tickets(stack)
            contenders = await self._contenders(stack, open_, folder)
            journal = Journal(folder / FILE)
            async with Feeder(stack.kafka_bootstrap) as feeder:
                for number in range(self.setting.rounds):
                    turn = number % len(contenders)
                    for one in (*contenders[turn:], *contenders[:turn]):
                        self._tell(f"round {number + 1}, {one.name}")
                        await self._turn(one, tickets, feeder, journal)
            journal.close()
            wrong = [f"{one.name}: {await one.wrong(self.put[one.name])}" for one in contenders]
            broken = [each for each in wrong if not each.endswith(": ")]
            return self.turns, "; ".join([*broken, *await self._broken(stack, folder)])

    async def _contenders(
        self, stack: Stack, open_: AsyncExitStack, folder: Path
    ) -> list[Contender]:
        service = self.case.service
        database = await Database.connect(stack.admin_database_url, name="bench", pool=2)
        open_.push_async_callback(database.close)
        bare = Bare(stack, service, folder / "logs" / "bare.log")
        open_.push_async_callback(bare.stop)
        designs = [Baseline(stack, workers, services=(service,)) for workers in WORKERS]
        for design in designs:
            open_.push_async_callback(design.stop)
        starts = (bare.start(), *(design.start() for design in designs))
        ends = await asyncio.gather(*starts, return_exceptions=True)
        for failed in ends:
            if isinstance(failed, BaseException):
                raise failed
        for design in designs:
            await design.share_keys()
        share = TEXTBOOK_MESSAGES / self.case.messages
        found: list[Contender] = [Ours(stack, self.case, database), bare]
        found += [Textbook(design, service, share) for design in designs]
        for one in found[1:]:
            one.hold()
        return found

    async def _tickets(self, stack: Stack) -> Tickets:
        variables = stack.variables(self.case.service)
        return Tickets(await stories_of(variables), Pace.of(variables).now())

    async def _turn(
        self, one: Contender, tickets: Tickets, feeder: Feeder, journal: Journal
    ) -> None:
        least = LEAST if one.share == 1.0 else TEXTBOOK_LEAST
        count = self.setting.of(round(self.case.messages * one.share), least)
        records = self.case.records(tickets, count, self.dice)
        one.hold()
        try:
            ours = journal if one.prefix == "" else None
            await feeder.put(records, one.prefix, lanes=one.lanes, journal=ours)
            total = self.put[one.name] = self.put.get(one.name, 0) + count
            before = one.cpu_s()
            began_s = monotonic_s()
        finally:
            one.let_go()
        await _until(lambda: one.done(total), one.name)
        wall_s = monotonic_s() - began_s
        await _until(one.settled, one.name)
        used = {kind: value - before[kind] for kind, value in one.cpu_s().items()}
        drained_s = monotonic_s() - began_s
        self.turns.append(Turn(one.name, count, wall_s, drained_s, used))
        if one.prefix:
            one.hold()

    async def _broken(self, stack: Stack, folder: Path) -> list[str]:
        self._tell("verify")
        await stack.process(self.case.service).stop()
        target = target_of(stack, folder / FILE, 1.0)
        checks = await checked(target, unix_ns() / 1e9, lambda _: None)
        return [
            f"{check.code} ({', '.join(check.offenders[:3])})"
            for check in checks
            if check.outcome == "broken"
        ]

    def _tell(self, doing: str) -> None:
        self.setting.tell(f"{self.case.service}: {doing}")


async def _until(ready: Callable[[], Awaitable[bool]], who: str) -> None:
    end_s = monotonic_s() + TURN_S
    while not await ready():
        if monotonic_s() > end_s:
            raise StackError(f"{who} did not finish within {TURN_S:.0f} s", "Its log says why.")
        await asyncio.sleep(LOOK_EVERY_S)
