"""What a fault is, and the proof that it was really hit. Implemented in `faults/`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from aiokafka.errors import KafkaError

from chaos.world import World
from devstack.problems import StackError
from runtime.clock import monotonic_s
from runtime.database import BadDataError, ConflictError, DatabaseAwayError

FELT_S, LOOK_S = 45.0, 0.5
FAILURES: tuple[type[Exception], ...] = (
    StackError,
    KafkaError,
    DatabaseAwayError,
    ConflictError,
    BadDataError,
    OSError,
)
"""What parts raise that do not answer, or refuse: whoever breaks them has to expect each of it."""


@dataclass(frozen=True, slots=True)
class Struck:
    """What a fault did: to which part, and what was seen that shows it."""

    target: str
    proof: str


class Fault(Protocol):
    """One class of fault of the catalog. Striking may be repeated, side by side with others."""

    @property
    def code(self) -> str:
        """As in the catalog of faults: X1, X2, …"""

    @property
    def says(self) -> str:
        """One line."""

    @property
    def lasts_s(self) -> float:
        """About how long a strike takes, healing included."""

    async def strike(self, world: World, random: Random) -> Struck:
        """Break something, wait as long as it shall last, heal it.

        Healed means that what was broken runs again, not that the backlog is gone. Raises
        NotHitError when it could not be broken, BrokenPromiseError when it was and something
        promised was not kept.
        """


async def felt(seconds: float, by_anybody: Callable[[], Awaitable[object]]) -> None:
    """Let a fault last so long, and on for up to FELT_S while nobody has felt it: another fault
    may hold up the traffic that it needs."""
    await asyncio.sleep(seconds)
    until_s = monotonic_s() + FELT_S
    while not await by_anybody() and monotonic_s() < until_s:  # noqa: ASYNC110  it is asked
        await asyncio.sleep(LOOK_S)


class NotHitError(Exception):
    """The fault found nothing to break: it must not count as survived."""


class BrokenPromiseError(Exception):
    """The fault was there, and the product did not do what it promises: the run is broken."""


MISSED: tuple[type[Exception], ...] = (NotHitError, *FAILURES)
"""What a strike raises that hit nothing."""


def said(error: BaseException) -> str:
    """One line on a failure; of several the first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, StackError):
        return error.message
    return f"broker, database or disk do not answer: {type(error).__name__}: {error}"
