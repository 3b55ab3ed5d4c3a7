"""The course of a demo: start, stream, drain, freeze, check, tell. Called by `command`, tests
and benchmarks: `summary = await run_demo(DemoOptions(run_dir=...))`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import psutil
from aiokafka.errors import KafkaError

from cli.demo.board import Board
from cli.demo.calm import Calm, freeze, thaw
from cli.demo.gauges import Gauges
from cli.demo.options import ORIGIN_AT, DemoOptions
from cli.demo.proof import checked, target_of
from cli.demo.summary import Summary, answers_of, counts_of, requests_of
from cli.demo.tally import TOPICS
from cli.verify.target import Target
from devstack.daemon import started
from devstack.folder import made_empty
from devstack.layout import DEMO_SHOP
from devstack.plan import Options
from devstack.problems import StackError
from devstack.standins.records import read as read_sends
from devstack.supervisor import Stack
from runtime.clock import monotonic_s, unix_ns
from runtime.database import DatabaseAwayError
from schemas.topics import SERVICES
from simulator.driver import Driver, Played
from simulator.plan import Plan, read_texts
from simulator.system import System
from simulator.tail import Tail
from simulator.world import World, build_world

LEAD_S = 6.0
"""Real seconds from the start of the services to the beginning of the stream."""
KILL_AT = 0.4
MARK = "demo"
REFRESH_S = 0.25
CATCH_UP_S = 15.0
Kept = Callable[[Stack, Summary], Awaitable[None]]


async def run_demo(
    options: DemoOptions, board: Board | None = None, kept: Kept | None = None
) -> Summary:
    """Run all of it and stop the stack. `kept` is awaited before that if `options.keep`.

    Raises StackError when the stack does not start, TextsError for an unusable file, ValueError
    for a plan or a service that there can't be. A system that does not drain or breaks an
    invariant is told in the summary.
    """
    return await _Demo(options, board or Board()).run(kept)


@dataclass(slots=True)
class _Demo:
    options: DemoOptions
    board: Board
    took_s: dict[str, float] = field(default_factory=dict)
    killed: list[str] = field(default_factory=list)
    problem: str = ""
    frozen_s: float | None = None

    async def run(self, kept: Kept | None) -> Summary:
        options, plan = self.options, self._plan()
        unknown = set(options.kill) - set(SERVICES)
        if unknown:
            raise ValueError(f"no such service: {', '.join(sorted(unknown))}")
        folder = await asyncio.to_thread(made_empty, options.run_dir, MARK)
        made_of = Options(
            time_scale=options.scale, time_origin_at=ORIGIN_AT, settings=options.settings
        )
        making = asyncio.create_task(asyncio.to_thread(build_world, plan))
        async with AsyncExitStack() as ends:
            ends.callback(making.cancel)
            async with self._phase("start"):
                stack = await started(folder, made_of, self._starting)
                ends.push_async_callback(self._stopped, stack)
                world = await making
            summary = await self._show(stack, world)
            if options.keep and kept is not None:
                await thaw(stack)
                await kept(stack, summary)
        return summary

    async def _stopped(self, stack: Stack) -> None:
        self.board.phase = "stop"
        await stack.stop()

    def _plan(self) -> Plan:
        options = self.options
        return Plan(
            begin_at=ORIGIN_AT + timedelta(seconds=LEAD_S * options.scale),
            shops=(DEMO_SHOP,),
            seed=options.seed,
            orders=options.orders,
            tickets=options.tickets,
            span_s=options.span_s,
            texts=() if options.texts is None else read_texts(options.texts),
        )

    async def _show(self, stack: Stack, world: World) -> Summary:
        board, system = self.board, System.of(stack)
        tail = Tail(stack.kafka_bootstrap, TOPICS, board.tally.take)
        gauges = Gauges(stack.kafka_bootstrap)
        calm = await Calm.open(stack, gauges, system.pace)
        driver = Driver(world, system, stack.run_dir / "simulator")
        watching = [
            asyncio.create_task(tail.follow()),
            asyncio.create_task(gauges.watch()),
            asyncio.create_task(self._refresh(stack, driver, gauges)),
        ]
        try:
            async with self._phase("stream"):
                played = await self._play(stack, driver)
            cpu_s = _cpu_of(stack) | {"simulator": played.cpu_s}
            target = target_of(stack, played.journal, self.options.scale)
            await self._calm_down(stack, calm, target)
            await _caught_up(tail, gauges)
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            await calm.close()
        return await self._told(stack, world, played, gauges, cpu_s, target)

    async def _play(self, stack: Stack, driver: Driver) -> Played:
        killing = asyncio.create_task(self._kill(stack, driver))
        try:
            played = await driver.play()
        except (KafkaError, DatabaseAwayError) as error:
            raise StackError(
                f"the livestream broke off: {type(error).__name__}: {error}",
                f"The logs in {stack.run_dir / 'logs'} say why.",
            ) from error
        finally:
            killing.cancel()
        await asyncio.wait({killing})
        if not killing.cancelled():
            killing.result()
        if played.given_up:
            self.problem = f"{played.given_up} requests had no answer, however often tried"
        return played

    async def _kill(self, stack: Stack, driver: Driver) -> None:
        plan, pace = driver.world.plan, driver.system.pace
        for number, name in enumerate(self.options.kill):
            share = KILL_AT + number * (0.9 - KILL_AT) / len(self.options.kill)
            await pace.until(plan.begin_at + timedelta(seconds=plan.span_s * share))
            await stack.kill(name)
            self.killed.append(name)

    async def _calm_down(self, stack: Stack, calm: Calm, target: Target) -> None:
        try:
            async with self._phase("drain"):
                await calm.until_drained(stack.services, self._doing)
                self.frozen_s = unix_ns() / 1e9
                await freeze(stack, target, self._doing)
        except StackError as error:
            self.problem = self.problem or error.message

    async def _refresh(self, stack: Stack, driver: Driver, gauges: Gauges) -> None:
        board, plan, pace = self.board, driver.world.plan, driver.system.pace
        while True:
            now = pace.now()
            passed_s = (now - plan.begin_at).total_seconds()
            board.share = min(1.0, max(0.0, passed_s / plan.span_s))
            board.business_time = f"{now:%a %H:%M} UTC"
            board.gauges, board.restarts = gauges.now, stack.restarts
            board.orders = driver.journal.counts.get(("OrderPlaced", "acknowledged"), 0)
            board.sent = driver.requests
            await asyncio.sleep(REFRESH_S)

    async def _told(
        self,
        stack: Stack,
        world: World,
        played: Played,
        gauges: Gauges,
        cpu_s: dict[str, float],
        target: Target,
    ) -> Summary:
        async with self._phase("check"):
            checks = await checked(target, self.frozen_s, self._doing)
        sends = await asyncio.to_thread(lambda: answers_of(read_sends(stack.standins_path)))
        return Summary(
            seed=world.plan.seed,
            fingerprint=world.fingerprint(),
            orders=len(world.orders),
            **counts_of(self.board.tally),
            providers=sends,
            checks=checks,
            requests=requests_of(played.counts),
            records=dict(gauges.records),
            killed=tuple(self.killed),
            restarts=dict(stack.restarts),
            took_s=self.took_s,
            cpu_s=cpu_s,
            problem=self.problem,
        )

    @asynccontextmanager
    async def _phase(self, name: str) -> AsyncIterator[None]:
        began_s = monotonic_s()
        self.board.phase, self.board.doing = name, ""
        try:
            yield
        finally:
            self.took_s[name] = round(monotonic_s() - began_s, 1)

    def _starting(self, part: str, doing: str) -> None:
        self._doing(f"{part}: {doing}")

    def _doing(self, doing: str) -> None:
        self.board.doing = doing


async def _caught_up(tail: Tail, gauges: Gauges) -> None:
    """Wait until every record that is there was counted."""
    began_s = monotonic_s()
    while monotonic_s() - began_s < CATCH_UP_S:
        if tail.taken >= sum(gauges.records.get(topic, 0) for topic in TOPICS):
            return
        await asyncio.sleep(0.1)


def _cpu_of(stack: Stack) -> dict[str, float]:
    """CPU seconds of each part's present process with its children."""
    found = {}
    for name in stack.restarts:
        try:
            top = psutil.Process(stack.process(name).pid)
            times = [each.cpu_times() for each in (top, *top.children(recursive=True))]
        except (psutil.NoSuchProcess, StackError):
            continue
        found[name] = round(sum(each.user + each.system for each in times), 1)
    return found
