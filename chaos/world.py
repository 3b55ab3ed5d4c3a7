"""What faults can reach: the stack, a connection to its database, its broker. Made by `run`."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from chaos.proxy import Proxy
from devstack.keeper import Keeper
from devstack.supervisor import Stack
from runtime.clock import monotonic_s

READY_S = 90.0


@dataclass(slots=True)
class World:
    """One running system. Parts that one fault has in hand are left alone by the others."""

    stack: Stack
    proxy: Proxy
    """On the services' way to their database."""
    tell: Callable[[str], None]
    puppets: Path = Path()
    """Where the processes of the services take orders (`chaos.puppet`)."""
    seed: int = 0
    """Of the run."""
    turns: Counter[str] = field(default_factory=Counter)
    """How often each fault has struck that has several ways to."""
    at: str = ""
    """The service that is struck wherever a fault may choose; empty: any."""
    began_s: float = field(default_factory=monotonic_s)
    held: set[str] = field(default_factory=set)
    freed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def elapsed_s(self) -> float:
        """Seconds since the run began."""
        return monotonic_s() - self.began_s

    def part(self, name: str) -> Keeper:
        """A part of the stack by its name."""
        return self.stack.process(name)

    def one(self, random: Random, among: Set[str] | None = None) -> str:
        """The service that a fault strikes: the one that all are aimed at, if it is `among` those
        that this fault can strike."""
        names = list(self.stack.services) if among is None else sorted(among)
        return self.at if self.at in names else random.choice(names)

    def turn(self, code: str, ways: int) -> int:
        """Which of its ways (0, 1, …) a fault strikes in now: each in its turn, and each run of a
        campaign, whose seeds count up, begins with another."""
        self.turns[code] += 1
        return (self.seed + self.turns[code] - 1) % ways

    def hold(self, *names: str) -> Held:
        """Have parts for oneself: `async with world.hold("kafka"):`."""
        return Held(self, frozenset(names))

    async def until_ready(self, name: str) -> None:
        """Until a part answers again, also over a restart. Raises StackError."""
        await self.part(name).until_ready(READY_S)

    async def until_restarted(self, name: str, before: int) -> None:
        """Until a part that was told to end came back; `before`: its restarts by then."""
        async with asyncio.timeout(READY_S):
            while self.part(name).restarts == before:  # noqa: ASYNC110  nothing announces it
                await asyncio.sleep(0.1)
        await self.until_ready(name)

    async def frozen_for(self, name: str, seconds: float) -> int:
        """Hold a process and its children still so long; its process id."""
        async with self.frozen(name) as pid:
            await asyncio.sleep(seconds)
        return pid

    @asynccontextmanager
    async def frozen(self, name: str) -> AsyncIterator[int]:
        """Hold a process and its children still until the block ends; its process id."""
        pid = self.part(name).pid
        os.killpg(pid, signal.SIGSTOP)
        try:
            yield pid
        finally:
            os.killpg(pid, signal.SIGCONT)


class Held:
    """Some parts, held by one fault."""

    def __init__(self, world: World, names: frozenset[str]) -> None:
        self._world = world
        self._names = names

    async def __aenter__(self) -> None:
        async with self._world.freed:
            await self._world.freed.wait_for(lambda: not self._names & self._world.held)
            self._world.held |= self._names

    async def __aexit__(self, *_: object) -> None:
        async with self._world.freed:
            self._world.held -= self._names
            self._world.freed.notify_all()
