"""What a check found: counts, offenders, verdict. Made by the checks, shown by `command`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Outcome = Literal["holds", "broken", "not_applicable"]
SHOWN_OFFENDERS = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """One invariant on one system. `offenders` are the first ten, ids only."""

    code: str
    says: str
    outcome: Outcome
    counted: Mapping[str, int] = field(default_factory=dict)
    broken: int = 0
    offenders: tuple[str, ...] = ()
    note: str = ""

    @property
    def holds(self) -> bool:
        """Not broken; also when there was nothing to judge."""
        return self.outcome != "broken"


@dataclass(frozen=True, slots=True)
class Report:
    """All verdicts of one run, in the order of their codes."""

    verdicts: tuple[Verdict, ...]
    took_s: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether nothing is broken."""
        return all(verdict.holds for verdict in self.verdicts)

    @property
    def broken(self) -> tuple[Verdict, ...]:
        """Those that are broken."""
        return tuple(verdict for verdict in self.verdicts if not verdict.holds)

    def of(self, code: str) -> Verdict:
        """The verdict on one invariant. Raises KeyError."""
        for verdict in self.verdicts:
            if verdict.code == code:
                return verdict
        raise KeyError(code)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "holds": self.holds,
            "took_s": round(self.took_s, 3),
            "verdicts": [asdict(verdict) for verdict in self.verdicts],
        }


class Findings:
    """Collects what a check counts and finds, and becomes its verdict."""

    def __init__(self, code: str, says: str) -> None:
        self._code = code
        self._says = says
        self._counted: Counter[str] = Counter()
        self._broken = 0
        self._offenders: list[str] = []
        self._notes: list[str] = []

    def count(self, what: str, number: int = 1) -> None:
        """So many of these were looked at."""
        self._counted[what] += number

    def offend(self, what: str, who: object) -> None:
        """Something breaks the invariant: `what` is wrong in a word or two, `who` is an id."""
        self._broken += 1
        if len(self._offenders) < SHOWN_OFFENDERS:
            self._offenders.append(f"{what}: {who}")

    def offend_all(self, what: str, whos: Iterable[object]) -> None:
        """The same for several."""
        for who in whos:
            self.offend(what, who)

    def note(self, text: str) -> None:
        """Something to know beside the verdict."""
        self._notes.append(text)

    def verdict(self) -> Verdict:
        """The verdict by what was found so far."""
        return Verdict(
            self._code,
            self._says,
            "broken" if self._broken else "holds",
            dict(self._counted),
            self._broken,
            tuple(self._offenders),
            "; ".join(self._notes),
        )

    def not_applicable(self, why: str) -> Verdict:
        """Nothing to judge by, and why."""
        return Verdict(self._code, self._says, "not_applicable", dict(self._counted), note=why)
