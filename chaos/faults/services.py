"""Services that are killed, frozen, told to stop, restarted, or joined by others."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from chaos.fault import FELT_S, LOOK_S, NotHitError, Struck, felt
from chaos.faults.seen import Place, epochs, moved
from chaos.world import World
from devstack.layout import WITH_API, ServicePorts
from devstack.ports import free_ports
from devstack.problems import StackError
from devstack.service import ProcessPart, python, says_ready

BEYOND_SESSION_S = 15.0
TURNS, STAYS_S, STARTS = 3, 3.0, 4


@dataclass(frozen=True, slots=True)
class Killed:
    """X1: signal 9 to a service at any moment."""

    code: str = "X1"
    says: str = "kill -9 of a service"
    lasts_s: float = 6.0

    async def strike(self, world: World, random: Random) -> Struck:
        """Kill one; it comes back by itself."""
        name = world.one(random)
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
        """Freeze one, with another instance that takes its partitions over."""
        name = world.one(random)
        async with world.hold(name):
            await world.until_ready(name)
            second = await _second(world, name)
            try:
                taken = await _taken_over(world, name)
            finally:
                await second.stop()
            await world.until_ready(name)
        if not taken:
            raise NotHitError(f"no partition of {name} was claimed by the second one")
        return Struck(name, f"it stood still while a second one claimed {taken} partitions")


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
    lasts_s: float = 25.0

    async def strike(self, world: World, random: Random) -> Struck:
        """The same service with a second instance, some times; each begins a rebalance."""
        name = world.one(random)
        claims = []
        async with world.hold(name):
            for _ in range(TURNS):
                before = await _known(world, name)
                second = await _second(world, name)
                try:
                    claims.append(await _claims(world, name, before, STAYS_S))
                finally:
                    await (second.kill() if random.random() < 0.5 else second.stop())
        if not all(claims):
            raise NotHitError(f"an instance of {name} came and went without a rebalance: {claims}")
        told = ", ".join(map(str, claims))
        return Struck(name, f"{TURNS} instances came and went, {told} partitions claimed anew")


async def _taken_over(world: World, name: str) -> int:
    """Freeze a service beyond its session; how many partitions another one claimed meanwhile."""
    await _known(world, name)
    async with world.frozen(name):
        before = await epochs(world, name)
        return await _claims(world, name, before, BEYOND_SESSION_S)


async def _known(world: World, name: str) -> Mapping[Place, int]:
    """Its epochs, once they can be asked for. Raises TimeoutError."""
    async with asyncio.timeout(FELT_S):
        while not (found := await epochs(world, name)):  # noqa: ASYNC110  it is asked
            await asyncio.sleep(LOOK_S)
    return found


async def _claims(world: World, name: str, before: Mapping[Place, int], seconds: float) -> int:
    """Partitions claimed since `before`, so many seconds later or, if there are none, as soon as
    there are."""
    claims = 0

    async def any_claimed() -> int:
        nonlocal claims
        claims = moved(before, await epochs(world, name))
        return claims

    await felt(seconds, any_claimed)
    return claims


async def _second(world: World, name: str) -> ProcessPart:
    """Another instance of a service, started. Raises StackError.

    One that ends while it starts, since something else is away, is tried again: as its keeper
    would.
    """
    for _ in range(STARTS - 1):
        second = _instance(world, name)
        try:
            await second.start()
        except StackError:
            await second.stop()
            await asyncio.sleep(STAYS_S)
        else:
            return second
    second = _instance(world, name)
    await second.start()
    return second


def _instance(world: World, name: str) -> ProcessPart:
    """On ports of its own."""
    health, api = free_ports(2)
    ports = ServicePorts(health, api if name in WITH_API else None)
    variables = world.stack.variables(name, ports)
    words = python(*world.stack.options.led_in_by, f"services.{name}")
    label = f"{name}.second"
    return ProcessPart(
        label, words, world.stack.log_path(label), health, says_ready(health), variables
    )
