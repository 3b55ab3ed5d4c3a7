"""Pulls a puppet from outside: orders go to a service's process, answers come back. Used by
`faults`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chaos.fault import NotHitError, felt
from chaos.puppet.listening import Answer, place_of
from chaos.world import World

ANSWER_S = 10.0


class Strings:
    """A line to one process."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def pull(self, act: str, within_s: float = ANSWER_S, **how: Any) -> Answer:
        """Give an order; what was answered. Raises NotHitError when it could not be done, or
        nobody answers in time."""
        self._writer.write(json.dumps({"act": act, **how}).encode() + b"\n")
        answer = await self.heard(within_s)
        if "failed" in answer:
            raise NotHitError(answer["failed"])
        return answer

    async def pull_until(self, act: str, told: str, within_s: float, **how: Any) -> Answer:
        """Give an order whose proof comes later; the line that has `told` in it. As `pull`."""
        answer = await self.pull(act, **how)
        while told not in answer:  # it may come before the order is confirmed
            answer = await self.heard(within_s)
        return answer

    async def worsened(self, act: str, told: str, seconds: float, on: Answer, off: Answer) -> int:
        """Have something go wrong for so long, see `felt`; how often it did, by the count `told`
        in the answers. As `pull`."""
        before = await self.pull(act, **on)

        async def any_more() -> bool:
            return bool((await self.pull(act, **on))[told] > before[told])

        try:
            await felt(seconds, any_more)
        finally:
            after = await self.pull(act, **off)
        return int(after[told] - before[told])

    async def heard(self, within_s: float) -> Answer:
        """The next line from the process. Raises NotHitError when none comes."""
        try:
            async with asyncio.timeout(within_s):
                line = await self._reader.readline()
        except TimeoutError as error:
            raise NotHitError(f"nothing within {within_s:g} s") from error
        if not line:
            raise NotHitError("the process ended before")
        answer: Answer = json.loads(line)
        return answer


@asynccontextmanager
async def strings(world: World, service: str) -> AsyncIterator[Strings]:
    """A line to the process that the service is now. Raises StackError, OSError."""
    await world.until_ready(service)
    place = place_of(world.puppets, service, world.part(service).pid)
    reader, writer = await asyncio.open_unix_connection(place)
    try:
        yield Strings(reader, writer)
    finally:
        writer.close()
