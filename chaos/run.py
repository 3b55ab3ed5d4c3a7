"""The course of a chaos run: start, load, break and heal, drain, judge. Called by the command and
`tests/chaos`: `verdict = await run(Chaos(run_dir, seed=1, seconds=60))`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.load.plan import Followed, Outcome, Plan, Stream
from benchmarks.load.process import Load, place_of
from benchmarks.pipeline.calm import Calm
from benchmarks.setting import durable
from chaos.catalog import CATALOG
from chaos.disks import mounted, unmounted
from chaos.fault import FAILURES, MISSED, BrokenPromiseError, said
from chaos.pages import metrics_kept
from chaos.proxy import Proxy
from chaos.pulse import Pulse, coming_per_s, timed
from chaos.record import STACK, logs_of, state_of_project
from chaos.rest import CLOCKS, clocks_stopped
from chaos.schedule import Strike
from chaos.setting import Chaos
from chaos.turns import Turns
from chaos.verdict import Hit, Verdict
from chaos.world import World
from cli.demo.calm import freeze
from cli.demo.options import ORIGIN_AT
from cli.demo.proof import checked, target_of
from cli.demo.summary import Check
from cli.verify.canaries import FILE as CANARIES
from cli.verify.history import DECISIONS, SEVERAL
from cli.verify.target import Target
from devstack.folder import made_empty
from devstack.layout import POSTGRES
from devstack.ports import free_port
from devstack.state import clear_leftovers, read_state
from devstack.supervisor import Stack
from runtime.clock import monotonic_s
from simulator.journal import FILE

__all__ = ["Chaos", "run"]
BACKLOG_S = 3.0
"""The backlog is gone when no more waits than comes in so many seconds, on the run's average."""
PATIENCE_S = 120.0
"""A complaint is tried so much longer than the run takes: faults end, and then it goes in."""
CONNECTIONS = 16
TWICE = 0.2
"""Of all requests, so many are sent twice, with the same webhook id."""
APART_S = (0.5, 3.0)
"""At least and at most from an answer to what is said next; the shorter the run, the sooner."""
LATE = "the load was over"
HISTORY = "I28"
LAUNCHER, MARK = "chaos.puppet", "chaos run"


async def run(chaos: Chaos) -> Verdict:
    """Do it. Whatever goes wrong is told by the verdict, also when the stack does not start.

    Raises StackError for what can't be run at all: faults that there are not, nothing to strike,
    a folder that holds something else or in which another run is under way.
    """
    chaos.check()
    await asyncio.to_thread(_emptied, chaos.run_dir)
    verdict = Verdict(
        seed=chaos.seed,
        seconds=chaos.seconds,
        hits=(),
        arrivals=0,
        acknowledged=0,
        records=0,
        checks=(),
        per_s=chaos.per_s,
        impossible=chaos.impossible,
        asked=chaos.codes,
        at=chaos.at,
        scale=chaos.time_scale,
        version=await asyncio.to_thread(state_of_project),
        logs=str(logs_of(chaos.run_dir)),
    )
    try:
        verdict = await _on_a_stack(chaos, verdict)
    except* FAILURES as failures:
        verdict = replace(verdict, problem=said(failures))
    return verdict


def _emptied(run_dir: Path) -> None:
    """Also of what an earlier run could not tidy up: its processes, then its mounts."""
    folder = run_dir / STACK
    state = read_state(folder)
    if (run_dir / MARK).exists() and not state.running:
        clear_leftovers(state)
        unmounted(folder)
    made_empty(run_dir, MARK, STACK)


async def _on_a_stack(chaos: Chaos, begun: Verdict) -> Verdict:
    """`begun`: the verdict as far as it is known before anything runs."""
    folder, port = chaos.run_dir / STACK, free_port()
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
        if any(strike.code == "X20" for strike in chaos.possible):
            await held.enter_async_context(mounted(folder))
        stack = Stack(folder, options, lambda part, doing: chaos.tell(f"{part}: {doing}"))
        proxy = Proxy(port, lambda: stack.ports[POSTGRES], Random(chaos.seed))
        await held.enter_async_context(proxy.running())
        await held.enter_async_context(stack)
        load = await held.enter_async_context(Load.started(chaos.run_dir))
        calm = await Calm.open(stack)
        held.push_async_callback(calm.close)
        world = World(stack, proxy, chaos.tell, puppets, chaos.seed, at=chaos.at)
        return await _Course(chaos, stack, load, calm, world, begun).run()


