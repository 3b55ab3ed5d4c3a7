"""Feels how the system goes on while it is broken: what waits in it, and whether anything moves.
Read by `verdict`, run by `run`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiokafka.errors import KafkaError

from benchmarks.pipeline.calm import Calm
from chaos.world import World
from runtime.database import DatabaseAwayError

EVERY_S = 1.0
ANSWER_S = 3.0


@dataclass(frozen=True, slots=True)
class Beat:
    """A look: seconds since the run began, and what waited; None: nobody could be asked."""

    at_s: float
    waiting: int | None


class Pulse:
    """Looks once a second."""

    def __init__(self, calm: Calm, world: World) -> None:
        self._calm = calm
        self._world = world
        self.beats: list[Beat] = []

    async def feel(self) -> None:
        """For ever."""
        while True:
            self.beats.append(Beat(self._world.elapsed_s(), await self._waiting()))
            await asyncio.sleep(EVERY_S)

    async def _waiting(self) -> int | None:
        try:
            async with asyncio.timeout(ANSWER_S):
                return sum((await self._calm.left()).values())
        except (KafkaError, DatabaseAwayError, TimeoutError):
            return None


def recovered_s(beats: list[Beat], healed_s: float, enough: int) -> float | None:
    """Seconds from the healing to the first look that found no more than `enough` waiting; None
    when none did."""
    for beat in beats:
        if beat.at_s >= healed_s and beat.waiting is not None and beat.waiting <= enough:
            return beat.at_s - healed_s
    return None
