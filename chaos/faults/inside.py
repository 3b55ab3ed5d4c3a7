"""Something is wrong inside a service's process: its clock, its loop, its producer, its log."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from dataclasses import dataclass
from random import Random

from chaos.fault import BrokenPromiseError, NotHitError, Struck, felt
from chaos.faults.seen import log_size, said_since
from chaos.puppet.listening import Answer
from chaos.puppet.pipe import SAID
from chaos.puppet.points import WRITERS
from chaos.puppet.strings import strings
from chaos.world import World
from runtime.clock import wall_now

HOUR_S = 3600.0
JUMPS, EACH_S = 5, 3.0
HELD_S = 45.0
REFUSED_S = 75.0
"""The database may be away for half of it."""
CLOGGED_S = 15.0
SLOW_S = 1.0
OURS = re.compile(rb'(?=.*"%s").*"number": (\d+)' % SAID.encode())
DROPPED = re.compile(rb'(?=.*"log lines dropped").*"dropped": (\d+)')


@dataclass(frozen=True, slots=True)
class WrongClock:
    """X19: the wall clock of a service is an hour ahead or behind, and jumps.

    Not that of intake: it refuses requests that were signed more than 300 s away from its own
    time, which is a promise. Nor that of the notifier: its providers refuse the same way.
    """

    code: str = "X19"
    says: str = "the clock of a service jumps by an hour, ahead and back"
    lasts_s: float = JUMPS * EACH_S + 1

    async def strike(self, world: World, random: Random) -> Struck:
        """Jump some times, then show the right time again."""
        name = world.one(random, set(world.stack.services) - {"intake", "notifier"})
        shown: list[float] = []
        async with world.hold(name), strings(world, name) as line:
            try:
                for _ in range(JUMPS):
                    ahead_s = random.choice((-1, 1)) * random.uniform(0.1, 1.0) * HOUR_S
                    shown.append(_off_s(await line.pull("clock", ahead_s=ahead_s)))
                    if abs(shown[-1] - ahead_s) > SLOW_S:
                        raise NotHitError(f"{name} shows {shown[-1]:+.0f} s")
                    await asyncio.sleep(EACH_S)
            finally:
                await line.pull("clock", ahead_s=0.0)
        return Struck(name, f"it was {', '.join(f'{each:+.0f}' for each in shown)} s off")


def _off_s(answer: Answer) -> float:
    return float(answer["now_s"]) - wall_now().timestamp()


@dataclass(frozen=True, slots=True)
class LoopHeld:
    """X21: the event loop of a service does nothing for 45 s."""

    code: str = "X21"
    says: str = "the event loop of a service blocked for 45 s"
    lasts_s: float = HELD_S + 3

    async def strike(self, world: World, random: Random) -> Struck:
        """Hold it; its session ends meanwhile."""
        name = world.one(random)
        async with world.hold(name):
            async with strings(world, name) as line:
                answer = await line.pull("hold", within_s=HELD_S + 40, seconds=HELD_S)
            await world.until_ready(name)
        if answer["still_s"] < HELD_S:
            raise NotHitError(f"its loop stood still for {answer['still_s']} s only")
        return Struck(name, f"its loop stood still for {answer['still_s']:.1f} s")


@dataclass(frozen=True, slots=True)
class NumbersSkipped:
    """X28: a producer's sequence numbers are not those that the broker waits for."""

    code: str = "X28"
    says: str = "a producer skips sequence numbers and is refused"
    lasts_s: float = 5.0

    async def strike(self, world: World, random: Random) -> Struck:
        """Let one skip some; the broker's answer is the proof."""
        name = world.one(random, WRITERS & set(world.stack.services))
        async with world.hold(name, "kafka"), strings(world, name) as line:
            try:
                answer = await line.pull_until("sequence", "refused", REFUSED_S)
            except NotHitError:
                await line.pull("sequence", on=False)  # else it would strike later, unseen
                raise
        return Struck(name, f"the broker answered {answer['refused']}")


@dataclass(frozen=True, slots=True)
class LogClogged:
    """X30: nobody reads the log of a service for 15 s. Its business must not notice."""

    code: str = "X30"
    says: str = "the log pipe of a service blocked for 15 s, while it logs more than it may keep"
    lasts_s: float = CLOGGED_S + 1

    async def strike(self, world: World, random: Random) -> Struck:
        """Put a full pipe behind its log, let it log, and see its loop turn all the same."""
        name = world.one(random)
        async with world.hold(name), strings(world, name) as line:
            size = log_size(world, name)
            answer = await line.pull("clog", within_s=3 * CLOGGED_S, seconds=CLOGGED_S)
            if "stuck_s" in answer:
                raise BrokenPromiseError(f"the loop of {name} stood still behind its log")
            numbers, dropped = await _lines_out(world, name, size, answer["lines"])
        if lost := vanished(numbers, dropped, answer["lines"]):
            raise BrokenPromiseError(f"{lost} lines of {name} vanished, and nobody counted them")
        if not dropped:
            raise NotHitError(f"{name} kept all {len(numbers)} lines")
        told = f"{len(numbers):,} lines came out, {dropped:,} were dropped and counted"
        return Struck(name, f"{told}; the loop's slowest turn took {answer['turned_s']:.2f} s")


def vanished(numbers: Collection[int], dropped: int, lines: int) -> int:
    """How many of our lines (0, 1, …) nobody counted as dropped. A log that is full drops what
    comes then, behind all that it keeps: a gap before that is none of its doing, however many lines
    of others are in `dropped`."""
    kept = set(numbers)
    within = max(kept, default=-1) + 1
    return within - len(kept) + max(0, lines - within - dropped)


async def _lines_out(world: World, name: str, size: int, lines: int) -> tuple[list[int], int]:
    """Numbers of our lines in the log behind `size`, and how many it says were dropped of all."""
    numbers: list[int] = []
    dropped = 0

    async def all_told() -> bool:
        nonlocal numbers, dropped
        told = said_since(world, name, size)
        numbers = [int(found[1]) for line in told if (found := OURS.search(line))]
        dropped = sum(int(found[1]) for line in told if (found := DROPPED.search(line)))
        return not vanished(numbers, dropped, lines)

    await felt(0.0, all_told)
    return numbers, dropped
