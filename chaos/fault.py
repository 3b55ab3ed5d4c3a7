"""What a fault is, and the proof that it was really hit. Implemented in `faults/`."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Protocol

from chaos.world import World


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
        NotHitError when it could not be broken.
        """


class NotHitError(Exception):
    """The fault found nothing to break: it must not count as survived."""
