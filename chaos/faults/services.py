"""Services that are killed, frozen, told to stop, restarted, or joined by others."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass
from random import Random

from chaos.fault import NotHitError, Struck
from chaos.world import World
from devstack.layout import WITH_API, ServicePorts
from devstack.ports import free_ports
from devstack.service import ProcessPart, python, says_ready

BEYOND_SESSION_S = 15.0


@dataclass(frozen=True, slots=True)
class Killed:
    """X1: signal 9 to a service at any moment."""

    code: str = "X1"
    says: str = "kill -9 of a service"
    lasts_s: float = 6.0

    async def strike(self, world: World, random: Random) -> Struck:
        """Kill one; it comes back by itself."""
        name = random.choice(world.stack.services)
        async with world.hold(name):
            await world.until_ready(name)
            part = world.part(name)
            before, pid = part.restarts, part.pid
            await part.kill()
            await world.until_ready(name)
            if part.restarts == before or part.pid == pid:
                raise NotHitError(f"{name} was not restarted")
        return Struck(name, f"pid {pid} -> {part.pid}")


@dataclass(frozen=True, slots=True)
class Frozen:
    """X3: a service stands still beyond its session, and goes on as if nothing had been."""

    code: str = "X3"
    says: str = "a service frozen for 15 s wakes after its partitions moved"
    lasts_s: float = BEYOND_SESSION_S + 2

    async def strike(self, world: World, random: Random) -> Struck:
        """Freeze one, with another instance to take its partitions over."""
        name = random.choice(world.stack.services)
        async with world.hold(name):
            await world.until_ready(name)
            second = _second(world, name)
            await second.start()
            try:
                pid = await world.frozen_for(name, BEYOND_SESSION_S)
            finally:
                await second.stop()
            await world.until_ready(name)
        return Struck(name, f"pid {pid} stood still for {BEYOND_SESSION_S:g} s beside a second one")


@dataclass(frozen=True, slots=True)
class Restarted:
    """X5: all services, one after the other, as a deployment does it."""

    code: str = "X5"
    says: str = "rolling restart of all services"
    lasts_s: float = 30.0

    async def strike(self, world: World, random: Random) -> Struck:
        """End each in good order; each comes back before the next goes."""
        names = list(world.stack.services)
        random.shuffle(names)
        for name in names:
            async with world.hold(name):
                await world.until_ready(name)
                part = world.part(name)
                before = part.restarts
                os.kill(part.pid, signal.SIGTERM)
                await world.until_restarted(name, before)
        return Struck(" ".join(names), f"{len(names)} ended and came back")


@dataclass(frozen=True, slots=True)
class Joined:
    """X15: instances come and go, and the partitions with them."""

    code: str = "X15"
    says: str = "a second instance joins and leaves every 3 s"
    lasts_s: float = 20.0

    async def strike(self, world: World, random: Random) -> Struck:
        """The same service with a second instance, three times."""
        name = random.choice(world.stack.services)
        turns = 0
        async with world.hold(name):
            for _ in range(3):
                second = _second(world, name)
                await second.start()
                try:
                    await asyncio.sleep(3)
                finally:
                    await (second.kill() if random.random() < 0.5 else second.stop())
                turns += 1
        return Struck(name, f"{turns} instances came and went")


def _second(world: World, name: str) -> ProcessPart:
    """Another instance of a service, on ports of its own."""
    health, api = free_ports(2)
    ports = ServicePorts(health, api if name in WITH_API else None)
    variables = world.stack.variables(name, ports)
    words = python(*world.stack.options.led_in_by, f"services.{name}")
    label = f"{name}.second"
    return ProcessPart(
        label, words, world.stack.log_path(label), health, says_ready(health), variables
    )
