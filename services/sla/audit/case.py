"""A ticket as the tables have it, and what an audit finds. Filled by `reading` and `judge`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

Json = Mapping[str, Any]


@dataclass(slots=True)
class StoredCase:
    """All rows of one ticket. `clocks` and `events` are rows as they are; `known` is false where
    they have no case."""

    ticket: str
    policy_version: str = ""
    counted_by: str | None = None
    ledger: Sequence[Json] = ()
    told: Sequence[Sequence[Any]] = ()
    armed_at: datetime | None = None
    known: bool = False
    clocks: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Moment:
    """When the tables were read (business time). What time alone brings may be missing for `grace`;
    two transactions about one ticket may be so far apart in what they take for now (`overlap`)."""

    now: datetime
    grace: timedelta
    overlap: timedelta


class Difference(NamedTuple):
    """Something stored that should be otherwise."""

    ticket: str
    clock: str
    generation: int | None
    field: str
    stored: str
    should_be: str


@dataclass(slots=True)
class Findings:
    """What an audit found. `unjudged` counts by reason what it does not understand."""

    tickets: int = 0
    clocks: int = 0
    events: int = 0
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)
    unjudged: Counter[str] = field(default_factory=Counter)
    most: int = 1_000
    """So many differences are kept; the others are counted."""

    def differ(self, difference: Difference) -> None:
        """Note a difference."""
        self.differing += 1
        if len(self.differences) < self.most:
            self.differences.append(difference)

    def add(self, other: Findings) -> None:
        """Take over what another part found."""
        self.tickets += other.tickets
        self.clocks += other.clocks
        self.events += other.events
        self.differing += other.differing
        self.differences += other.differences[: self.most - len(self.differences)]
        self.unjudged += other.unjudged

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        whole = asdict(self)
        del whole["most"]
        whole["differences"] = [each._asdict() for each in self.differences]
        return whole


def shown(value: object) -> str:
    """A stored value as a table shows it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return "-" if value is None else str(value)
