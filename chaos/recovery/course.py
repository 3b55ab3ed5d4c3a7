"""The course of the faults: one stack, a load for each fault in its turn, all judged at the end.

Called by `run`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from random import Random

from benchmarks.load.plan import Plan, Stream
from benchmarks.load.process import LEAD_S, Load, place_of
from benchmarks.pipeline.calm import Calm
from benchmarks.pipeline.milestones import TOPICS, Life
from benchmarks.setting import durable
from chaos.fault import MISSED, BrokenPromiseError, Fault
from chaos.proxy import Proxy
from chaos.pulse import Pulse
from chaos.recovery.findings import Recovery, Woken
from chaos.recovery.measured import Seen, Strike, recovery_of
from chaos.recovery.setting import Setting
from chaos.recovery.stamps import stamped_by_broker
from chaos.world import World
from cli.demo.calm import freeze
from cli.demo.options import ORIGIN_AT
from cli.demo.proof import checked, target_of
from cli.demo.summary import Check
from devstack.supervisor import Stack
from simulator.journal import FILE

CONNECTIONS = 16
PATIENCE_S = 60.0
"""A complaint is tried so much longer than the load takes."""
WAKINGS = 3
UNKNOWN = float("inf")
"""Waits where nobody could be asked."""


@dataclass(slots=True)
class Course:
    """A started stack with everything that measures it. Each load has a seed of its own."""

    setting: Setting
    stack: Stack
    load: Load
    calm: Calm
    life: Life
    seed: int = 0

    @classmethod
    @asynccontextmanager
    async def started(cls, setting: Setting) -> AsyncIterator[Course]:
        """On a durable stack; it ends with the block. Raises StackError."""
        folder = setting.run_dir / "stack"
        options = replace(durable(), time_origin_at=ORIGIN_AT)
        stack = Stack(folder, options, lambda part, doing: setting.tell(f"{part}: {doing}"))
        async with stack, Load.started(setting.run_dir) as load:
            await stamped_by_broker(stack.kafka_bootstrap, TOPICS)
            calm = await Calm.open(stack)
            try:
                life = await Life.open(stack.kafka_bootstrap, stack.standins_path)
                try:
                    yield cls(setting, stack, load, calm, life)
                finally:
                    await life.close()
            finally:
                await calm.close()

    async def recovery(self, name: str, fault: Fault) -> Recovery:
        """Load, a window, the fault, a window; to rest. Raises StackError."""
        pace = self.setting.pace
        before_s = pace.warm_s + pace.window_s
        load_s = before_s + fault.lasts_s + pace.settle_s + pace.window_s
        found = recovery_of(name, await self._seen(name, fault, before_s, load_s), pace)
        gone = "never gone" if found.gone_s is None else f"gone after {found.gone_s:.1f} s"
        self.setting.tell(f"{name}: {found.share:.1f} % of before, backlog {gone} {found.missed}")
        return found

    async def woken(self, name: str, fault: Fault) -> Woken:
        """The fault under load, and how often a service was fenced off in it; up to WAKINGS times
        until one was: who wakes with nothing in hand shows nothing. Raises StackError."""
        before, warm_s = self._fenced_off(), self.setting.pace.warm_s
        for _ in range(WAKINGS):
            strike = (await self._seen(name, fault, warm_s, warm_s + fault.lasts_s)).strike
            woken = Woken(strike.seen, self._fenced_off() - before, strike.missed)
            if not woken.idle:
                break
        return woken

    async def judged(self) -> tuple[Check, ...]:
        """Freeze everything and judge all that it did. Raises StackError."""
        target, frozen_s = target_of(self.stack, self.stack.run_dir / FILE, 1.0), time.time()
        await freeze(self.stack, target, self.setting.tell)
        return await checked(target, frozen_s, self.setting.tell)

    async def _seen(self, name: str, fault: Fault, before_s: float, load_s: float) -> Seen:
        """Load for so long, with the fault in it; to rest."""
        await self._prepared(name, load_s)
        already = len(self.life.published_s)
        world = World(self.stack, Proxy(0, lambda: 0, Random(0)), self.setting.tell)
        began_s, pulse = time.time() - world.elapsed_s(), Pulse(self.calm, world)
        async with pulse.feeling():
            async with asyncio.TaskGroup() as doing:
                self.setting.tell(f"{name}: load")
                sending = doing.create_task(self.load.run())
                await asyncio.sleep(LEAD_S + before_s)
                strike = await self._struck(name, fault, world)
            for service in self.stack.services:
                await world.until_ready(service)
            rest_s = await self.calm.until_rest(self.setting.tell, f"{name}: drain")
        await self.life.catch_up()
        arrivals, tickets = sending.result().arrivals, self.life.tickets
        lives = [tickets[each.ticket_id] for each in arrivals if each.ticket_id in tickets]
        return Seen(
            strike=strike,
            planned_s=[each.planned_s for each in arrivals],
            told_s=sorted(life.told_of_s for life in lives if life.told_of_s),
            published_s=sorted(self.life.published_s[already:]),
            waiting=[
                *(
                    (began_s + beat.at_s, UNKNOWN if beat.waiting is None else beat.waiting)
                    for beat in pulse.beats
                ),
                (rest_s, 0.0),
            ],
        )

    async def _prepared(self, name: str, load_s: float) -> None:
        """Arrivals are even: the dice of random ones would be taken for throughput."""
        self.setting.tell(f"{name}: preparing")
        self.seed += 1
        per_s = self.setting.pace.per_s
        stream = Stream(
            count=round(per_s * load_s), per_s=per_s, batch=2, connections=CONNECTIONS, even=True
        )
        place, give_up_s = place_of(self.stack, self.stack.run_dir / FILE), load_s + PATIENCE_S
        plan = Plan(place=place, streams=(stream,), seed=self.seed, give_up_s=give_up_s)
        await self.load.prepare(plan)
        await self.calm.until_rest(self.setting.tell, f"{name}: orders")

    async def _struck(self, name: str, fault: Fault, world: World) -> Strike:
        """Whatever comes of it is told, never raised."""
        self.setting.tell(f"{name}: {fault.says}")
        struck_s = time.time()
        try:
            struck = await fault.strike(world, Random(self.seed))
        except BrokenPromiseError as error:
            return Strike(struck_s, time.time(), missed=f"broken: {error}")
        except MISSED as error:
            return Strike(struck_s, time.time(), missed=f"{type(error).__name__}: {error}")
        return Strike(struck_s, time.time(), seen=f"{struck.target}: {struck.proof}")

    def _fenced_off(self) -> int:
        """How often so far, by the services' own logs: a second instance writes into another."""
        logs = [self.stack.log_path(name) for name in self.stack.services]
        return sum(log.read_bytes().count(b'"fenced off"') for log in logs)
