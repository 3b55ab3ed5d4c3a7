"""What a chaos run is given, and the plan that follows from it. Made by the command and by tests,
read by `run`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from chaos.catalog import CATALOG, lacking
from chaos.schedule import Strike, enough_s, plan
from devstack.problems import StackError
from schemas.topics import SERVICES

BUSINESS_S = 3600.0


@dataclass(frozen=True, slots=True)
class Chaos:
    """One run. `codes`: which faults; empty means all. `per_s`: complaints a second."""

    run_dir: Path
    seed: int
    seconds: float = 300.0
    per_s: float = 12.0
    codes: tuple[str, ...] = ()
    defect: str = ""
    """A safeguard that is taken out of every service, to see the run fail (`defective`)."""
    scale: float = 0.0
    """Business seconds in one real second; 0: the run is an hour of business, so that timers fall
    due while it lasts."""
    at: str = ""
    """The service that is struck wherever a fault may choose, by one at a time; empty: any."""
    tell: Callable[[str], None] = print

    @property
    def time_scale(self) -> float:
        """How fast its clock runs; never slower than the real one."""
        return self.scale or max(1.0, BUSINESS_S / self.seconds)

    @property
    def lasting_s(self) -> Mapping[str, float]:
        """Its faults by how long each takes."""
        return {code: CATALOG[code].lasts_s for code in self.codes or CATALOG}

    @property
    def strikes(self) -> Sequence[Strike]:
        """What is planned when: the same for the same seed, length and faults on every machine,
        whatever it lets us make."""
        return plan(self.seed, self.seconds, self.lasting_s, alone=bool(self.at))

    @property
    def impossible(self) -> dict[str, str]:
        """Of its faults those that this machine does not let us make, with the reason."""
        found = lacking()
        return {code: found[code] for code in self.codes or CATALOG if code in found}

    @property
    def possible(self) -> Sequence[Strike]:
        """What will really be struck here."""
        impossible = self.impossible
        return [strike for strike in self.strikes if strike.code not in impossible]

    def check(self) -> None:
        """Raises StackError for a fault that there is not, and where nothing would be struck."""
        if unknown := sorted(set(self.codes) - set(CATALOG)):
            there_are = f"There are: {', '.join(CATALOG)}"
            raise StackError(f"no such fault: {', '.join(unknown)}", there_are)
        if self.at and self.at not in SERVICES:
            raise StackError(f"no such service: {self.at}", f"There are: {', '.join(SERVICES)}")
        if not self.strikes:
            raise StackError(
                f"none of these faults fits into {self.seconds:g} s: {', '.join(self.lasting_s)}",
                f"--seconds {ceil(enough_s(self.lasting_s))} is enough for one.",
            )
        if not self.possible:
            why = "; ".join(f"{code}: {reason}" for code, reason in self.impossible.items())
            raise StackError(
                f"nothing of this plan can be struck here ({why})",
                "Name other faults (--faults); --dry-run shows what a seed breaks.",
            )