@dataclass(slots=True)
class _Course:
    chaos: Chaos
    stack: Stack
    load: Load
    calm: Calm
    world: World
    begun: Verdict
    turns: Turns = field(init=False)
    left_out: list[str] = field(default_factory=list)
    """Faults that hit nothing because the load was over."""
    frozen_s: float = 0.0
    """When the clocks were stopped, seconds since 1970; 0: they were not yet."""

    def __post_init__(self) -> None:
        self.turns = Turns(alone=bool(self.chaos.at))

    async def run(self) -> Verdict:
        chaos = self.chaos
        chaos.tell("load: preparing")
        await self.load.prepare(self._load_plan())
        await self.calm.until_rest(chaos.tell, "orders")
        self.world = replace(self.world, began_s=monotonic_s())
        pulse = Pulse(self.calm, self.world)
        async with pulse.feeling():
            outcome, hits = await self._broken_while_loaded()
            problem = await self._at_rest()
            await pulse.look()
        enough = int(coming_per_s(pulse.beats, chaos.seconds) * BACKLOG_S)
        hits = timed(hits, pulse.beats, enough)
        return await self._judged(outcome, hits, problem)

    def _load_plan(self) -> Plan:
        chaos = self.chaos
        least_s, most_s = APART_S
        apart_s = min(most_s, max(least_s, chaos.seconds / 60))
        stream = Stream(
            count=max(1, round(chaos.per_s * chaos.seconds)),
            per_s=chaos.per_s,
            batch=2,
            connections=CONNECTIONS,
            twice=TWICE,
            followed=Followed(twice=TWICE, apart_s=apart_s),
        )
        return Plan(
            place=place_of(self.stack, self.stack.run_dir / FILE),
            streams=(stream,),
            seed=chaos.seed + 1,
            give_up_s=chaos.seconds + PATIENCE_S,
            canaries=str(self.stack.run_dir / CANARIES),
        )

    async def _broken_while_loaded(self) -> tuple[Outcome, list[Hit]]:
        async with asyncio.TaskGroup() as doing:
            sending = doing.create_task(self.load.run())
            strikes = [doing.create_task(self._strike(one, sending)) for one in self.chaos.possible]
        hits = [strike.result() for strike in strikes]
        return sending.result(), [hit for hit in hits if hit is not None]

    async def _strike(self, strike: Strike, sending: asyncio.Task[Outcome]) -> Hit | None:
        """Strike when its time has come; whatever comes of it is told, never raised.

        None when it hit nothing and the load was over by then: there may have been nothing left to
        break. The verdict tells of it, and whether that fault was struck at another time.
        """
        await asyncio.sleep(max(0.0, strike.at_s - self.world.elapsed_s()))
        async with self.turns.of(strike.code):
            hit = await self._struck(strike)
        if not (hit.missed and sending.done()):
            return hit
        self.left_out.append(hit.code)
        self.chaos.tell(f"{self.world.elapsed_s():6.1f} s  {hit.code} left out: {LATE}")
        return None

    async def _struck(self, strike: Strike) -> Hit:
        fault, begun_s = CATALOG[strike.code], self.world.elapsed_s()
        self.chaos.tell(f"{begun_s:6.1f} s  {fault.code} {fault.says}")
        target = proof = missed = broke = ""
        try:
            struck = await fault.strike(self.world, Random(strike.seed))
            target, proof = struck.target, struck.proof
        except BrokenPromiseError as error:
            broke = str(error)
        except MISSED as error:
            missed = f"{type(error).__name__}: {error}"
        except Exception as error:  # noqa: BLE001  a campaign outlives a fault that fails itself
            missed = f"the fault itself failed: {type(error).__name__}: {error}"
        healed_s = self.world.elapsed_s()
        came_of_it = missed or broke or f"{target}: {proof}"
        self.chaos.tell(f"{healed_s:6.1f} s  {fault.code} healed: {came_of_it}")
        return Hit(fault.code, target, proof, begun_s, healed_s, missed=missed, broke=broke)

    def _target(self) -> Target:
        return target_of(self.stack, self.stack.run_dir / FILE, self.chaos.time_scale)

    async def _at_rest(self) -> str:
        """Wait for everything to be done; why it never was, or nothing."""
        try:
            for name in self.stack.services:
                await self.world.until_ready(name)
            answering = set(self.stack.services)
            if self.chaos.time_scale > 1:
                await metrics_kept(self.stack, {CLOCKS})
                target = self._target()
                self.frozen_s = await clocks_stopped(self.stack, target, self.chaos.tell)
                answering.remove(CLOCKS)
            await self.calm.until_rest(self.chaos.tell, "drain")
            await metrics_kept(self.stack, answering)
        except FAILURES as error:
            return said(error)
        return ""

    async def _judged(self, outcome: Outcome, hits: list[Hit], problem: str) -> Verdict:
        tell, target = self.chaos.tell, self._target()
        frozen_s = self.frozen_s or time.time()
        verdict = replace(
            self.begun,
            hits=tuple(hits),
            left_out=tuple(self.left_out),
            arrivals=len(outcome.arrivals),
            acknowledged=len(outcome.arrivals) - outcome.lost,
            unheard=outcome.unheard,
            differed=outcome.differed,
            problem=problem,
        )
        try:
            await freeze(self.stack, target, tell)
        except FAILURES as error:
            verdict = replace(verdict, problem=verdict.problem or said(error))
        try:
            verdict = replace(verdict, records=await self.calm.records())
            checks = await checked(target, frozen_s, tell)
            several, decisions = _counted(checks, SEVERAL), _counted(checks, DECISIONS)
            verdict = replace(verdict, checks=checks, several=several, decisions=decisions)
        except FAILURES as error:
            verdict = replace(verdict, problem=verdict.problem or said(error))
        return verdict


def _counted(checks: Sequence[Check], what: str) -> int:
    """So many of these the history check saw."""
    return sum(check.counted.get(what, 0) for check in checks if check.code == HISTORY)
