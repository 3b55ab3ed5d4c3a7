"""A ticket's story from its ledger, read as plain JSON, one happening after the other: when clocks
begin and end, what was waited for when, and what was done. Told to `count`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = Mapping[str, Any]
# What counts first of what carries the same instant.
ORDER = {
    "classified": 0,
    "triaged": 1,
    "call_made": 2,
    "agent_replied": 2,
    "reviewed": 2,
    "flagged_for_review": 2,
    "solution_offered": 2,
    "promise_made": 2,
    "platform_deadline": 2,
    "customer_message": 3,
    "waiting": 3,
    "resumed": 3,
    "resolved": 4,
    "merged": 4,
    "reopened": 5,
}
DEEDS = {"classified", "call_made", "agent_replied", "reviewed", "flagged_for_review",
         "solution_offered", "resolved"}  # fmt: skip
Waiting = Mapping[str, datetime]
"""What is waited for, each since when."""


@dataclass(slots=True)
class Life:
    """From the opening, or a reopening, on. `waits` are the moments at which what is waited for
    changed: to what, and since when; `levels` those at which the level did."""

    began_at: datetime
    levels: list[tuple[datetime, str]]
    waits: list[tuple[datetime, Waiting]] = field(default_factory=list)
    deeds: list[tuple[datetime, str]] = field(default_factory=list)
    ended_at: datetime | None = None

    @property
    def waited_for(self) -> Waiting:
        """What is waited for now, and since when."""
        return self.waits[-1][1] if self.waits else {}

    def wait(self, at: datetime, waiting: Waiting) -> None:
        """From now on this is waited for."""
        if waiting != self.waited_for:
            self.waits.append((at, waiting))


@dataclass(slots=True)
class Generation:
    """Clocks that began together. `deeds` are those done until they ended."""

    number: int
    level: str
    problem_class: str
    unsure: bool
    anchor_at: datetime
    reopened: bool
    life: Life
    closed_at: datetime | None = None
    ending: str | None = None
    deeds: list[tuple[datetime, str]] = field(default_factory=list)


class Story:
    """What happened to one ticket, from the entries of a ledger in any order."""

    def __init__(self, ledger: Sequence[Json], urgency: Sequence[str]) -> None:
        self.generations: list[Generation] = []
        self.lives: list[Life] = []
        self.first: Json | None = None
        """What the ticket was found to be at first."""
        self.happened: list[tuple[datetime, Json]] = []
        """All but the first triage, in order; what is said to lie before the complaint at it."""
        self.unknown = sorted({each["what"] for each in ledger} - set(ORDER))
        """Happenings that are not understood here."""
        self._urgency = urgency
        self._life: Life | None = None
        entries = sorted((each for each in ledger if each["what"] in ORDER), key=_place)
        first = next((each for each in entries if each["what"] == "triaged"), None)
        if first is None:
            return
        self.first = first
        opened_at = instant(first.get("opened_at") or first["at"])
        self._level, self._class = first["level"], first["problem_class"]
        self._unsure = bool(first.get("unsure"))
        self._sorted_at: datetime | None = None
        self._begin(opened_at, reopened=False)
        rest = [each for each in entries if each is not first]
        moved = [(max(instant(each["at"]), opened_at), each) for each in rest]
        self.happened = sorted(moved, key=lambda pair: (pair[0], ORDER[pair[1]["what"]]))
        for at, each in self.happened:
            self._happen(at, each)

    def _happen(self, at: datetime, each: Json) -> None:
        what, life = each["what"], self._life
        if what == "triaged":
            self._triage(at, each)
        elif what == "reopened":
            if life is None:
                self._begin(at, reopened=True)
        elif life is None:
            return
        elif what in DEEDS:
            life.deeds.append((at, what))
            if what == "classified":
                self._sorted_at = at
        else:
            self._wait(life, at, each)
        if what in ("resolved", "merged") and life is not None:
            self._close(at, what)
            life.ended_at = at
            self._life = None

    def _wait(self, life: Life, at: datetime, each: Json) -> None:
        """To wait again for what is waited for already is to go on waiting."""
        waiting = life.waited_for
        if each["what"] == "waiting":
            life.wait(at, {each["cause"]: at, **waiting})
        elif each["what"] == "resumed":
            life.wait(at, {})
        elif each["what"] == "customer_message":
            life.wait(at, {cause: since for cause, since in waiting.items() if cause != "customer"})

    def _triage(self, at: datetime, each: Json) -> None:
        """The same again is nothing; nor is it that a person has sorted the ticket, which met the
        clock that asked for it."""
        same = (each["level"], each["problem_class"]) == (self._level, self._class)
        unsure = bool(each.get("unsure"))
        settled = unsure == self._unsure or self._sorted_at == at
        self._level, self._class = each["level"], each["problem_class"]
        self._unsure = unsure
        if self._life is not None and not (same and settled):
            self._close(at, "retriaged")
            self._open(self._anchor(self._life, at), reopened=False)
            self._life.levels.append((at, self._level))

    def _anchor(self, life: Life, at: datetime) -> datetime:
        """Since when, without a break, the ticket is known to be at least as urgent as now."""
        anchor_at = at
        for since_at, level in reversed(life.levels):
            if self._urgency.index(level) > self._urgency.index(self._level):
                break
            anchor_at = since_at
        return anchor_at

    def _begin(self, at: datetime, *, reopened: bool) -> None:
        self._life = Life(at, [(at, self._level)])
        self.lives.append(self._life)
        self._open(at, reopened=reopened)

    def _open(self, anchor_at: datetime, *, reopened: bool) -> None:
        life = self._life
        if life is None:
            raise AssertionError("clocks begin only while a ticket lives")
        number = len(self.generations) + 1
        about = (self._level, self._class, self._unsure)
        self.generations.append(Generation(number, *about, anchor_at, reopened, life))

    def _close(self, at: datetime, ending: str) -> None:
        last = self.generations[-1]
        last.closed_at, last.ending, last.deeds = at, ending, list(last.life.deeds)


def instant(text: str) -> datetime:
    """A time of the ledger."""
    return datetime.fromisoformat(text)


def _place(each: Json) -> tuple[datetime, int, datetime, str]:
    return instant(each["at"]), ORDER[each["what"]], instant(each["told_at"]), each["source"]
