"""The faults whose recovery is measured, each with a name and a fixed target. Used by `course`,
`findings` and the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from chaos.fault import Fault, Struck
from chaos.faults.away import Away
from chaos.faults.database import BackendsEnded, Exhausted
from chaos.faults.services import BEYOND_SESSION_S, Frozen, Killed
from chaos.world import World
from devstack.layout import KAFKA, POSTGRES


class Aimed(Random):
    """Dice that fall on one service whenever it can be chosen."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._name = name

    def choice(self, seq: Any) -> Any:
        """That service, or any of others."""
        return self._name if self._name in seq else super().choice(seq)


@dataclass(frozen=True, slots=True)
class InTurn:
    """A fault that strikes services one after the other."""

    fault: Fault
    services: Sequence[str]

    @property
    def code(self) -> str:
        """As in the catalog of faults."""
        return self.fault.code

    @property
    def says(self) -> str:
        """One line."""
        return f"{self.fault.says}: {', '.join(self.services)}"

    @property
    def lasts_s(self) -> float:
        """All strikes."""
        return self.fault.lasts_s * len(self.services)

    async def strike(self, world: World, random: Random) -> Struck:
        """See Fault."""
        struck = [await self.fault.strike(world, Aimed(name)) for name in self.services]
        return Struck(
            " ".join(one.target for one in struck), "; ".join(one.proof for one in struck)
        )


@dataclass(frozen=True, slots=True)
class Still:
    """X3 without a second instance: nobody takes the partitions over."""

    service: str
    code: str = "X3"
    lasts_s: float = BEYOND_SESSION_S + 1

    @property
    def says(self) -> str:
        """One line."""
        return f"{self.service} stands still for {BEYOND_SESSION_S:g} s, and nobody is there for it"

    async def strike(self, world: World, random: Random) -> Struck:
        """Freeze it beyond its session and let it go on."""
        async with world.hold(self.service):
            pid = await world.frozen_for(self.service, BEYOND_SESSION_S)
            await world.until_ready(self.service)
        return Struck(self.service, f"pid {pid} stood still for {BEYOND_SESSION_S:g} s")


BREAKS: dict[str, Fault] = {
    "postgres-restart": Away("X9", POSTGRES, 10.0),
    "backends-ended": BackendsEnded(),
    "connections-exhausted": Exhausted(),
    "service-killed": InTurn(Killed(), ("triage",)),
    "killed-again": InTurn(Killed(), ("triage", "sla", "triage", "notifier", "intake")),
    "broker-killed": Away("X6", KAFKA, 5.0),
    "stopped": Still("triage"),
}
"""Behind each of them throughput has to come back."""
ZOMBIE = "zombie"
ZOMBIES = InTurn(Frozen(), ("triage", "sla"))
POISON = "poison"
NAMES = (*BREAKS, ZOMBIE, POISON)
