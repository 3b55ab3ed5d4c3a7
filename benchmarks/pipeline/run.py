"""The course of `aftercare bench pipeline`: overload, a steady share of it, idle, the textbook
design; round by round on one stack, verified at the end."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace

from benchmarks.figures import Report
from benchmarks.load.plan import Plan, Stream
from benchmarks.load.process import Load, place_of
from benchmarks.pipeline.calm import Calm
from benchmarks.pipeline.findings import IDLE_PER_S, Rounds, told
from benchmarks.pipeline.measured import Bench, Measured
from benchmarks.pipeline.milestones import Life
from benchmarks.pipeline.textbook import Textbook
from benchmarks.setting import Setting, durable
from cli.demo.calm import freeze
from cli.demo.options import ORIGIN_AT
from cli.demo.proof import checked, target_of
from devstack.supervisor import Stack
from simulator.journal import FILE

TICKETS = 6_000
SINGLE_TICKETS = 600
TEXTBOOK_TICKETS = 120
WORKERS = (1, 4)
OVERLOAD_PER_S = 4_000.0
BATCH = 250
CONNECTIONS = 32
SHARE = 0.7
"""Of the sustained rate: what a system should bear without growing late."""
STEADY_S = 5.0
BATCHES_PER_S = 20.0
IDLE_S = 16.0
HELD = {"*": {"AFTERCARE_SESSION_MS": "300000"}}
"""While the textbook design has its turn our services are held still; so long they stay members
of their consumer groups."""


async def run(setting: Setting) -> Report:
    """Measure. Raises StackError when the stack does not start or come to rest."""
    options = replace(durable(extra_env=HELD), time_origin_at=ORIGIN_AT)
    folder = setting.run_dir / "stack"
    stack = Stack(folder, options, lambda part, doing: setting.tell(f"{part}: {doing}"))
    async with stack:
        async with AsyncExitStack() as held:
            course = await _prepared(setting, stack, held)
            for number in range(1, setting.rounds + 1):
                await course.round(number)
        report = told(course.rounds)
        target, frozen_s = target_of(stack, folder / FILE, 1.0), time.time()
        await freeze(stack, target, setting.tell)
        checks = await checked(target, frozen_s, setting.tell)
    broken = [check for check in checks if check.outcome == "broken"]
    report.verified = not broken
    report.notes += [f"{each.code} broken: {'; '.join(each.offenders[:2])}" for each in broken]
    return report


async def _prepared(setting: Setting, stack: Stack, held: AsyncExitStack) -> _Course:
    load = await held.enter_async_context(Load.started(setting.run_dir))
    calm = await Calm.open(stack)
    held.push_async_callback(calm.close)
    life = await Life.open(stack.kafka_bootstrap, stack.standins_path)
    held.push_async_callback(life.close)
    setting.tell("textbook design: starting")
    textbooks = [Textbook(stack, workers) for workers in WORKERS]
    for textbook in textbooks:
        held.push_async_callback(textbook.stop)
    async with asyncio.TaskGroup() as starting:
        for textbook in textbooks:
            starting.create_task(textbook.start())
    return _Course(setting, Bench(stack, load, calm, life, setting.tell), textbooks)


@dataclass(slots=True)
class _Course:
    """The rounds. Each load has a seed of its own, and so its own complaints."""

    setting: Setting
    bench: Bench
    textbooks: list[Textbook]
    rounds: Rounds = field(default_factory=Rounds)
    seed: int = 0

    async def round(self, number: int) -> None:
        """Everything once."""
        name, rounds = f"round {number}", self.rounds
        sustained = await self._go(self._overload(), f"{name}, overload")
        rounds.overload.append(sustained)
        openings = list(self.bench.life.openings.values())
        await self._compare(openings, dict(self.bench.life.orders), name)
        rounds.single.append(await self._go(self._singly(), f"{name}, one by one"))
        per_s = SHARE * sustained.per_s
        if not math.isnan(per_s):
            rounds.steady.append(await self._go(self._steady(per_s), f"{name}, steady"))
        rounds.idle.append(await self._go(self._idle(), f"{name}, idle"))

    async def _compare(self, openings: list[object], orders: dict[str, object], name: str) -> None:
        count = self.setting.of(TEXTBOOK_TICKETS, least=20)
        with _still(self.bench.stack):
            for textbook in self.textbooks:
                self.setting.tell(f"{name}, textbook, {textbook.workers} at once")
                turn = await textbook.turn(openings[:count], orders, self.setting.tell)
                self.rounds.textbook.setdefault(textbook.workers, []).append(turn)

    async def _go(self, stream: Stream, doing: str) -> Measured:
        self.seed += 1
        place = place_of(self.bench.stack, self.bench.stack.run_dir / FILE)
        plan = Plan(place=place, streams=(stream,), seed=self.seed)
        return await self.bench.measure(plan, doing)

    def _overload(self) -> Stream:
        """More than it can take, in large batches, as a livestream's burst comes."""
        count = self.setting.of(TICKETS, least=20)
        batch = min(BATCH, count)
        return Stream(count=count, per_s=OVERLOAD_PER_S, batch=batch, connections=CONNECTIONS)

    def _singly(self) -> Stream:
        """The same from a sender that makes a request for each."""
        count = self.setting.of(SINGLE_TICKETS, least=10)
        return Stream(count=count, per_s=OVERLOAD_PER_S, way="single", connections=CONNECTIONS)

    def _steady(self, per_s: float) -> Stream:
        """A share of what it sustains."""
        count = max(10, round(per_s * STEADY_S * min(1.0, self.setting.size * 2)))
        batch = max(1, min(BATCH, round(per_s / BATCHES_PER_S)))
        return Stream(count=count, per_s=per_s, batch=batch, connections=CONNECTIONS)

    def _idle(self) -> Stream:
        """One now and then."""
        count = self.setting.of(round(IDLE_PER_S * IDLE_S), least=10)
        return Stream(count=count, per_s=IDLE_PER_S, way="single")


@contextmanager
def _still(stack: Stack) -> Iterator[None]:
    """Our services take nothing from what is compared with them."""
    pids = [stack.process(name).pid for name in stack.services]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
