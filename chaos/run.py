"""The course of a chaos run: start, load, break and heal, drain, judge. Called by the command and
`tests/chaos`: `verdict = await run(Chaos(run_dir, seed=1, seconds=60))`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from aiokafka.errors import KafkaError

from benchmarks.load.plan import Outcome, Plan, Stream
from benchmarks.load.process import Load, place_of
from benchmarks.pipeline.calm import Calm
from benchmarks.setting import durable
from chaos.catalog import CATALOG, lacking
from chaos.disks import mounted, unmounted
from chaos.fault import NotHitError
from chaos.proxy import Proxy
from chaos.pulse import Pulse, timed
from chaos.rest import clocks_stopped
from chaos.schedule import Strike, plan
from chaos.verdict import Hit, Verdict
from chaos.world import World
from cli.demo.calm import freeze
from cli.demo.options import ORIGIN_AT
from cli.demo.proof import checked, target_of
from cli.verify.target import Target
from devstack.folder import made_empty
from devstack.layout import POSTGRES
from devstack.ports import free_port
from devstack.problems import StackError
from devstack.supervisor import Stack
from runtime.clock import monotonic_s
from runtime.database import DatabaseAwayError
from simulator.journal import FILE

RECORDS_A_TICKET = 10
BACKLOG_S = 3.0
"""The backlog is gone when no more waits than comes in so many seconds."""
PATIENCE_S = 120.0
"""A complaint is tried so much longer than the run takes: faults end, and then it goes in."""
CONNECTIONS = 16
BUSINESS_S = 3600.0
LAUNCHER, MARK = "chaos.puppet", "chaos run"


@dataclass(frozen=True, slots=True)
class Chaos:
    """One run. `codes`: which faults; empty means all. `per_s`: complaints a second."""

    run_dir: Path
    seed: int
    seconds: float = 300.0
    per_s: float = 12.0
    codes: tuple[str, ...] = ()
    defect: str = ""
    """A safeguard that is taken out of every service, to see the run fail (`defective`)."""
    scale: float = 0.0
    """Business seconds in one real second; 0: the run is an hour of business, so that timers fall
    due while it lasts."""
    tell: Callable[[str], None] = print

    @property
    def time_scale(self) -> float:
        """How fast its clock runs; never slower than the real one."""
        return self.scale or max(1.0, BUSINESS_S / self.seconds)

    @property
    def strikes(self) -> Sequence[Strike]:
        """What will be broken when: the same for the same seed, length and faults."""
        codes = (code for code in self.codes or CATALOG if code not in self.impossible)
        return plan(self.seed, self.seconds, {code: CATALOG[code].lasts_s for code in codes})

    @property
    def impossible(self) -> dict[str, str]:
        """Of its faults those that this machine does not let us make, with the reason."""
        found = lacking()
        return {code: found[code] for code in self.codes or CATALOG if code in found}


async def run(chaos: Chaos) -> Verdict:
    """Do it. Raises StackError when the stack does not start, ValueError for unknown faults."""
    unknown = set(chaos.codes) - set(CATALOG)
    if unknown:
        raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
    folder, port = chaos.run_dir / "stack", free_port()
    await asyncio.to_thread(unmounted, folder)
    await asyncio.to_thread(made_empty, chaos.run_dir, MARK, folder.name)
    async with AsyncExitStack() as held:
        # Not in the run folder: the address of a socket may have 107 characters only.
        puppets = Path(held.enter_context(TemporaryDirectory(prefix="puppets-")))
        options = replace(
            durable(),
            time_scale=chaos.time_scale,
            time_origin_at=ORIGIN_AT,
            database_through=port,
            led_in_by=(LAUNCHER, str(puppets), *filter(None, [chaos.defect])),
        )
        if any(strike.code == "X20" for strike in chaos.strikes):
            await held.enter_async_context(mounted(folder))
        stack = Stack(folder, options, lambda part, doing: chaos.tell(f"{part}: {doing}"))
        proxy = Proxy(port, lambda: stack.ports[POSTGRES], Random(chaos.seed))
        await held.enter_async_context(proxy.running())
        await held.enter_async_context(stack)
        load = await held.enter_async_context(Load.started(chaos.run_dir))
        calm = await Calm.open(stack)
        held.push_async_callback(calm.close)
        world = World(stack, proxy, chaos.tell, puppets)
        return await _Course(chaos, stack, load, calm, world).run()


@dataclass(slots=True)
class _Course:
    chaos: Chaos
    stack: Stack
    load: Load
    calm: Calm
    world: World
    frozen_s: float = 0.0
    """When the clocks were stopped, seconds since 1970; 0: they were not yet."""

    async def run(self) -> Verdict:
        chaos = self.chaos
        chaos.tell("load: preparing")
        await self.load.prepare(self._load_plan())
        await self.calm.until_rest(chaos.tell, "orders")
        self.world = replace(self.world, began_s=monotonic_s())
        pulse = Pulse(self.calm, self.world)
        feeling = asyncio.create_task(pulse.feel())
        try:
            outcome, hits = await self._broken_while_loaded()
            problem = await self._at_rest()
            await pulse.look()
        finally:
            feeling.cancel()
            await asyncio.wait({feeling})
        enough = int(chaos.per_s * RECORDS_A_TICKET * BACKLOG_S)
        hits = timed(hits, pulse.beats, enough)
        return await self._judged(outcome, hits, problem)

    def _load_plan(self) -> Plan:
        chaos = self.chaos
        stream = Stream(
            count=max(1, round(chaos.per_s * chaos.seconds)),
            per_s=chaos.per_s,
            batch=2,
            connections=CONNECTIONS,
        )
        return Plan(
            place=place_of(self.stack, self.stack.run_dir / FILE),
            streams=(stream,),
            seed=chaos.seed + 1,
            give_up_s=chaos.seconds + PATIENCE_S,
        )

    async def _broken_while_loaded(self) -> tuple[Outcome, list[Hit]]:
        async with asyncio.TaskGroup() as doing:
            sending = doing.create_task(self.load.run())
            strikes = [doing.create_task(self._strike(one)) for one in self.chaos.strikes]
        return sending.result(), [strike.result() for strike in strikes]

    async def _strike(self, strike: Strike) -> Hit:
        """Strike when its time has come; whatever comes of it is told, never raised."""
        await asyncio.sleep(max(0.0, strike.at_s - self.world.elapsed_s()))
        fault, begun_s = CATALOG[strike.code], self.world.elapsed_s()
        self.chaos.tell(f"{begun_s:6.1f} s  {fault.code} {fault.says}")
        target = proof = missed = ""
        try:
            struck = await fault.strike(self.world, Random(strike.seed))
            target, proof = struck.target, struck.proof
        except (NotHitError, StackError, KafkaError, DatabaseAwayError, OSError) as error:
            missed = f"{type(error).__name__}: {error}"
        healed_s = self.world.elapsed_s()
        self.chaos.tell(f"{healed_s:6.1f} s  {fault.code} healed: {missed or f'{target}: {proof}'}")
        return Hit(fault.code, target, proof, begun_s, healed_s, missed=missed)

    def _target(self) -> Target:
        target = target_of(self.stack, self.stack.run_dir / FILE, self.chaos.time_scale)
        return replace(target, canaries=None)  # this load plants none

    async def _at_rest(self) -> str:
        """Wait for everything to be done; why it never was, or nothing."""
        try:
            for name in self.stack.services:
                await self.world.until_ready(name)
            if self.chaos.time_scale > 1:
                target = self._target()
                self.frozen_s = await clocks_stopped(self.stack, target, self.chaos.tell)
            await self.calm.until_rest(self.chaos.tell, "drain")
        except StackError as error:
            return error.message
        except (KafkaError, DatabaseAwayError, OSError) as error:
            return f"broker or database do not come back: {type(error).__name__}: {error}"
        return ""

    async def _judged(self, outcome: Outcome, hits: list[Hit], problem: str) -> Verdict:
        chaos, target = self.chaos, self._target()
        frozen_s = self.frozen_s or time.time()
        try:
            await freeze(self.stack, target, chaos.tell)
        except StackError as error:
            problem = problem or error.message
        checks = await checked(target, frozen_s, chaos.tell)
        return Verdict(
            seed=chaos.seed,
            seconds=chaos.seconds,
            hits=tuple(hits),
            arrivals=len(outcome.arrivals),
            acknowledged=len(outcome.arrivals) - outcome.lost,
            records=await self.calm.records(),
            checks=checks,
            problem=problem,
            per_s=chaos.per_s,
            impossible=chaos.impossible,
        )
